"""The quantities that v1 can search: their names, their types, and where the index has their values.

Reads ``quantities.json`` (all that NOMAD 1.4.3 knows) and ``entry.yaml``. It must not know queries or entries.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nomad_sandbox.archive_quantities import OWN, is_own
from nomad_sandbox.index import words
from nomad_sandbox.placeholders import NOT_PROCESSED, UNAVAILABLE
from nomad_sandbox.v1.answers import not_a_quantity, wrong_value
from nomad_sandbox.v1.formulas import check_formula, hill_formula

_FOLDER = Path(__file__).parent
_NUMBERS = frozenset({"integer", "long", "double", "float"})
_FORMULAS = frozenset(f"results.material.chemical_formula_{name}" for name in ("hill", "iupac", "reduced"))
NO_VALUES = (UNAVAILABLE, NOT_PROCESSED)


@dataclass(frozen=True)
class Quantity:
    """One quantity.

    Attributes
    ----------
    type : str
        keyword, text, integer, double, date, boolean ...
    many : bool
        An entry may have several values.
    paths : tuple of str
        Quantities of the index; none where the sandbox has never values for it.
    """

    name: str
    type: str
    many: bool
    paths: tuple[str, ...]

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.type in _NUMBERS


@cache
def load_quantities() -> dict[str, Quantity]:
    """Give all quantities by name."""
    rows = json.loads((_FOLDER / "quantities.json").read_text("utf-8"))
    paths = yaml.safe_load((_FOLDER / "entry.yaml").read_text("utf-8"))
    return {
        name: Quantity(name, row["type"], row["many"], tuple(paths.get(name, ())))
        for name, row in rows.items()
        if row["type"] != "completion"  # for suggestions, not for search
    }


@cache
def _suggested() -> frozenset[str]:
    rows = json.loads((_FOLDER / "quantities.json").read_text("utf-8"))
    return frozenset(name.removesuffix("__suggestion") for name, row in rows.items() if row["type"] == "completion")


def has_suggestions(name: str) -> bool:
    """Tell whether values of a quantity are suggested to one who types."""
    return name in _suggested() and name in load_quantities()


def find_quantity(name: str, *steps: str) -> Quantity:
    """Give a quantity.

    Raises
    ------
    Refusal
        422 for a name that NOMAD does not know.
    """
    quantity = load_quantities().get(name)
    if quantity is None and is_own(name):
        return Quantity(name, OWN, True, (f"archive.{OWN}.{name}",))
    if quantity is None:
        raise not_a_quantity(name, *steps)
    return quantity


def to_terms(quantity: Quantity, value: Any) -> list[Any]:
    """Give the terms that a value is searched by: one, but for a text, which is held word by word.

    The words of a path are the names between its slashes. An entry that has one of the words has the text.

    Raises
    ------
    Refusal
        422 for a value that is not of the quantity's type, 500 for a formula that is none, as NOMAD.
    """
    if quantity.is_number:
        return [_number(quantity, value)]
    if quantity.type == "boolean":
        return [_boolean(quantity, value)]
    if quantity.type == "date":
        return [_time(quantity, value)]
    if quantity.type == OWN and isinstance(value, (int, float)) and not isinstance(value, bool):
        return [value]
    if isinstance(value, (dict, list)):
        raise wrong_value(f"{quantity.name}: {value!r} is no value", quantity.name)
    return _text_terms(quantity, str(value))


def _text_terms(quantity: Quantity, text: str) -> list[Any]:
    if quantity.name in _FORMULAS:
        return [hill_formula(text) if quantity.name.endswith("_hill") else check_formula(text)]
    if quantity.type != "text":
        return [text]
    if quantity.name.endswith(".path"):
        return [part for part in text.split("/") if part]
    return words(text)


def _number(quantity: Quantity, value: Any) -> float:
    try:
        if not isinstance(value, bool):
            return float(value)
    except (TypeError, ValueError):
        pass  # told below, like a boolean
    raise wrong_value(f"{quantity.name} needs a number, not {value!r}", quantity.name)


def _boolean(quantity: Quantity, value: Any) -> str:
    text = str(value).lower()
    if text not in ("true", "false"):
        raise wrong_value(f"{quantity.name} needs true or false, not {value!r}", quantity.name)
    return text


def _time(quantity: Quantity, value: Any) -> str:
    try:
        if isinstance(value, (int, float)):
            time = datetime.fromtimestamp(value / 1000, timezone.utc)
        else:
            time = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except (ValueError, OverflowError, OSError) as error:
        raise wrong_value(f"{quantity.name} needs a time, not {value!r}", quantity.name) from error
    if time.tzinfo is not None:
        time = time.astimezone(timezone.utc).replace(tzinfo=None)
    return time.isoformat(timespec="microseconds")
