"""Units by name, as factors to SI, in which NOMAD keeps every number.

A unit is a name, a power of one, or one over another: ``eV``, ``angstrom^3``, ``eV/angstrom``, ``kJ/mol``. In an
identifier it is written ``eV``, ``angstrom3``, ``eV_per_angstrom``, ``kJ_per_mol``. The factor is all that is known of
a unit: whether a number is an energy is for its user to know. What is not in our table, pint knows, where it is
installed (extra ``[units]``); the ends of names are of our table alone, so that a column's name never means a unit by
chance.

Source: the SI of 2019, where it is exact (eV, e, mol and what follows from metre, kilogram and second); else CODATA
2018, which is what NOMAD's own units are made of (``nomad/units/constants_en.txt`` of 1.4.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from nomad_swagger.errors import UsageError

_E_C = 1.602176634e-19
_HARTREE_J = 4.3597447222071e-18
_BOHR_M = 5.29177210903e-11

UNITS: Mapping[str, float] = {
    # energy, in J
    "J": 1.0,
    "kJ": 1e3,
    "kcal": 4184.0,
    "eV": _E_C,
    "meV": _E_C / 1e3,
    "Ha": _HARTREE_J,
    "Hartree": _HARTREE_J,
    "hartree": _HARTREE_J,
    "Ry": _HARTREE_J / 2,
    "rydberg": _HARTREE_J / 2,
    # length, in m
    "m": 1.0,
    "cm": 1e-2,
    "nm": 1e-9,
    "angstrom": 1e-10,
    "Å": 1e-10,
    "pm": 1e-12,
    "bohr": _BOHR_M,
    # force, in N; pressure, in Pa
    "N": 1.0,
    "Pa": 1.0,
    "kPa": 1e3,
    "MPa": 1e6,
    "GPa": 1e9,
    "bar": 1e5,
    "kbar": 1e8,
    # temperature, in K; time, in s; frequency, in Hz
    "K": 1.0,
    "s": 1.0,
    "ps": 1e-12,
    "fs": 1e-15,
    "Hz": 1.0,
    "THz": 1e12,
    # mass, in kg; charge, in C; potential, in V; amount of substance, as a number of particles
    "kg": 1.0,
    "g": 1e-3,
    "u": 1.66053906660e-27,
    "C": 1.0,
    "e": _E_C,
    "V": 1.0,
    "mol": 6.02214076e23,
}

# The sign for the unit is a character of its own, beside the letter.
_SIGNS = str.maketrans({"\u212b": "Å", "²": "2", "³": "3"})
_ONE = re.compile(r"(?P<name>[A-Za-zÅ]+)(?:(?:\^|\*\*)?(?P<power>[23]))?")


@cache
def factor(unit: str) -> float:
    """Give what one of a unit is in SI units.

    Parameters
    ----------
    unit : str
        ``eV``, ``angstrom^3``, ``eV/angstrom`` …; what pint knows, too.

    Raises
    ------
    UsageError
        No such unit.

    Examples
    --------
    >>> factor("eV"), factor("GPa"), factor("J/m^2")
    (1.602176634e-19, 1000000000.0, 1.0)
    """
    over, per, under = unit.translate(_SIGNS).partition("/")
    above, below = _one(over.strip()), _one(under.strip()) if per else 1.0
    if above is None or below is None:
        return _by_pint(unit.strip())
    return above / below


def converted(value: Any, unit: str) -> Any:
    """Give a number, nested lists of numbers, or an array, from SI units in another unit.

    Parameters
    ----------
    value : float, int, None, ndarray, or nested lists of them
        In SI units. None stays None.
    unit : str

    Returns
    -------
    object
        Of the same shape: a list for a list, an array for an array.

    Raises
    ------
    UsageError
        No such unit, or something that is no number.

    Examples
    --------
    >>> converted([1.602176634e-19, None], "eV")
    [1.0, None]
    """
    return _divided(value, factor(unit), unit)


def unit_of_name(name: str) -> str | None:
    """Give the unit that ends an identifier, or None where none does.

    Raises
    ------
    UsageError
        The name says one unit per something that is none, such as ``energy_eV_per_atom``.

    Examples
    --------
    >>> unit_of_name("energy_eV"), unit_of_name("force_eV_per_angstrom"), unit_of_name("volume_angstrom3")
    ('eV', 'eV/angstrom', 'angstrom^3')
    >>> unit_of_name("program_name") is None
    True
    """
    before, per, under = name.rpartition("_per_")
    what, _, over = (before if per else name).rpartition("_")
    if not what or _one(over) is None:
        return None
    if not per:
        return _written(over)
    if _one(under) is None:
        raise UsageError(f"{name!r} ends in {over} per {under}, and {under!r} is no unit; known are {', '.join(UNITS)}")
    return f"{_written(over)}/{_written(under)}"


def _one(text: str) -> float | None:
    """Give the factor of one unit or of its power; None where it is no unit."""
    found = _ONE.fullmatch(text)
    if found is None or found["name"] not in UNITS:
        return None
    return float(UNITS[found["name"]] ** int(found["power"] or 1))


@cache
def _registry() -> Any:
    """Give pint's units; None where it is not installed. Its import takes a second, so only what we lack needs it."""
    try:
        import pint
    except ModuleNotFoundError:
        return None
    return pint.UnitRegistry()


@cache
def _by_pint(unit: str) -> float:
    """Give the factor of a unit that is not in our table.

    Raises
    ------
    UsageError
        Nobody knows it, or it has a zero of its own, as degrees Celsius have.
    """
    known = f"known are {', '.join(UNITS)}, a power of one (angstrom^3), and one over another (eV/angstrom)"
    registry = _registry()
    if registry is None:
        raise UsageError(f"unknown unit {unit!r}; {known}; many more with pint: pip install 'nomad-swagger[units]'")
    try:
        parsed = registry.parse_units(unit)
        nothing, one = (registry.Quantity(number, parsed).to_base_units() for number in (0.0, 1.0))
    except Exception as error:  # pint raises whatever its parser of expressions stumbles over
        raise UsageError(f"unknown unit {unit!r}; {known}; nor does pint know it ({error})") from error
    if not unit or nothing.magnitude != 0:
        raise UsageError(f"unit {unit!r} is no multiple of an SI unit; {known}")
    return float(one.magnitude * UNITS["mol"] ** float(one.dimensionality.get("[substance]", 0)))


def _written(text: str) -> str:
    return _ONE.sub(lambda found: f"{found['name']}^{found['power']}" if found["power"] else found["name"], text)


def _divided(value: Any, by: float, unit: str) -> Any:
    if isinstance(value, (list, tuple)):
        return [_divided(item, by, unit) for item in value]
    if value is None:
        return None
    if isinstance(value, (bool, str, bytes, Mapping)):
        text = repr(value)
        raise UsageError(f"{text if len(text) <= 60 else f'{text[:60]}…'} is no number that could be given in {unit}")
    return value / by
