"""What an operation takes beside its body: path, query, header, cookie and form parameters.

Knows how both notations write them, and what NOMAD does with a parameter that it does not know: it ignores it, and a
filter that is ignored matches everything. It must not know single operations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from nomad_swagger.apispec.diff.change import BREAKING, COMPATIBLE, COSMETIC, Change
from nomad_swagger.apispec.diff.names import pair_names
from nomad_swagger.apispec.diff.schemas import compare_schemas
from nomad_swagger.apispec.diff.shapes import shape_of
from nomad_swagger.apispec.outline import Endpoint
from nomad_swagger.jsontypes import as_object
from nomad_swagger.light import dataclass

_STYLES = {"form": "csv", "spaceDelimited": "ssv", "pipeDelimited": "pipes", "deepObject": "deepObject"}
_WORDS = {"path": "path parameter", "header": "header", "cookie": "cookie", "formData": "form field"}


@dataclass(frozen=True)
class Input:
    """One parameter, in the terms that both notations share.

    Attributes
    ----------
    name, location : str
        ``formData`` is Swagger 2.0's; OpenAPI 3 forms are bodies.
    required : bool
    list_format : str
        How several values are written: ``multi``, ``csv``, …; empty for a single value.
    schema : mapping
    words : str
    deprecated : bool
    """

    name: str
    location: str
    required: bool
    list_format: str
    schema: Mapping[str, object]
    words: str = ""
    deprecated: bool = False

    @property
    def where(self) -> str:
        """Give ``parameter dft.system`` or ``header X-Fields``."""
        return f"{_WORDS.get(self.location, 'parameter')} {self.name}"


def inputs_of(document: Mapping[str, object], endpoint: Endpoint) -> dict[str, Input]:
    """Give an operation's inputs by name; the location is part of the key only where a name comes twice."""
    found: dict[str, Input] = {}
    for parameter in endpoint.parameters:
        if parameter.get("in") != "body":
            one = _input(document, parameter)
            found[one.name if one.name not in found else f"{one.name} ({one.location})"] = one
    return found


def compare_inputs(
    old_document: Mapping[str, object], new_document: Mapping[str, object], before: Endpoint, after: Endpoint
) -> Iterator[Change]:
    """Give the changes between the inputs of two forms of one operation."""
    old, new = inputs_of(old_document, before), inputs_of(new_document, after)
    pairs: dict[str, tuple[str, ...]] = {name: (name,) for name in old if name in new}
    gone, fresh = [name for name in old if name not in new], [name for name in new if name not in old]
    pairs |= _path_names(before.path, after.path, gone, fresh)
    pairs |= pair_names([n for n in gone if n not in pairs], [n for n in fresh if (n,) not in pairs.values()])
    for name, now in pairs.items():
        if now != (name,):
            yield _renamed(old[name], now)
        if len(now) == 1:
            yield from _compare(old_document, new_document, old[name], new[now[0]])
    taken = {name for names in pairs.values() for name in names}
    yield from (_gone(old[name]) for name in gone if name not in pairs)
    yield from (_fresh(new[name]) for name in fresh if name not in taken)


def _input(document: Mapping[str, object], parameter: Mapping[str, object]) -> Input:
    schema = parameter.get("schema", parameter)
    is_list = "array" in shape_of(document, schema).types
    style = str(parameter.get("style") or ("form" if parameter.get("in") in ("query", "cookie") else "simple"))
    if "schema" not in parameter:
        list_format = str(parameter.get("collectionFormat", "csv"))
    elif parameter.get("explode", style == "form"):
        list_format = "multi"
    else:
        list_format = _STYLES.get(style, "csv")
    return Input(
        name=str(parameter["name"]),
        location=str(parameter.get("in", "query")),
        required=parameter.get("required") is True,
        list_format=list_format if is_list else "",
        # of Swagger 2.0's flat form, what is no schema goes
        schema={k: v for k, v in parameter.items() if k not in ("required", "description", "deprecated", "name", "in")}
        if schema is parameter
        else as_object(schema),
        words=str(parameter.get("description") or ""),
        deprecated=parameter.get("deprecated") is True,
    )


def _path_names(old_path: str, new_path: str, gone: list[str], fresh: list[str]) -> dict[str, tuple[str, ...]]:
    """Pair parameters that hold the same place in the path."""
    old, new = re.findall(r"{([^}]+)}", old_path), re.findall(r"{([^}]+)}", new_path)
    if len(old) != len(new):
        return {}
    return {a: (b,) for a, b in zip(old, new, strict=True) if a in gone and b in fresh}


def _renamed(old: Input, now: tuple[str, ...]) -> Change:
    names = " or ".join(now)
    in_query = "; NOMAD ignores the old name without a word, so a query with it matches more than meant, or everything"
    effect = in_query if old.location == "query" else "; a call that uses the old name fails"
    return Change(
        BREAKING,
        "parameter-renamed",
        where=old.where,
        message=f"is now called {names}{effect}",
        old=old.name,
        new=names,
    )


def _gone(old: Input) -> Change:
    in_query = "; NOMAD ignores it without a word, so a query with it matches more than meant, or everything"
    effect = in_query if old.location == "query" else "; what is sent in it is ignored or refused"
    return Change(BREAKING, "parameter-removed", where=old.where, message=f"is gone{effect}", old=old.name)


def _fresh(new: Input) -> Change:
    if new.required:
        message = "is new and required: a call without it is refused"
        return Change(BREAKING, "parameter-added", where=new.where, message=message, new=new.name)
    return Change(COMPATIBLE, "parameter-added", where=new.where, message="is new", new=new.name)


def _compare(
    old_document: Mapping[str, object], new_document: Mapping[str, object], old: Input, new: Input
) -> Iterator[Change]:
    if old.location != new.location:
        message = f"was sent in the {old.location}, now goes in the {new.location}"
        yield Change(BREAKING, "parameter-moved", where=new.where, message=message, old=old.location, new=new.location)
    if old.required != new.required:
        message = "is now required: a call without it is refused" if new.required else "may now be left out"
        severity, kind = (BREAKING, "parameter-required") if new.required else (COMPATIBLE, "parameter-optional")
        yield Change(severity, kind, where=new.where, message=message, old=old.required, new=new.required)
    if old.list_format and new.list_format and old.list_format != new.list_format:
        message = f"wants several values written as {new.list_format}, no longer as {old.list_format}"
        values = {"old": old.list_format, "new": new.list_format}
        yield Change(BREAKING, "list-format-changed", where=new.where, message=message, **values)
    if new.deprecated and not old.deprecated:
        message = "is marked as deprecated: a later version may drop it"
        yield Change(COMPATIBLE, "deprecated", where=new.where, message=message)
    if old.words != new.words:
        message = "is described in other words"
        yield Change(COSMETIC, "words-changed", where=new.where, message=message, old=old.words, new=new.words)
    for change in compare_schemas(old_document, new_document, old.schema, new.schema, sent=True):
        yield change.inside(new.where)
