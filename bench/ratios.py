"""Ratios of instructions, those that are kept and those that were counted: what has grown, and what that means.

Knows numbers alone; it must not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Counts = Mapping[str, Mapping[str, int]]
"""Instructions by table and way; the first way of a table is what the others are held against."""
Ratios = Mapping[str, Mapping[str, float]]

MOST = 0.10


@dataclass(frozen=True)
class Change:
    """How a way's ratio came out beside the one that is kept; ``None`` where there is only one of them."""

    way: str
    kept: float | None
    seen: float | None

    @property
    def growth(self) -> float:
        return self.seen / self.kept - 1 if self.seen and self.kept else 0.0

    @property
    def fails(self) -> bool:
        return self.growth > MOST or None in (self.kept, self.seen)

    def __str__(self) -> str:
        if self.kept is None:
            return f"{self.way}: {self.seen:.2f}, NOT KEPT"
        if self.seen is None:
            return f"{self.way}: {self.kept:.2f}, NOT MEASURED any more"
        told = f"{self.way}: {self.kept:.2f} -> {self.seen:.2f} ({self.growth:+.1%})"
        if self.fails:
            return f"{told}, MORE THAN {MOST:.0%}"
        return f"{told}, less: keep it so by `make bench-pin`" if self.growth < -MOST else told


def ratios(counts: Counts) -> dict[str, dict[str, float]]:
    """Give each way's instructions as a ratio to the first way of its table, which is left out."""
    found = {}
    for table, ways in counts.items():
        base, *others = ways
        found[table] = {way: round(ways[way] / ways[base], 3) for way in others}
    return found


def changes(kept: Ratios, seen: Ratios) -> Iterator[Change]:
    """Give the change of each way, also of those that only one of them knows."""
    for table in dict.fromkeys((*kept, *seen)):
        before, now = kept.get(table, {}), seen.get(table, {})
        for way in dict.fromkeys((*before, *now)):
            yield Change(f"{table}, {way}", before.get(way), now.get(way))
