"""Entries that are counted: by the values of a quantity, and by metrics over all of them.

Knows the index. It must not know aggregations or their answers.

Source: the metrics of NOMAD 1.4.3 (``a_elasticsearch`` in ``nomad/datamodel``).
"""

# ruff: noqa: S608 - values are bound; what is put into SQL as text are conditions that this room wrote
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import orjson

from nomad_sandbox.histograms import milliseconds
from nomad_sandbox.search import Selection, count
from nomad_sandbox.store import Store
from nomad_sandbox.v1.answers import wrong_value
from nomad_sandbox.v1.buckets import Bucket
from nomad_sandbox.v1.quantities import NO_VALUES, Quantity

_DIFFERENT = {
    "n_entries": "calc_id",
    "n_uploads": "upload_id",
    "n_materials": "encyclopedia.material.material_id",
    "n_authors": "authors.user_id",
}
_SUMMED = {"n_calculations": "dft.n_calculations", "n_quantities": "dft.n_quantities"}


def check_metrics(metrics: Iterable[str]) -> None:
    """Refuse what is no metric.

    Raises
    ------
    Refusal
        422
    """
    if not set(metrics) <= _DIFFERENT.keys() | _SUMMED.keys():
        message = "metric must be the qualified name of a suitable search quantity"
        raise wrong_value(message, "statistic", "metrics")


@dataclass(frozen=True)
class Counting:
    """Entries that are counted.

    Attributes
    ----------
    selection : Selection
        Which entries.
    """

    store: Store
    selection: Selection

    def having(self, quantity: Quantity, values: Iterable[Any]) -> Counting:
        """Narrow the selection to the entries that have one of some values of the index."""
        names = {f"having{i}": path for i, path in enumerate(quantity.paths)}
        paths = ", ".join(f":{name}" for name in names) or "NULL"
        narrowed = (
            f"{self.selection.where} AND entry IN (SELECT entry FROM terms WHERE quantity IN ({paths})"
            " AND value IN (SELECT value FROM json_each(:having_values)))"
        )
        bound = {**self.selection.values, **names, "having_values": orjson.dumps(list(values)).decode()}
        return Counting(self.store, Selection(narrowed, bound))

    def by_value(self, quantity: Quantity) -> list[Bucket]:
        """Give how many entries have each value, the most frequent first."""
        paths = {f"path{i}": path for i, path in enumerate(quantity.paths)}
        names = ", ".join(f":{path}" for path in paths) or "NULL"
        rows = self.store.rows(
            f"SELECT value, count(DISTINCT entry) AS n FROM terms WHERE quantity IN ({names})"
            " AND value NOT IN (:nothing0, :nothing1)"
            f" AND entry IN (SELECT entry FROM entries WHERE {self.selection.where})"
            " GROUP BY value ORDER BY n DESC, value",
            {**self.selection.values, **paths, "nothing0": NO_VALUES[0], "nothing1": NO_VALUES[1]},
        )
        return [Bucket(row["value"], row["n"]) for row in rows]

    def numbers(self, quantity: Quantity) -> dict[float, list[Any]]:
        """Give the numbers of a quantity, times in ms since 1970, each with the values of the index it stands for."""
        found: dict[float, list[Any]] = {}
        for bucket in self.by_value(quantity):
            if quantity.type == "date":
                found.setdefault(_milliseconds(bucket.value), []).append(bucket.value)
            elif not isinstance(bucket.value, str):
                found.setdefault(float(bucket.value), []).append(bucket.value)
        return found

    def count(self) -> int:
        """Give the number of entries."""
        return count(self.store, self.selection)

    def measure(self, metrics: Iterable[str]) -> dict[str, int]:
        """Give metrics over all entries by name."""
        return {metric: self._total(metric) for metric in metrics}

    def _total(self, metric: str) -> int:
        summed = metric in _SUMMED
        value = self.store.value(
            f"SELECT {'coalesce(sum(value), 0)' if summed else 'count(DISTINCT value)'} FROM terms"
            f" WHERE quantity = :metric AND entry IN (SELECT entry FROM entries WHERE {self.selection.where})",
            {**self.selection.values, "metric": (_SUMMED if summed else _DIFFERENT)[metric]},
        )
        return int(value)


def _milliseconds(text: str) -> float:
    time = datetime.fromisoformat(text)
    return float(milliseconds(time if time.tzinfo else time.replace(tzinfo=timezone.utc)))
