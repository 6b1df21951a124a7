"""Everything that differs between two documents, operation by operation.

Knows the order of telling: operations, then what they take, then what they give. Swagger 2.0 and OpenAPI 3 are each
read in their own terms; two documents of different kinds can be compared, and differ a lot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nomad_swagger.apispec.diff.change import BREAKING, COMPATIBLE, COSMETIC, OPERATION, SEVERITIES, Change
from nomad_swagger.apispec.diff.contents import compare_answers, compare_bodies
from nomad_swagger.apispec.diff.inputs import compare_inputs
from nomad_swagger.apispec.diff.pairing import pair_operations
from nomad_swagger.apispec.diff.security import compare_security
from nomad_swagger.apispec.outline import Endpoint, endpoints_of

_ADDRESS = ("host", "basePath", "schemes", "servers")


def diff_documents(old: Mapping[str, object], new: Mapping[str, object]) -> list[Change]:
    """Give what a caller notices when a server's document ``old`` becomes ``new``, the worst first.

    Parameters
    ----------
    old, new : mapping
        Swagger 2.0 or OpenAPI 3 documents as they were read. Neither is changed.

    Returns
    -------
    list of Change
        Empty for documents that differ only in the order of keys.

    Examples
    --------
    >>> def document(name):
    ...     operation = {"operationId": name, "tags": ["repo"], "responses": {}}
    ...     return {"swagger": "2.0", "paths": {"/repo/": {"get": operation}}}
    >>> [change.kind for change in diff_documents(document("search"), document("find"))]
    ['operation-renamed']
    """
    changes = list(_changes(old, new))
    return sorted(changes, key=lambda change: SEVERITIES.index(change.severity))


def _changes(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Change]:
    pairs = pair_operations(endpoints_of(old), endpoints_of(new))
    for endpoint in pairs.gone:
        yield _gone(endpoint, pairs.fresh)
    for before, after in pairs.same:
        yield from _renamed_or_moved(before, after)
    for endpoint in pairs.fresh:
        message = f"is new ({endpoint.route})"
        yield Change(COMPATIBLE, "operation-added", endpoint.name, OPERATION, message, new=endpoint.name)
    for before, after in pairs.same:
        for change in _inside(old, new, before, after):
            yield change.inside("", operation=before.name)
    yield from _address(old, new)


def _gone(endpoint: Endpoint, fresh: Sequence[Endpoint]) -> Change:
    path = endpoint.path.rstrip("/")
    beside = [other for other in fresh if other.path.rstrip("/") == path]
    hint = f"; new at the same path: {', '.join(f'{o.name} ({o.route})' for o in beside)}" if beside else ""
    message = f"is gone ({endpoint.route}): every call to it fails{hint}"
    return Change(BREAKING, "operation-removed", endpoint.name, OPERATION, message, old=endpoint.name)


def _renamed_or_moved(before: Endpoint, after: Endpoint) -> Iterator[Change]:
    moved = before.route != after.route and not _same_route(before, after)
    if before.name != after.name:
        message = f"is now called {after.name} ({after.route}): scripts that call it by the old name fail"
        yield Change(BREAKING, "operation-renamed", before.name, OPERATION, message, before.name, after.name)
    if moved:
        slash = " (only the slash at the end)" if before.path.rstrip("/") == after.path.rstrip("/") else ""
        message = (
            f"was {before.route}, is now {after.route}{slash}: "
            "URLs written by hand and clients with a pinned description miss it"
        )
        yield Change(BREAKING, "operation-moved", before.name, OPERATION, message, before.route, after.route)


def _same_route(before: Endpoint, after: Endpoint) -> bool:
    """Tell whether only names of path parameters differ, which ``inputs`` reports."""
    steps = [[("{}" if step.startswith("{") else step) for step in e.path.split("/")] for e in (before, after)]
    return before.method == after.method and steps[0] == steps[1]


def _inside(
    old: Mapping[str, object], new: Mapping[str, object], before: Endpoint, after: Endpoint
) -> Iterator[Change]:
    yield from compare_security(old, new, before, after)
    yield from compare_inputs(old, new, before, after)
    yield from compare_bodies((old, new), before, after)
    yield from compare_answers((old, new), before, after)
    if after.body.get("deprecated") is True and before.body.get("deprecated") is not True:
        message = "is marked as deprecated: a later version may drop it"
        yield Change(COMPATIBLE, "deprecated", where=OPERATION, message=message)
    words = [tuple(str(e.body.get(key) or "") for key in ("summary", "description")) for e in (before, after)]
    if words[0] != words[1]:
        yield Change(COSMETIC, "words-changed", "", OPERATION, "is described in other words", words[0], words[1])


def _address(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Change]:
    for key in _ADDRESS:
        if old.get(key) != new.get(key):
            message = (
                f"was {old.get(key, 'not said')}, is now {new.get(key, 'not said')}; the URL that you name wins over it"
            )
            yield Change(COSMETIC, "address-changed", "", key, message, old.get(key), new.get(key))
