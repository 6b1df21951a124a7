"""Small things to look up: suggestions for a search, definitions, the geometry of an entry, graph queries."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from flask import Response

from nomad_sandbox.search import Selection
from nomad_sandbox.v1.answers import Refusal, broken, json_answer, streamed
from nomad_sandbox.v1.archive import archive_of
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.counting import Counting
from nomad_sandbox.v1.entries import readable_entry
from nomad_sandbox.v1.quantities import Quantity, has_suggestions, load_quantities

_DEFAULT_SIZE = 5
_M_ANGSTROM = 1e10
_ASE_FORMATS = {"cif": "cif", "xyz": "xyz", "pdb": "proteindatabank"}


def suggest(call: Call) -> Response:
    """Answer with values of quantities that begin with what was typed, the most frequent first.

    Raises
    ------
    Refusal
        500 where nothing was typed, or no quantity is named; 422 for a quantity without suggestions.
    """
    words, asked = call.body.get("input"), call.body.get("quantities")
    if words is None or asked is None:
        raise broken("TypeError", "a suggestion needs an input, and quantities")
    found = {}
    for number, row in enumerate(asked):
        name = str(row.get("name"))
        if not has_suggestions(name):
            place = ["body", "quantities", number, "name"]
            raise Refusal(422, [{"loc": place, "msg": f"there are no suggestions for {name}"}])
        found[name] = _values(call, load_quantities()[name], words, row.get("size") or _DEFAULT_SIZE)
    return json_answer(found)


def _values(call: Call, quantity: Quantity, words: str, size: int) -> list[dict[str, Any]]:
    counted = Counting(call.store, Selection("published = 1 AND with_embargo = 0")).by_value(quantity)
    fitting = [bucket for bucket in counted if str(bucket.value).lower().startswith(words.lower())]
    fitting.sort(key=lambda bucket: -bucket.number)
    return [{"value": str(bucket.value), "weight": float(bucket.number)} for bucket in fitting[:size]]


def get_definition(_: Call, definition_id: str) -> Response:
    """Answer that there is none: the sandbox keeps no schemas.

    Raises
    ------
    Refusal
        404
    """
    raise Refusal(404, f"A definition with the id {definition_id} does not exist.")


def query_graph(call: Call) -> Response:
    """Refuse an empty graph query as NOMAD does; others are not part of the sandbox.

    Raises
    ------
    Refusal
        422, 501
    """
    if not call.body:
        raise Refusal(422, "An empty query.")
    raise Refusal(501, "graph queries are not part of the sandbox")


def get_system(call: Call, entry_id: str) -> Response:
    """Answer with a geometry of an entry as a file: ``run/0/system/-1`` and the like.

    Raises
    ------
    Refusal
        404 for an unknown entry, and for a path that leads to no geometry.
    """
    document = readable_entry(call, entry_id)
    section: Any = archive_of(call, document) or {}
    path = call.text("path") or ""
    for step in path.strip("/").split("/"):
        try:
            section = section[int(step)] if isinstance(section, list) else section[step]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise Refusal(404, f"There is no system at {path}.") from error
    if not isinstance(section, Mapping) or "atoms" not in section:
        raise Refusal(404, f"There is no system at {path}.")
    name = call.text("format") or "cif"
    body = _written(section["atoms"], _ASE_FORMATS[name], wrap=call.text("wrap_mode") == "wrap")
    return streamed(iter([body]), mimetype="application/octet-stream", filename=f"{entry_id}.{name}")


def _written(atoms: Mapping[str, Any], format_name: str, *, wrap: bool) -> bytes:
    import numpy as np
    from ase import Atoms
    from ase.io import write

    cell = atoms.get("lattice_vectors")
    geometry = Atoms(
        atoms["labels"],
        positions=np.asarray(atoms["positions"]) * _M_ANGSTROM,
        cell=None if cell is None else np.asarray(cell) * _M_ANGSTROM,
        pbc=atoms["periodic"],
    )
    if wrap and cell is not None:
        geometry.wrap()
    text = io.BytesIO() if format_name == "cif" else io.StringIO()
    write(text, geometry, format=format_name)
    content = text.getvalue()
    return content if isinstance(content, bytes) else content.encode()


HANDLERS: Mapping[str, Handler] = {
    "POST /suggestions": suggest,
    "GET /metainfo/{definition_id}": get_definition,
    "POST /graph/query": query_graph,
    "GET /systems/{entry_id}": get_system,
}
