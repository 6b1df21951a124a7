"""The element of an atom, from what an archive calls it and from its atomic number.

A fact goes before a guess: the number, where there is one, decides. Of a name only what can mean one element alone is
taken; anything else is ``X``. Needs ASE's table of elements; it must not know archives.
"""

from __future__ import annotations

import re
from functools import lru_cache

UNKNOWN = "X"

_ISOTOPES = {"D": "H", "T": "H"}
_GHOST = "Bq"  # as quantum chemistry calls a basis without an atom
_RUN = re.compile(r"[A-Za-z]+")
# an element's symbol in mixed case, with a capital of another word behind: FeA, SiO2-like names of sites
_SYMBOL_THEN_WORD = re.compile(r"[A-Z][a-z]?(?=[A-Z])")


@lru_cache(maxsize=4096)
def symbol(label: str, number: int = 0) -> str:
    """Give the chemical symbol of an atom; ``X`` where nothing tells the element.

    Parameters
    ----------
    label : str
        ``Si``, ``Si1``, ``Fe_up``, ``SI``, ``OW``: a symbol in any case, with more behind it that is no word.
    number : int
        The atomic number; 0 where it is not known. It wins over the label.

    Examples
    --------
    >>> [symbol(label) for label in ("Si", "Si1", "Fe_up", "SI", "FE", "OW", "si", "D")]
    ['Si', 'Si', 'Fe', 'Si', 'Fe', 'O', 'Si', 'H']
    >>> [symbol(label) for label in ("Vac", "Dummy", "Center", "ghost", "Bq", "X", "")]
    ['X', 'X', 'X', 'X', 'X', 'X', 'X']
    >>> symbol("CO", 6)
    'C'
    """
    from ase.data import chemical_symbols

    if 0 < number < len(chemical_symbols):
        return str(chemical_symbols[number])
    found = _RUN.match(label.strip())
    return _element(found[0]) if found else UNKNOWN


def _element(letters: str) -> str:
    """Give the element that the letters at a label's beginning mean.

    Two capitals that are no element are one and the kind of site behind it (``OW``, ``HB``); longer words are words.
    """
    from ase.data import atomic_numbers

    candidates = [letters.capitalize()]
    if len(letters) == 2 and letters.isupper():
        candidates.append(letters[0])
    elif not letters.isupper() and (ahead := _SYMBOL_THEN_WORD.match(letters)):
        candidates.append(ahead[0])
    for candidate in candidates:
        element = _ISOTOPES.get(candidate, candidate)
        if candidate != _GHOST and atomic_numbers.get(element):
            return element
    return UNKNOWN
