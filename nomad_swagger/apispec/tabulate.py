"""Make the table of a document's operations; a description that was seen before needs none of this.

Knows the document and what the generations say of it. It must not know the table's form on disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nomad_swagger.apispec.access import fails_without_login
from nomad_swagger.apispec.naming import may_name_models
from nomad_swagger.apispec.operations import Found, find_operations, make_operation, names_of
from nomad_swagger.apispec.table import Operations, Row, Table
from nomad_swagger.generations.generation import recognise
from nomad_swagger.jsontypes import as_text


def make_table(document: Mapping[str, object], title: str) -> Table:
    """Make the table of a Swagger 2.0 document."""
    found = {one.full_name: one for one in find_operations(document)}
    names = {name: names_of(document, one) for name, one in found.items()}
    generation = recognise(names)
    rows = {name: _row(document, one, list(dict.fromkeys(names[name])), generation) for name, one in found.items()}
    operations = Operations(rows, lambda name: make_operation(document, found[name]))
    return Table(title, generation, may_name_models(document), operations)


def _row(document: Mapping[str, object], found: Found, parameters: Sequence[str], generation: str) -> Row:
    entry = found.entry
    return Row(
        tag=found.tag,
        name=found.name,
        method=found.method.upper(),
        path=found.path,
        summary=as_text(entry.get("summary")),
        description=as_text(entry.get("description")),
        full_id=found.full_id,
        login=fails_without_login(generation, found.full_name, documented=found.needs_login(document)),
        parameters=parameters,
    )
