"""The operations of a description as a table: what lists, completion and a client's start need, without the rest.

A row is what an operation is called and takes; the operation itself is made when somebody asks for it. Made of a
document once, the table is kept beside the cached descriptions by the content's hash, one line for each operation, and
of a file of three hundred kilobytes a start parses the rows. Knows the table's form; it must not know where documents
come from, nor where tables are kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from nomad_swagger.apispec.operations import Operation, Parameter
from nomad_swagger.errors import UnknownOperation
from nomad_swagger.light import dataclass


class Row(NamedTuple):
    """What a list of operations shows.

    Attributes
    ----------
    tag, name, method, path, summary, description, full_id
        As of :class:`~nomad_swagger.apispec.operations.Operation`.
    login : bool
        A call fails without a login, by all that is known.
    parameters : sequence of str
        Their names.
    """

    tag: str
    name: str
    method: str
    path: str
    summary: str
    description: str
    full_id: str
    login: bool
    parameters: Sequence[str]

    @property
    def full_name(self) -> str:
        """Give ``tag.name``."""
        return f"{self.tag}.{self.name}"


class Operations(Mapping[str, Operation]):
    """The operations of a document by ``tag.name``, each made when it is asked for.

    Attributes
    ----------
    rows : mapping of str to Row
    """

    def __init__(self, rows: Mapping[str, Row], make: Callable[[str], Operation]) -> None:
        self.rows = rows
        self._make = make
        self._made: dict[str, Operation] = {}

    def __getitem__(self, name: str) -> Operation:
        if name not in self._made:
            if name not in self.rows:
                raise KeyError(name)
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, name: object) -> bool:
        return name in self.rows

    @cached_property
    def by_route(self) -> Mapping[tuple[str, str], str]:
        """Give the names by method and path; of an operation with several tags the last."""
        return {(row.method, row.path): name for name, row in self.rows.items()}


@dataclass(frozen=True, eq=False)
class Table:
    """What is known of a document's content without looking into it again.

    Attributes
    ----------
    title, generation : str
    may_name_models : bool
        A schema may give itself a name, or a definition is another's second name.
    operations : Operations
    """

    title: str
    generation: str
    may_name_models: bool
    operations: Operations


def written(table: Table) -> bytes | None:
    """Give a table as lines of JSON; None where that would change an operation: it came from no JSON."""
    head = [table.title, table.generation, table.may_name_models, list(table.operations.rows.values())]
    try:
        lines = [_dumps(head), *(_dumps(_details(operation)) for operation in table.operations.values())]
    except (TypeError, ValueError):
        return None
    text = "\n".join(lines).encode()
    return text if dict(read_table(text).operations) == dict(table.operations) else None


def read_table(text: bytes) -> Table:
    """Give the table that was written."""
    head, *lines = text.split(b"\n")
    title, generation, may_name, listed = json.loads(head)
    rows = {row.full_name: row for row in map(Row._make, listed)}
    line_of = dict(zip(rows, lines, strict=True))
    return Table(title, generation, may_name, Operations(rows, lambda name: _operation(rows[name], line_of[name])))


def _details(operation: Operation) -> list[object]:
    parameters = [vars(parameter) for parameter in operation.parameters]
    return [parameters, operation.answers, operation.needs_login, operation.deprecated, operation.binary]


def _operation(row: Row, line: bytes) -> Operation:
    parameters, answers, needs_login, deprecated, binary = json.loads(line)
    return Operation(
        tag=row.tag,
        name=row.name,
        method=row.method,
        path=row.path,
        parameters=tuple(Parameter(**{**given, "enum": tuple(given["enum"])}) for given in parameters),
        summary=row.summary,
        description=row.description,
        answers=answers,
        needs_login=needs_login,
        deprecated=deprecated,
        binary=binary,
        full_id=row.full_id,
    )


def _dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def listed(rows: Iterable[Row], word: str | None = None, *, tag: str | None = None) -> tuple[Row, ...]:
    """Give the rows of a tag that have a word in their name, path or text, or among their parameters.

    Raises
    ------
    UnknownOperation
        No such tag; the message offers the nearest.
    """
    found = tuple(rows)
    if tag is not None:
        tags = {row.tag for row in found}
        if tag not in tags:
            raise UnknownOperation(tag, tags, where="as a tag")
        found = tuple(row for row in found if row.tag == tag)
    return found if word is None else tuple(row for row in found if _has(row, word.lower()))


def _has(row: Row, word: str) -> bool:
    texts = (row.full_name, row.path, row.summary, row.description)
    return any(word in text.lower() for text in texts) or any(word == name.lower() for name in row.parameters)
