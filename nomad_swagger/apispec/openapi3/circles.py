"""Circles of references that bravado cannot walk.

Recursive schemas are fine as such; two kinds are not: an ``allOf`` that contains itself, and a list of itself (or a
mapping to itself), whose reference bravado follows again and again while it looks for models. Knows Swagger 2.0
schemas of ours; it must not know the original.
"""

from __future__ import annotations

from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.work import DEFINITIONS, Schema, Work, branches_of


def break_circles(work: Work) -> None:
    """Cut or wrap what would never end."""
    done: set[str] = set()
    for name in sorted(work.definitions):
        if name not in done:
            _cut_below(work, work.definitions[name], (name,), done)
    for name in sorted(work.definitions):
        if _leads_back(work, name):
            _wrap_links(work, work.definitions[name])


def target_name(reference: Schema) -> str:
    """Give the name of the definition that a reference of ours points to."""
    return str(reference["$ref"])[len(DEFINITIONS) :]


def _cut_below(work: Work, schema: Schema, path: tuple[str, ...], done: set[str]) -> None:
    kept: list[Schema] = []
    for branch in branches_of(schema):
        name = target_name(branch) if "$ref" in branch else ""
        if name in path:
            why = "it contains itself, which says nothing and would never end"
            work.lose(Place(f"/components/schemas/{path[-1]}/allOf"), f"allOf {name}", why)
            continue
        kept.append(branch)
        if not name:
            _cut_below(work, branch, path, done)
        elif name not in done:
            _cut_below(work, work.definitions[name], (*path, name), done)
    if "allOf" in schema:
        schema["allOf"] = kept or [{}]
    done.add(path[-1])


def _links(schema: Schema) -> list[tuple[str, str]]:
    """Give the keys under which a schema holds nothing but a reference, and where each leads."""
    held = [(key, schema.get(key)) for key in ("items", "additionalProperties")]
    return [(key, target_name(value)) for key, value in held if isinstance(value, dict) and "$ref" in value]


def _leads_back(work: Work, name: str) -> bool:
    seen: set[str] = set()
    waiting = [target for _, target in _links(work.definitions[name])]
    while waiting:
        target = waiting.pop()
        if target == name:
            return True
        if target not in seen:
            seen.add(target)
            waiting += [further for _, further in _links(work.definitions[target])]
    return False


def _wrap_links(work: Work, schema: Schema) -> None:
    """Put each reference into an ``allOf``, which means the same and which bravado remembers to have seen."""
    for key, target in _links(schema):
        behind = work.definitions[target]
        words: Schema = {word: behind[word] for word in ("type", "x-nullable") if word in behind}
        schema[key] = {**words, "allOf": [schema[key]]}
