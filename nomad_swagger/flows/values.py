"""Values of a search: as people type them, and as a server declares them.

Words of a shell become numbers, and numbers words where a server has words. How the values of our own words are read is
named in the generation: ``elements`` (``si``, ``"Si,O"``), ``formula`` (in any order; ``formula_as_ase`` where a server
has H first), ``doi`` (in any spelling) and ``ids`` (several in one text). What a server's own names are given is taken
as it is, but for elements and numbers of numpy.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Any

from nomad_swagger.errors import UsageError
from nomad_swagger.generations.generation import Quantity
from nomad_swagger.science.typed import element_if_one, read_doi, read_elements, read_formula, read_ids

_YES_OR_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "integer": int,
    "number": float,
    "boolean": lambda word: _YES_OR_NO[word.lower()],
}
_TYPED: Mapping[str, Callable[[Sequence[Any], str], list[Any]]] = {
    "elements": read_elements,
    "formula": lambda values, name: [read_formula(value) for value in values],
    "formula_as_ase": lambda values, name: [read_formula(value, hydrogen_first=True) for value in values],
    "doi": lambda values, name: [read_doi(value) for value in values],
    "ids": read_ids,
}
_KINDS = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}


def several(value: Any) -> list[Any] | None:
    """Give the values of what holds several (a list, an array, a Series, a generator …), None for one value.

    Numbers of numpy become Python's.

    Examples
    --------
    >>> several({"a": 1}.keys()), several("Si"), several(iter([1, 2]))
    (['a'], None, [1, 2])
    """
    if isinstance(value, (str, bytes, Mapping)) or getattr(value, "ndim", 1) == 0 or not isinstance(value, Iterable):
        return None
    if getattr(value, "ndim", 1) > 1:
        raise UsageError(f"{type(value).__name__} with {value.ndim} dimensions: give one column")  # type: ignore[attr-defined]
    return [plain(item) for item in value]


def plain(value: Any) -> Any:
    """Give what numpy holds as Python's own, also within a mapping; anything else as it is."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    value = value.item() if type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0 else value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def native(word: Quantity | None, value: Any) -> Any:
    """Give what is searched under a server's own name for one of our words: elements as NOMAD writes them."""
    if word is None or word.reads != "elements":
        return value
    values = several(value)
    return element_if_one(value) if values is None else [element_if_one(one) for one in values]


def whole_number(name: str, value: Any, *, least: int) -> int:
    """Give a whole number, of numpy's too, that is not below ``least``.

    Raises
    ------
    UsageError
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise UsageError(f"{name} is a whole number, not {value!r}")
    number = operator.index(value)
    if number < least:
        raise UsageError(f"{name} is {number}; at least {least}")
    return min(number, sys.maxsize)


def as_wanted(name: str, wanted: str, value: Any) -> Any:
    """Give a value, or each of a list, in the type that is wanted.

    Parameters
    ----------
    name : str
        Of the quantity, for the message.
    wanted : str
        string, integer, number or boolean; anything else takes all.
    value : object

    Raises
    ------
    UsageError
        It cannot be one.

    Examples
    --------
    >>> as_wanted("n_elements", "integer", ["2", 3])
    [2, 3]
    """
    value = plain(value)
    if (values := several(value)) is not None:
        return [as_wanted(name, wanted, item) for item in values]
    if wanted == "string":
        if isinstance(value, bool):
            return str(value).lower()
        return str(value) if isinstance(value, (int, float)) else value
    if wanted not in _READERS or not isinstance(value, str):
        return value
    try:
        return _READERS[wanted](value.strip())
    except (KeyError, ValueError) as error:
        raise UsageError(f"{name} is {_KINDS[wanted]}, not {value!r}") from error


def values_of(word: Quantity, name: str, value: Any, target: str = "", *, typed: bool = True) -> list[Any]:
    """Give the values of one of our words as a list, in the pieces that the server has under one of its names.

    Raises
    ------
    UsageError
        There is none.

    Examples
    --------
    >>> values_of(Quantity(["paths"], split="/"), "path", "AcAg/si/")
    ['AcAg', 'si']
    """
    listed = several(value)
    values = [_known(name, one) for one in ([plain(value)] if listed is None else listed)]
    if word.reads and typed:
        values = _TYPED[word.reads](values, name)
    if word.split and target not in word.whole:
        values = [piece for one in values for piece in str(one).split(word.split) if piece]
    if not values or "" in values:
        raise UsageError(f"{name} is empty; leave it out to search without it")
    return list(dict.fromkeys(values))


def _known(name: str, value: Any) -> Any:
    """Give a value that can be searched: of a record its id, and nothing for what is no value.

    Raises
    ------
    UsageError
    """
    value = getattr(value, name, value) if is_dataclass(value) else value
    if isinstance(value, (Mapping, list, tuple, set)) or several(value) is not None:
        raise UsageError(f"{name} takes values, not {type(value).__name__}: give its keys, or one list of them")
    if value is None or str(value) in ("<NA>", "nan", "NaT"):
        raise UsageError(f"{name} has a missing value: leave it out (dropna() of a Series does)")
    return value


def listed(values: Sequence[str] | None, name: str) -> list[str] | None:
    """Give values as a list, each once and without blanks around it; None stays None.

    Raises
    ------
    UsageError
        One text, whose letters would be taken for the values.
    """
    if isinstance(values, str):
        raise UsageError(f"{name} is one text; give a list: {name}=[{values!r}]")
    return None if values is None else list(dict.fromkeys(value.strip() for value in values))
