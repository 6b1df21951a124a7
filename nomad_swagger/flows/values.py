"""Values of a search as a server declares them: words of a shell as numbers, numbers as words where it has words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nomad_swagger.errors import UsageError
from nomad_swagger.generations.generation import Quantity

_YES_OR_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "integer": int,
    "number": float,
    "boolean": lambda word: _YES_OR_NO[word.lower()],
}
_KINDS = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}


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
    if isinstance(value, (list, tuple, set, frozenset)):
        return [as_wanted(name, wanted, item) for item in value]
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


def values_of(word: Quantity, name: str, value: Any) -> list[Any]:
    """Give the values of one of our words as a list, in the pieces that the server knows.

    Raises
    ------
    UsageError
        There is none.

    Examples
    --------
    >>> values_of(Quantity(["paths"], split="/"), "path", "AcAg/si/")
    ['AcAg', 'si']
    """
    values = list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]
    if word.split:
        values = [piece for one in values for piece in str(one).split(word.split) if piece]
    if not values:
        raise UsageError(f"{name} is empty; leave it out to search without it")
    return values


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
