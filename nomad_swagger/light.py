"""What makes a start quick: dataclasses that cost a quarter to make, and no garbage collected meanwhile.

:func:`dataclass` gives what :func:`dataclasses.dataclass` gives. The standard library compiles each method of each
class from a text of its own, which for the seventy classes of a start takes a third as long as importing requests.
Here only ``__init__`` is compiled; the other methods of a frozen class are closures over its fields. Anything but a
plain frozen class goes to the standard library. Knows how Python makes classes and collects garbage; it must not know
what the classes are for.
"""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "uncollected"]


@contextmanager
def uncollected() -> Iterator[None]:
    """Let no garbage be collected meanwhile; whoever had switched that off finds it off.

    A start makes tens of thousands of objects that all stay: looking for garbage among them is for nothing.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, **options: bool) -> Any:
        """Make a dataclass as :func:`dataclasses.dataclass` does, with one compilation instead of six."""
        return _made(cls, options) if cls is not None else lambda given: _made(given, options)


def _made(cls: type, options: Mapping[str, bool]) -> type:
    if dict(options) != {"frozen": True} or cls.__bases__ != (object,) or "__hash__" in vars(cls):
        return dataclasses.dataclass(**options)(cls)
    doc, cls.__doc__ = cls.__doc__, cls.__doc__ or "-"  # without one, dataclasses writes a signature, which takes 1 ms
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    cls.__doc__ = doc
    fields = dataclasses.fields(made)
    if len(fields) < len(made.__dataclass_fields__) or any(field.kw_only for field in fields):
        return dataclasses.dataclass(frozen=True)(cls)  # it has an InitVar, or what else only the library knows
    params = made.__dataclass_params__
    params.init = params.repr = params.eq = params.frozen = True
    methods = (_init(made, fields), _repr(fields), _eq(fields), _hash(fields), *_frozen(made, fields))
    for name, method in zip(_METHODS, methods, strict=True):
        method.__name__, method.__qualname__ = name, f"{made.__qualname__}.{name}"
        if name not in vars(made):
            setattr(made, name, method)
    if vars(made)["__hash__"] is None:  # of a class that says itself what is equal
        made.__hash__ = methods[3]
    return cls


_METHODS = ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__")

_Fields = Sequence[dataclasses.Field[Any]]


def _repr(fields: _Fields) -> Callable[..., str]:
    shown = [field.name for field in fields if field.repr]

    @recursive_repr()
    def written(self: Any) -> str:
        return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    return written


def _eq(fields: _Fields) -> Callable[..., Any]:
    values_of = _values([field.name for field in fields if field.compare])

    def is_equal(self: Any, other: object) -> Any:
        return values_of(self) == values_of(other) if other.__class__ is self.__class__ else NotImplemented

    return is_equal


def _hash(fields: _Fields) -> Callable[..., int]:
    values_of = _values([field.name for field in fields if (field.compare if field.hash is None else field.hash)])
    return lambda self: hash(values_of(self))


def _values(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _frozen(cls: Any, fields: _Fields) -> tuple[Callable[..., None], Callable[..., None]]:
    names = frozenset(field.name for field in fields)

    def refuse_to_set(self: Any, name: str, value: object) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def refuse_to_delete(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return refuse_to_set, refuse_to_delete


class _Factory:
    """Stands in a signature for a default that is made anew each time."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


def _init(cls: type, fields: _Fields) -> Callable[..., None]:
    """Compile ``__init__``: the parameters in the fields' order, the defaults as they are, factories called."""
    scope: dict[str, Any] = {"_factory": _FACTORY, "_set": object.__setattr__}
    parameters, lines = ["self"], []
    for field in fields:
        name, default, value = field.name, "", field.name
        if field.default is not dataclasses.MISSING:
            scope[f"_default_{name}"] = field.default
            default = f"=_default_{name}"
        elif field.default_factory is not dataclasses.MISSING:
            scope[f"_make_{name}"] = field.default_factory
            default, value = "=_factory", f"_make_{name}() if {name} is _factory else {name}"
        if field.init:
            parameters.append(name + default)
        elif default:
            value = f"_make_{name}()" if default == "=_factory" else default[1:]
        else:
            continue
        lines.append(f" _set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines or [" pass"]), scope)  # noqa: S102
    made: Callable[..., None] = scope["__init__"]
    made.__annotations__ = {**{field.name: field.type for field in fields if field.init}, "return": None}
    return made
