"""Types for editors and type checkers: the client of one API, with every tag, operation and parameter by name.

Knows what Python type a parameter takes. It must not know mypy's or an editor's ways beyond PEP 484.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from keyword import iskeyword

from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import Operation, Parameter, python_name
from nomad_swagger.explore.meanings import meaning

_HEAD = '''\
"""Types for {title}.

Made by `nomad-swagger spec stubs`; sha256 of the description: {sha256}.

    from typing import TYPE_CHECKING, cast
    import nomad_swagger as ns
    if TYPE_CHECKING:
        from nomad_api import Client

    client = cast("Client", ns.connect())
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, BinaryIO, Literal

from nomad_swagger.client.client import NomadClient

class Answer:
    """What came back."""

    result: Any
    incoming_response: Any
    metadata: Any

class Future:
    """A call that is ready to be sent."""

    def response(self, timeout: float | None = ..., **options: Any) -> Answer:
        """Send it and wait for the answer."""

    def result(self, timeout: float | None = ..., **options: Any) -> Any:
        """Send it and give the answer's content."""
'''
_SCALARS = {"integer": "int", "number": "float", "boolean": "bool", "file": "BinaryIO | bytes"}
_WIDTH = 110


def stubs(spec: Spec) -> str:
    """Give a ``.pyi`` text with the API's client.

    Parameters
    ----------
    spec : Spec

    Returns
    -------
    str
        A class ``Client`` with one attribute per tag and one method per operation, whose keyword-only parameters are
        typed. Parameters that are no Python names are left out.

    Examples
    --------
    >>> from nomad_swagger.apispec.load import load_spec
    >>> "class Client(NomadClient)" in stubs(load_spec("nomad-0.8.6"))
    True
    """
    tags: dict[str, list[Operation]] = {}
    for operation in spec.operations.values():
        if _is_name(operation.tag) and _is_name(operation.name):
            tags.setdefault(operation.tag, []).append(operation)
    blocks = [_HEAD.format(title=_safe(spec.title), sha256=spec.sha256)]
    blocks += ["\n".join(_tag(tag, found)) for tag, found in tags.items()]
    blocks.append("\n".join(["class Client(NomadClient):", *(f"    {tag}: {_class_name(tag)}" for tag in tags)]))
    return "\n".join(f"{block}\n" for block in blocks)


def _tag(tag: str, operations: list[Operation]) -> Iterator[str]:
    yield f"class {_class_name(tag)}:"
    for number, operation in enumerate(operations):
        if number:
            yield ""
        yield from _method(operation)


def _method(operation: Operation) -> Iterator[str]:
    named = {python_name(p.name): p for p in operation.parameters if _is_name(python_name(p.name))}
    ordered = sorted(named.items(), key=lambda item: not item[1].required)
    yield f"    def {operation.name}("
    yield "        self,"
    if ordered:
        yield "        *,"
    yield from (f"        {name}: {_type(p)}," for name, p in ordered)
    yield "        _request_options: Mapping[str, Any] = ...," if ordered else "        *, _request_options: Any = ...,"
    yield "    ) -> Future:"
    yield from _docstring(operation, dict(ordered))


def _type(parameter: Parameter) -> str:
    if parameter.location == "body":
        kind = "Mapping[str, Any] | Sequence[Any]"
    elif parameter.type == "array":
        item = _item_type(parameter)
        kind = f"Sequence[{item}] | {item}"
    else:
        kind = _item_type(parameter)
    return kind if parameter.required else f"{kind} | None = ..."


def _item_type(parameter: Parameter) -> str:
    if parameter.enum and all(isinstance(value, str) for value in parameter.enum):
        return f"Literal[{', '.join(repr(value) for value in parameter.enum)}]"
    kind = parameter.item_type if parameter.type == "array" else parameter.type
    return _SCALARS.get(kind, "str | date")


def _docstring(operation: Operation, parameters: dict[str, Parameter]) -> Iterator[str]:
    summary = operation.summary or operation.full_name
    yield f'        """{_safe(summary)}.'
    if operation.description:
        yield ""
        yield from _wrapped(operation.description, "        ")
    if parameters:
        yield ""
        yield "        Parameters"
        yield "        ----------"
    for name, parameter in parameters.items():
        yield f"        {name}"
        yield from _wrapped(meaning(parameter), "            ")
    yield '        """'


def _wrapped(text: str, margin: str) -> list[str]:
    return textwrap.wrap(_safe(text), _WIDTH, initial_indent=margin, subsequent_indent=margin)


def _safe(text: str) -> str:
    """Give a stranger's text for a docstring: nothing in it can end the docstring."""
    return text.replace("\\", "\\\\").replace('"""', "'''").rstrip('"')


def _is_name(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name) and name != "self"


def _class_name(tag: str) -> str:
    return "".join(part.title() for part in tag.split("_")) + "Tag"
