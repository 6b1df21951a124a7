"""What an operation is called: ``client.<resource>.<name>``, the same in every version of a document.

The rules look at one operation at a time, so that what a server adds elsewhere renames nothing:

- *resource*: the first step of the path that is neither a parameter nor a prefix like ``api`` or ``v1``; ``root``
  where there is none. Tags are for readers and change between versions.
- *name*: the operationId without the ``_<path>_<method>`` tail that FastAPI adds; other ids as they are; without an
  id, method and path.

Only where two operations of one resource come out with the same name does the one look at the other. The name stays
with the operation whose last path step it mentions (``get_upload_bundle`` with ``…/bundle``), then with the shorter
path, then by alphabet; each other one gets its own last path step appended, and more steps if that does not do.
The order of the document plays no part.

Knows paths and ids; it must not know what else is in an operation.
"""

from __future__ import annotations

import keyword
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from nomad_swagger.light import dataclass

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")

_PREFIX = re.compile(r"api|rest|v\d+([._]\d+)*", re.IGNORECASE)
_CLIENT_ATTRIBUTES = frozenset({"from_spec", "from_url", "get_model", "is_equal", "nomad", "swagger_spec"})
_RESOURCE_ATTRIBUTES = frozenset({"also_return_response", "is_equal", "name", "operations", "resource"})


@dataclass(frozen=True)
class Named:
    """An operation and what it is called.

    Attributes
    ----------
    method, path : str
    resource, name : str
        ``client.<resource>.<name>``.
    operation_id : str
        Unique in the whole document, as Swagger 2.0 demands: the name, and for a name that several resources have,
        underscores behind it, which bravado takes off again.
    """

    method: str
    path: str
    resource: str
    name: str
    operation_id: str


def name_operations(operations: Iterable[tuple[str, str, str | None]]) -> dict[tuple[str, str], Named]:
    """Give the names of all operations by method and path.

    Parameters
    ----------
    operations : iterable of (method, path, operationId or None)

    Examples
    --------
    >>> names = name_operations([("get", "/uploads/{id}", "get_upload_uploads__id__get")])
    >>> names["get", "/uploads/{id}"].resource, names["get", "/uploads/{id}"].name
    ('uploads', 'get_upload')
    """
    by_resource: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for method, path, operation_id in operations:
        by_resource[resource_of(path)][method, path] = short_name(method, path, operation_id)
    named = [
        Named(method, path, resource, name, name)
        for resource, wishes in sorted(by_resource.items())
        for (method, path), name in _settle(wishes).items()
    ]
    return {(row.method, row.path): row for row in _made_unique(named)}


def resource_of(path: str) -> str:
    """Give the resource that a path belongs to.

    Examples
    --------
    >>> resource_of("/ownership-transfers/{transfer_id}"), resource_of("/api/v1/uploads"), resource_of("/")
    ('ownership_transfers', 'uploads', 'root')
    """
    steps = [identifier(step) for step in _literal_steps(path)]
    telling = [step for step in steps if step and not _PREFIX.fullmatch(step)] or [step for step in steps if step]
    name = telling[0] if telling else "root"
    return f"{name}_" if keyword.iskeyword(name) or name in _CLIENT_ATTRIBUTES else name


def short_name(method: str, path: str, operation_id: str | None) -> str:
    """Give the name that an operation has where no other wants it too.

    Examples
    --------
    >>> short_name("get", "/pets/{petId}", None), short_name("get", "/pets", "listPets")
    ('get_pets_petId', 'listPets')
    """
    tail = re.escape(re.sub(r"\W", "_", path))
    # A FastAPI route of several methods has the id of any one of them.
    cut = re.sub(rf"(?<=.){tail}_({'|'.join(METHODS)}|trace)$", "", operation_id or "")
    name = identifier(cut) or identifier(f"{method}_{path}") or method
    return f"{name}_{method}" if keyword.iskeyword(name) or name in _RESOURCE_ATTRIBUTES else name


def identifier(text: str) -> str:
    """Give what bravado makes of a name: letters, digits and single underscores, none at the ends, no digit first."""
    return re.sub(r"^[0-9_]+|_+$", "", re.sub(r"_{2,}", "_", re.sub(r"[^A-Za-z0-9_]", "_", text)))


def _settle(wishes: dict[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    wanted: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, name in wishes.items():
        wanted[name].append(key)
    settled: dict[tuple[str, str], str] = {}
    others: list[tuple[str, str]] = []
    for name, keys in wanted.items():
        first, *rest = sorted(keys, key=lambda key: _rank(name, *key))
        settled[first] = name
        others += rest
    taken = set(wanted)
    for method, path in sorted(others, key=lambda key: (key[1], key[0])):
        name = next(name for name in _longer(wishes[method, path], method, path) if name not in taken)
        settled[method, path] = name
        taken.add(name)
    return settled


def _rank(name: str, method: str, path: str) -> tuple[bool, int, str, str]:
    steps = _literal_steps(path)
    mentioned = bool(steps) and set(identifier(steps[-1]).lower().split("_")) <= set(name.lower().split("_"))
    return not mentioned, path.count("/"), path, method


def _longer(name: str, method: str, path: str) -> Iterator[str]:
    steps = [step for step in map(identifier, _literal_steps(path)) if step]
    for count in range(1, len(steps) + 1):
        yield "_".join([name, *steps[-count:]])
    yield f"{name}_{method}"
    yield identifier(f"{name}_{method}_{path}")
    number = 2
    while True:
        yield f"{name}_{method}_n{number}"
        number += 1


def _literal_steps(path: str) -> list[str]:
    return [step for step in path.split("/") if step and "{" not in step]


def _made_unique(named: list[Named]) -> Iterator[Named]:
    counts: dict[str, int] = defaultdict(int)
    for row in named:
        padding = "_" * counts[row.name]
        counts[row.name] += 1
        yield Named(row.method, row.path, row.resource, row.name, row.name + padding)
