"""What a conversion could not keep, and where.

Knows how a place in a document is written; it must not know why anything is lost.
"""

from __future__ import annotations

from typing import NamedTuple

from nomad_swagger.light import dataclass


@dataclass(frozen=True)
class Loss:
    """One thing of the original that the result does not say, or says less strictly.

    Attributes
    ----------
    place : str
        JSON pointer into the original document, ``/components/schemas/Query/anyOf``.
    operation : str
        ``GET /uploads``; empty for what belongs to no single operation.
    what : str
        The construct.
    why : str
        What it means for a caller.
    """

    place: str
    operation: str
    what: str
    why: str


class Place(NamedTuple):
    """Where the conversion is at; ``place / "schema"`` goes one step down."""

    pointer: str = ""
    operation: str = ""

    def __truediv__(self, token: object) -> Place:
        step = str(token)
        if "~" in step or "/" in step:
            step = step.replace("~", "~0").replace("/", "~1")
        return Place(f"{self.pointer}/{step}", self.operation)
