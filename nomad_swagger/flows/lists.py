"""The records of a list that a server gives in pages.

Knows how a verb's answer is paged and read. It must not know which verb it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from nomad_swagger.flows.engine import Paged
from nomad_swagger.flows.records import read_record

if TYPE_CHECKING:
    from nomad_swagger.client.nomad import Nomad


def records_of(nomad: Nomad, verb: str, kind: str, arguments: Mapping[str, Any], *, what: str) -> Iterator[Any]:
    """Give the items of a list as records, page by page.

    Parameters
    ----------
    nomad : Nomad
    verb : str
    kind : str
        Of the records, as the generation's ``records`` table has it.
    arguments : mapping
        By our names.
    what : str
        For messages.
    """
    pages = nomad.verb(verb).pages
    assert pages is not None

    def ask(step: Mapping[str, Any]) -> Any:
        return nomad.json(nomad.prepare_verb(verb, arguments, native=step))

    for item in Paged(ask, pages, what=what):
        yield read_record(nomad.generation.records, kind, item)
