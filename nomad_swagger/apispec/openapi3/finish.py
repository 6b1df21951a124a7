"""What can be settled only when every definition is there.

A definition that is only another name, a reference that must take null too, a circle.
Knows Swagger 2.0 schemas of ours; it must not know the original.
"""

from __future__ import annotations

from copy import deepcopy

from nomad_swagger.apispec.openapi3.circles import break_circles, target_name
from nomad_swagger.apispec.openapi3.defaults import settle_defaults
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.schemas import convert_schema
from nomad_swagger.apispec.openapi3.work import DEFINITIONS, Schema, Work, branches_of


def finish_definitions(work: Work) -> None:
    """Convert what waits, then settle defaults, aliases, nullable references and circular compositions."""
    while work.waiting:
        name, pointer, schema = work.waiting.popleft()
        work.definitions[name] = convert_schema(work, schema, Place(pointer)) or {"x-nullable": True}
    settle_defaults(work)
    _drop_endless_aliases(work)
    twins: dict[str, str] = {}
    for reference in work.or_null:
        _point_to_twin(work, reference, twins)
    _write_twins(work, twins)
    _write_aliases(work)
    break_circles(work)


def accepts_null(schema: Schema) -> bool:
    """Tell whether a converted schema lets null through."""
    return schema.get("x-nullable") is True or not {"$ref", "type", "enum", "allOf"} & schema.keys()


def _drop_endless_aliases(work: Work) -> None:
    for name in sorted(work.definitions):
        seen, schema = {name}, work.definitions[name]
        while "$ref" in schema and (target := target_name(schema)) not in seen:
            seen.add(target)
            schema = work.definitions[target]
        if "$ref" in schema:
            work.lose(Place(f"/components/schemas/{name}"), "$ref", "it leads back to itself: any value passes")
            work.definitions[name] = {"x-nullable": True}


def _point_to_twin(work: Work, reference: Schema, twins: dict[str, str]) -> None:
    """Point a reference at a twin of its target that takes null, where the target does not.

    An ``x-nullable`` beside the reference is what bravado unmarshals by and not what it validates by, and one on the
    target itself would let null through everywhere.
    """
    name = target_name(reference)
    while "$ref" in (definition := work.definitions[name]):
        name = target_name(definition)
    if accepts_null(definition) or name in twins.values():
        return
    if name not in twins:
        twins[name] = work.free_name(f"{name}-or-null")
        work.definitions[twins[name]] = {"x-nullable": True}  # written when all references point where they should
    reference["$ref"] = DEFINITIONS + twins[name]


def _write_twins(work: Work, twins: dict[str, str]) -> None:
    written: set[str] = set()
    while missing := [name for name in twins if name not in written]:
        for name in missing:
            written.add(name)
            work.definitions[twins[name]] = twin = deepcopy(work.definitions[name])
            _take_null(work, twin, twins)


def _take_null(work: Work, schema: Schema, twins: dict[str, str]) -> None:
    schema["x-nullable"] = True
    for branch in branches_of(schema):
        if "$ref" in branch:
            _point_to_twin(work, branch, twins)
        else:
            _take_null(work, branch, twins)


def _write_aliases(work: Work) -> None:
    """Copy the target under each second name: bravado looks one reference deep and takes the rest for untyped."""
    for name in [name for name, schema in work.definitions.items() if "$ref" in schema]:
        target = alias = work.definitions[name]
        while "$ref" in target:
            target = work.definitions[target_name(target)]
        words = {"description": alias["description"]} if "description" in alias else {}
        work.definitions[name] = {**deepcopy(target), **words}
