"""Chemical formulas in a query: which texts are some, and Hill's order of one.

Knows the symbols of the elements. It must not know quantities.
"""

from __future__ import annotations

import re
from collections import Counter

from nomad_sandbox.v1.answers import broken

_PART = re.compile(r"(?P<symbol>[A-Z][a-z]?)|(?P<open>\()|(?P<close>\))|(?P<number>\d{1,9})")
_ALL = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb "
    "Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu "
    "Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db "
    "Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og"
)
_SYMBOLS = frozenset(_ALL.split())


def _counts(formula: str) -> Counter[str]:
    """Give how many atoms of each element a formula has.

    Raises
    ------
    Refusal
        500 for a text that is no formula: NOMAD fails on it as well.
    """
    stack: list[Counter[str]] = [Counter()]
    last: Counter[str] = Counter()
    at = 0
    for found in _PART.finditer(formula):
        if found.start() != at:
            break
        at = found.end()
        if found["number"]:
            if not last:
                raise broken("ValueError", f"{formula} is no chemical formula")
            more = Counter({symbol: count * (int(found["number"]) - 1) for symbol, count in last.items()})
            stack[-1].update(more)
            last = Counter()
        elif found["open"]:
            stack.append(Counter())
        elif found["close"] and len(stack) > 1:
            last = stack.pop()
            stack[-1].update(last)
        elif found["symbol"] in _SYMBOLS:
            last = Counter({found["symbol"]: 1})
            stack[-1].update(last)
        else:
            raise broken("ValueError", f"{formula} is no chemical formula")
    if at != len(formula) or len(stack) != 1 or not formula:
        raise broken("ValueError", f"{formula} is no chemical formula")
    return stack[0]


def check_formula(formula: str) -> str:
    """Give a formula as it is.

    Raises
    ------
    Refusal
        500 for a text that is none.
    """
    _counts(formula)
    return formula


def hill_formula(formula: str) -> str:
    """Give a formula in Hill's order: carbon, hydrogen, then by the alphabet; without carbon all by the alphabet.

    Raises
    ------
    Refusal
        500 for a text that is none.

    Examples
    --------
    >>> hill_formula("TiO2")
    'O2Ti'
    """
    counts = _counts(formula)
    first = [symbol for symbol in ("C", "H") if symbol in counts] if "C" in counts else []
    ordered = first + sorted(counts.keys() - set(first))
    return "".join(f"{symbol}{counts[symbol] if counts[symbol] != 1 else ''}" for symbol in ordered)
