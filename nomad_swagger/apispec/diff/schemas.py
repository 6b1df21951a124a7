"""What differs between two schemas, judged by which way the data goes.

Knows that what is *sent* may be asked to be less and what is *read* may become more. Walks both schemas side by side
with a list of places to visit, each pair of models once, so rings, long chains and wide unions all come to an end.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping

from nomad_swagger.apispec.diff.change import BREAKING, COMPATIBLE, Change
from nomad_swagger.apispec.diff.names import pair_names
from nomad_swagger.apispec.diff.rules import compare_shapes, severity_if
from nomad_swagger.apispec.diff.shapes import Shape, label_of, shape_of

_Step = tuple[str, object, object]
Documents = tuple[Mapping[str, object], Mapping[str, object]]


def compare_schemas(
    old_document: Mapping[str, object], new_document: Mapping[str, object], old: object, new: object, *, sent: bool
) -> Iterator[Change]:
    """Give the changes between two schemas; their places are relative to the schema.

    Parameters
    ----------
    old_document, new_document : mapping
        Where ``$ref``s are looked up.
    old, new : schemas
    sent : bool
        The caller sends it (a body, a parameter); otherwise it is read from an answer.
    """
    documents = (old_document, new_document)
    todo: deque[_Step] = deque([("", old, new)])
    seen: set[tuple[str, str] | tuple[int, int]] = set()
    while todo:
        place, old_schema, new_schema = todo.popleft()
        pair = _identity(old_schema, new_schema)
        if pair in seen:
            continue
        seen.add(pair)
        before, after = shape_of(old_document, old_schema), shape_of(new_document, new_schema)
        for change in (*compare_shapes(before, after, sent=sent), *_fields(before, after, sent=sent)):
            yield _at(change, place)
        if before.branches or after.branches:
            steps, changes = _branches(documents, before, after, old_schema, new_schema, sent=sent)
            yield from (_at(change, place) for change in changes)
            todo.extend((_join(place, inner), old, new) for inner, old, new in steps)
        todo.extend((_join(place, inner), old, new) for inner, old, new in _inner(before, after))


def _identity(old: object, new: object) -> tuple[str, str] | tuple[int, int]:
    refs = [schema.get("$ref") if isinstance(schema, Mapping) else None for schema in (old, new)]
    if isinstance(refs[0], str) and isinstance(refs[1], str):
        return refs[0], refs[1]
    return id(old), id(new)


def _at(change: Change, place: str) -> Change:
    return Change(**{**vars(change), "where": _join(place, change.where)})


def _join(place: str, inner: str) -> str:
    return f"{place}.{inner}" if place and inner and inner[0] not in "[( " else place + inner


def _inner(before: Shape, after: Shape) -> Iterator[_Step]:
    for name in before.properties:
        if name in after.properties:
            yield name, before.properties[name], after.properties[name]
    if before.items is not None and after.items is not None:
        yield "[]", before.items, after.items
    if before.values is not None and after.values is not None:
        yield "*", before.values, after.values


def _fields(before: Shape, after: Shape, *, sent: bool) -> Iterator[Change]:
    if before.anything or after.anything or not before.types & after.types:
        return
    gone = [name for name in before.properties if name not in after.properties]
    fresh = [name for name in after.properties if name not in before.properties]
    renamed = pair_names(gone, fresh)
    for name in gone:
        yield _gone(name, renamed.get(name, ()), sent=sent)
    for name in fresh:
        yield _fresh(name, name in after.required, sent=sent)
    for name in before.properties:
        if name in after.properties and (name in before.required) != (name in after.required):
            yield _required(name, name in after.required, sent=sent)


def _gone(name: str, now: tuple[str, ...], *, sent: bool) -> Change:
    effect = "what is sent under the old name is ignored or refused" if sent else "a script that reads it finds nothing"
    if now:
        message = f"is now called {' or '.join(now)}; {effect}"
        return Change(BREAKING, "field-renamed", where=name, message=message, old=name, new=" or ".join(now))
    effect = "what is sent in it is ignored or refused" if sent else effect
    return Change(BREAKING, "field-removed", where=name, message=f"is gone; {effect}", old=name)


def _fresh(name: str, required: bool, *, sent: bool) -> Change:
    if sent and required:
        message = "is new and required: a call without it is refused"
        return Change(BREAKING, "field-added", where=name, message=message, new=name)
    return Change(COMPATIBLE, "field-added", where=name, message="is new", new=name)


def _required(name: str, required: bool, *, sent: bool) -> Change:
    if required:
        message = "is now required: a call without it is refused" if sent else "is now always there"
        return Change(severity_if(sent), "field-required", where=name, message=message, old=False, new=True)
    message = "may now be left out" if sent else "may now be missing: a script that reads it must expect that"
    return Change(severity_if(not sent), "field-optional", where=name, message=message, old=True, new=False)


def _branches(
    documents: Documents, before: Shape, after: Shape, old_schema: object, new_schema: object, *, sent: bool
) -> tuple[list[_Step], list[Change]]:
    if before.anything or after.anything:
        return [], []
    old, new = _labelled(before.branches or [old_schema]), _labelled(after.branches or [new_schema])
    unions = bool(before.branches and after.branches)  # else one side is the one branch of itself, compared already
    pairs = {label: label for label in old if label in new}
    pairs |= _by_form(documents, _left(old, pairs), _left(new, pairs.values()))
    gone, fresh = _left(old, pairs), _left(new, pairs.values())
    if len(gone) == len(fresh) == 1 and unions:
        pairs |= {next(iter(gone)): next(iter(fresh))}
        gone, fresh = {}, {}
    steps = [(f"({label})", old[label], new[other]) for label, other in pairs.items() if unions]
    changes = [
        Change(severity_if(sent), "choice-removed", message=f"can no longer be {label}", old=label) for label in gone
    ]
    changes += [
        Change(severity_if(not sent), "choice-added", message=f"can now also be {label}", new=label) for label in fresh
    ]
    return steps, changes


def _left(branches: Mapping[str, object], taken: Collection[str]) -> dict[str, object]:
    return {label: schema for label, schema in branches.items() if label not in taken}


def _by_form(documents: Documents, old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, str]:
    """Pair branches whose models have other names and the same fields and types."""

    def forms(document: Mapping[str, object], branches: Mapping[str, object]) -> dict[tuple[str, ...], str]:
        shapes = {label: shape_of(document, schema) for label, schema in branches.items()}
        return {
            (str(shape), shape.format, *sorted(shape.properties), *sorted(shape.enum or ())): label
            for label, shape in shapes.items()
        }

    olds, news = forms(documents[0], old), forms(documents[1], new)
    return {label: news[form] for form, label in olds.items() if form in news}


def _labelled(schemas: list[object]) -> dict[str, object]:
    found: dict[str, object] = {}
    counts: Counter[str] = Counter()
    for schema in schemas:
        label = label_of(schema)
        counts[label] += 1
        found[f"{label} #{counts[label]}" if counts[label] > 1 else label] = schema
    return found
