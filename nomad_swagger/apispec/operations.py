"""The operations of a Swagger 2.0 document as plain records, without bravado.

What ``ops``, ``--help`` and completion show, and what the generation data is held against. Names are bravado's, so that
``operation.full_name`` is what one types after ``client.``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import cache
from typing import TYPE_CHECKING

from nomad_swagger.jsontypes import as_items, as_object, as_text
from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")

# bravado-core's rules: what is no identifier becomes _, once; neither digits nor _ before, no _ behind.
_NAME_RULES = ((r"[^A-Za-z0-9_]", "_"), (r"__+", "_"), (r"^[0-9_]+|_+$", ""))


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation.

    Attributes
    ----------
    name, location : str
        As the document has them; location is path, query, header, formData or body.
    type : str
        string, integer, number, boolean, array, file, or object for a body.
    item_type, collection_format : str
        For arrays: the type of a value, and csv, ssv, tsv, pipes or multi.
    required : bool
    description : str
    default : object
        None for none.
    enum : tuple
        The allowed values (of one item, for arrays); empty for any.
    schema : mapping
        The body's schema; empty elsewhere.
    """

    name: str
    location: str
    type: str = "string"
    item_type: str = ""
    collection_format: str = ""
    required: bool = False
    description: str = ""
    default: object = None
    enum: tuple[object, ...] = ()
    schema: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Operation:
    """One operation: what to call, and what it takes and gives.

    Attributes
    ----------
    tag, name : str
        Python names: ``client.<tag>.<name>``.
    method, path : str
        Upper case; the path with its ``{parameters}``.
    parameters : tuple of Parameter
        Those of the path included.
    summary, description : str
    answers : mapping of str to mapping
        Status to response object.
    needs_login : bool
        The document asks for a login.
    deprecated, binary : bool
    full_id : str
        The document's own id, before anything was cut off.
    """

    tag: str
    name: str
    method: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    summary: str = ""
    description: str = ""
    answers: Mapping[str, Mapping[str, object]] = field(default_factory=dict, repr=False)
    needs_login: bool = False
    deprecated: bool = False
    binary: bool = False
    full_id: str = ""

    @property
    def full_name(self) -> str:
        """Give ``tag.name``."""
        return f"{self.tag}.{self.name}"

    def parameter(self, name: str) -> Parameter | None:
        """Give the parameter of that name, or None."""
        return next((p for p in self.parameters if p.name == name), None)


@cache
def python_name(name: str) -> str:
    """Give the Python name that bravado makes of a tag or an operation id.

    Examples
    --------
    >>> python_name("material/<material_id>")
    'material_material_id'
    """
    given = name
    for pattern, replacement in _NAME_RULES:
        given = re.sub(pattern, replacement, given)
    if name and not given:  # nothing but digits and signs
        return re.sub(r"__+", "_", re.sub(r"[^A-Za-z0-9_]", "_", f"_{name}"))
    return given


@dataclass(frozen=True)
class Found:
    """Where an operation stands in its document, and what it is called.

    Attributes
    ----------
    tag, name : str
        Python names.
    method, path : str
        As the document has them.
    item : mapping
        All that the document says of the path.
    """

    tag: str
    name: str
    method: str
    path: str
    item: Mapping[str, object] = field(repr=False)

    @property
    def full_name(self) -> str:
        """Give ``tag.name``."""
        return f"{self.tag}.{self.name}"

    @property
    def full_id(self) -> str:
        """Give the document's own name of it, unshortened where the document is a conversion."""
        return as_text(self.entry.get("x-operationId", self.entry.get("operationId")))

    @property
    def entry(self) -> Mapping[str, object]:
        """Give what the document says of the operation."""
        return as_object(self.item[self.method])

    def needs_login(self, document: Mapping[str, object]) -> bool:
        """Tell whether the document asks for a login."""
        security = as_items(self.entry.get("security", document.get("security")))
        return bool(security) and {} not in security


def find_operations(document: Mapping[str, object]) -> Iterator[Found]:
    """Give where the operations of a Swagger 2.0 document stand, in the document's order; one for each of its tags."""
    for path, item in as_object(document.get("paths")).items():
        whole = as_object(item)
        for method in METHODS:
            if method in whole:
                entry = as_object(whole[method])
                name = python_name(as_text(entry.get("operationId"))) or python_name(f"{method}_{path}")
                for tag in as_items(entry.get("tags")) or [path.lstrip("/").split("/")[0]]:
                    yield Found(python_name(str(tag)), name, method, path, whole)


def names_of(document: Mapping[str, object], found: Found) -> list[str]:
    """Give the names of an operation's parameters, those of the path included."""
    return [str(parameter["name"]) for parameter in _parameters(document, found)]


def operations_of(document: Mapping[str, object]) -> tuple[Operation, ...]:
    """Give all operations of a Swagger 2.0 document, in the document's order.

    An operation with several tags is listed once for each.
    """
    return tuple(make_operation(document, found) for found in find_operations(document))


def make_operation(document: Mapping[str, object], found: Found) -> Operation:
    """Make the record of one operation."""
    entry = found.entry
    answers = {status: as_object(answer) for status, answer in as_object(entry.get("responses")).items()}
    return Operation(
        tag=found.tag,
        name=found.name,
        method=found.method.upper(),
        path=found.path,
        parameters=tuple(map(_parameter, _parameters(document, found))),
        summary=as_text(entry.get("summary")),
        description=as_text(entry.get("description")),
        answers=answers,
        needs_login=found.needs_login(document),
        deprecated=bool(entry.get("deprecated")),
        binary=any(answer.get("x-binary") for answer in answers.values()),
        full_id=found.full_id,
    )


def _parameters(document: Mapping[str, object], found: Found) -> Iterable[Mapping[str, object]]:
    """Give the parameters of the path and of the operation, whose own win."""
    listed = (*as_items(found.item.get("parameters")), *as_items(found.entry.get("parameters")))
    return {
        (parameter["name"], parameter["in"]): parameter
        for parameter in (as_object(deref(document, one)) for one in listed)
    }.values()


def _parameter(entry: Mapping[str, object]) -> Parameter:
    items = as_object(entry.get("items"))
    return Parameter(
        name=str(entry["name"]),
        location=str(entry["in"]),
        type="object" if entry["in"] == "body" else str(entry.get("type", "string")),
        item_type=as_text(items.get("type")),
        collection_format=str(entry.get("collectionFormat", "csv")) if entry.get("type") == "array" else "",
        required=bool(entry.get("required")),
        description=as_text(entry.get("description")),
        default=entry.get("default"),
        enum=tuple(as_items(entry.get("enum")) or as_items(items.get("enum"))),
        schema=as_object(entry.get("schema")),
    )


def deref(document: Mapping[str, object], node: object) -> object:
    """Follow local references until something else stands there.

    Raises
    ------
    KeyError
        A reference leads nowhere.
    """
    seen: set[str] = set()
    while isinstance(node, Mapping) and isinstance(node.get("$ref"), str) and node["$ref"] not in seen:
        seen.add(node["$ref"])
        target: object = document
        for step in node["$ref"].removeprefix("#").split("/")[1:]:
            target = as_object(target)[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def type_at(spec: Spec, operation: str, target: str) -> str:
    """Give the type of a field of a body, by its path ``body/a/b``; empty where the description does not say."""
    head, *steps = target.split("/")
    parameter = spec.operation(operation).parameter(head)
    schema: object = parameter.schema if parameter else {}
    for step in steps:
        schema = _properties(spec.swagger, schema).get(step, {})
    return str(as_object(deref(spec.swagger, schema)).get("type", ""))


def _properties(document: Mapping[str, object], schema: object) -> dict[str, object]:
    found = as_object(deref(document, schema))
    properties = dict(as_object(found.get("properties")))
    for part in as_items(found.get("allOf")):
        properties |= _properties(document, part)
    return properties
