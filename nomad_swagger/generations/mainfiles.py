"""Which files NOMAD probably recognises, by names and first lines, as data: ``mainfiles.yaml`` explains the keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from nomad_swagger.generations.own_data import read_own
from nomad_swagger.light import dataclass

HEAD_BYTES = 16 << 10
PACKED_ENDINGS = (".gz", ".bz2", ".xz")


@dataclass(frozen=True)
class Mainfile:
    """How one kind of mainfile is told.

    Attributes
    ----------
    code : str
    name : pattern or None
        On the base name.
    head : pattern or None
        On the first bytes.
    generations : tuple of str
        That read it; empty for all.
    alternative : bool
        Only where no other file of its folder is one.
    """

    code: str
    name: re.Pattern[str] | None = None
    head: re.Pattern[bytes] | None = None
    generations: tuple[str, ...] = ()
    alternative: bool = False

    def fits(self, name: str, head: bytes) -> bool:
        """Tell whether a file of this name and these first bytes is one.

        Examples
        --------
        >>> [one.code for one in mainfiles("v1") if one.fits("x.gpw", b"")]
        ['GPAW']
        """
        return (self.name is None or self.name.fullmatch(name) is not None) and (
            self.head is None or self.head.search(head) is not None
        )


@cache
def mainfiles(generation: str) -> tuple[Mainfile, ...]:
    """Give what a generation of NOMAD reads, in the order in which it is tried."""
    found = (_mainfile(code, row) for code, row in read_own("mainfiles", "mainfiles.yaml").items())
    return tuple(one for one in found if not one.generations or generation in one.generations)


def _mainfile(code: str, row: Mapping[str, Any]) -> Mainfile:
    return Mainfile(
        code.partition(" (")[0],
        re.compile(row["name"]) if "name" in row else None,
        re.compile(row["head"].encode(), re.MULTILINE) if "head" in row else None,
        tuple(row.get("generations", ())),
        bool(row.get("alternative", False)),
    )
