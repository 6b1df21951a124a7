"""What scientists type, as NOMAD writes it: symbols of elements, formulas, DOIs.

Pure functions on texts; they must not know a server, nor what a search does with the result.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from urllib.parse import unquote

from nomad_swagger.errors import UsageError
from nomad_swagger.nearest import nearest

_SEPARATORS = re.compile(r"[\s,;+/|&\-]+")
_ID_SEPARATORS = re.compile(r"[\s,;]+")
_DOI_PREFIX = re.compile(r"^(?:(?:https?://)?(?:dx\.|www\.)?doi\.org/|(?:urn:|info:)?doi[:/]\s*)+", re.IGNORECASE)
_AROUND_A_DOI = " \t\r\n<>\"'()[]{}.,;/"
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉[]", "0123456789()", "_{}$")
_DOI = re.compile(r"10\.\d+/\S+")
_GROUP = re.compile(r"([A-Z][a-z]?)(\d*)|(\()|(\))(\d*)")
_SYMBOLS = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y "
    "Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re "
    "Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds "
    "Rg Cn Nh Fl Mc Lv Ts Og"
)


@cache
def elements() -> tuple[str, ...]:
    """Give the symbols of the 118 elements, by atomic number."""
    return tuple(_SYMBOLS.split())


def read_elements(values: Iterable[str], name: str = "elements") -> list[str]:
    """Give symbols of elements, each once, of ``si``, ``Si,O``, ``"Si O"`` and ``Si-O``.

    Parameters
    ----------
    values : iterable of str
    name : str
        What they were given for, for the message.

    Raises
    ------
    UsageError
        One is no element.

    Examples
    --------
    >>> read_elements(["si", "O, Ti"])
    ['Si', 'O', 'Ti']
    """
    words = [word for value in values for word in _SEPARATORS.split(str(value)) if word]
    return list(dict.fromkeys(_element(word, name) for word in words))


def _element(word: str, name: str) -> str:
    symbol = word.capitalize()
    if symbol in elements():
        return symbol
    near = nearest(symbol, elements(), alike=0.5)
    offered = f"; did you mean {' or '.join(near)}?" if near else ""
    formula = "; a formula goes to formula=" if any(character.isdigit() for character in word) else ""
    raise UsageError(f"{name}: {word!r} is no chemical element{offered}{formula}")


def read_ids(values: Iterable[str], name: str = "entry_id") -> list[str]:
    """Give ids, each once, of texts that may hold several, with commas or blanks between them, which no id has.

    Examples
    --------
    >>> read_ids(["a, b", "c", "a"])
    ['a', 'b', 'c']
    """
    return list(dict.fromkeys(word for value in values for word in _ID_SEPARATORS.split(str(value)) if word))


def element_if_one(value: object) -> object:
    """Give a symbol as NOMAD writes it; whatever is none as it is.

    Examples
    --------
    >>> element_if_one("si"), element_if_one("Xx")
    ('Si', 'Xx')
    """
    symbol = value.strip().capitalize() if isinstance(value, str) else ""
    return symbol if symbol in elements() else value


def read_doi(value: str) -> str:
    """Give a DOI as NOMAD mints them, in capitals, of its URL, with ``doi:`` before it, in brackets, or in any case.

    Raises
    ------
    UsageError
        It is none.

    Examples
    --------
    >>> read_doi(" https://doi.org/10.17172/nomad/2021.03.17-1 ")
    '10.17172/NOMAD/2021.03.17-1'
    """
    unquoted = unquote(str(value)).strip(_AROUND_A_DOI)
    bare = _DOI_PREFIX.sub("", unquoted).partition("?")[0].partition("#")[0].strip(_AROUND_A_DOI)
    if not _DOI.fullmatch(bare):
        raise UsageError(f"doi: {value!r} is no DOI, such as 10.17172/NOMAD/2021.03.17-1 or its URL")
    return bare.upper()


def read_formula(value: str, *, hydrogen_first: bool = False) -> str:
    """Give a chemical formula in Hill's order: C, H, then by the alphabet; without C all by the alphabet.

    Parameters
    ----------
    value : str
    hydrogen_first : bool
        H goes first also without C, as ASE writes it, and so NOMAD v0 (``HCr``, which is ``CrH`` in v1).

    Raises
    ------
    UsageError
        It is no formula.

    Examples
    --------
    >>> read_formula("SiO2"), read_formula("Ca[OH]2"), read_formula("H4C"), read_formula("Ti 1 O₂")
    ('O2Si', 'CaH2O2', 'CH4', 'O2Ti')
    """
    counts = _counted("".join(str(value).split()).translate(_SUBSCRIPTS), str(value))
    first = [symbol for symbol in ("C", "H") if symbol in counts and (hydrogen_first or "C" in counts)]
    symbols = first + sorted(counts.keys() - set(first))
    return "".join(f"{symbol}{counts[symbol] if counts[symbol] > 1 else ''}" for symbol in symbols)


def _counted(text: str, given: str) -> Counter[str]:
    """Give how often each element is in a formula, groups in parentheses multiplied out."""
    stack: list[Counter[str]] = [Counter()]
    end = 0
    for found in _GROUP.finditer(text):
        if found.start() != end:
            break
        symbol, count, opens, closes, times = found.groups()
        if symbol:
            if symbol not in elements() or count == "0":
                raise UsageError(f"formula: {given!r} has {symbol}{count}, which is no chemical element")
            stack[-1][symbol] += int(count or 1)
        elif opens:
            stack.append(Counter())
        elif closes and len(stack) > 1:
            group = stack.pop()
            for inner, number in group.items():
                stack[-1][inner] += number * int(times or 1)
        else:
            break
        end = found.end()
    if end != len(text) or len(stack) != 1 or not stack[0]:
        raise UsageError(f"formula: {given!r} is no chemical formula, such as SiO2 or Ca(OH)2")
    return stack[0]
