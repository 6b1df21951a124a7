"""What a geometry is: formula, kind of system, symmetry.

Knows ASE's atoms and spglib. It must not know files, codes or the store.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import reduce
from math import gcd
from typing import Any

import numpy as np
import spglib
from ase import Atoms
from ase.data import atomic_masses

from nomad_sandbox.hashes import hashed

SYMMETRY_TOLERANCE_ANGSTROM = 0.1  # NOMAD's own setting
VACUUM_ANGSTROM = 7.0  # an empty slab this thick makes neighbouring images strangers
SURFACE_ANGSTROM = 4.0  # thicker than this is a surface, thinner a two-dimensional material
SMALLEST_VOLUME = 1e-3  # Å³; below it, the vectors span no space
_CRYSTAL_SYSTEMS = (
    (2, "triclinic"),
    (15, "monoclinic"),
    (74, "orthorhombic"),
    (142, "tetragonal"),
    (167, "trigonal"),
    (194, "hexagonal"),
    (230, "cubic"),
)


@dataclass(frozen=True)
class Symmetry:
    """The space group of a bulk system."""

    number: int
    symbol: str
    crystal_system: str
    point_group: str


def crystal_system(number: int) -> str:
    """Give the crystal system of a space group.

    Examples
    --------
    >>> crystal_system(227)
    'cubic'
    """
    return next(name for last, name in _CRYSTAL_SYSTEMS if number <= last)


def _volume(atoms: Atoms) -> float:
    """Give the volume in Å³, a vector that is not there counting as one of length 1."""
    return float(abs(np.linalg.det(atoms.cell.complete().array)))


def _periodic_directions(atoms: Atoms) -> list[int]:
    """Give the directions along which a system really goes on: periodic, and without a slab of vacuum."""
    volume = _volume(atoms)
    directions: list[int] = []
    if volume < SMALLEST_VOLUME:
        return directions
    vectors = atoms.cell.complete().array
    for axis in range(3):
        if not atoms.pbc[axis]:
            continue
        others = [vectors[other] for other in range(3) if other != axis]
        height = volume / np.linalg.norm(np.cross(*others))
        fractional = np.sort(atoms.get_scaled_positions(wrap=True)[:, axis])
        gaps = np.diff(np.append(fractional, fractional[0] + 1.0))
        if gaps.max() * height < VACUUM_ANGSTROM:
            directions.append(axis)
    return directions


def _thickness(atoms: Atoms, directions: list[int]) -> float:
    normal = np.cross(*(atoms.cell.array[axis] for axis in directions))
    along = atoms.positions @ (normal / np.linalg.norm(normal))
    return float(along.max() - along.min())


def system_type(atoms: Atoms) -> str:
    """Give NOMAD's word for the kind of system: bulk, surface, 2D, 1D, molecule / cluster, atom."""
    directions = _periodic_directions(atoms)
    if len(directions) == 3:
        return "bulk"
    if len(directions) == 2:
        return "2D" if _thickness(atoms, directions) < SURFACE_ANGSTROM else "surface"
    if len(directions) == 1:
        return "1D"
    return "atom" if len(atoms) == 1 else "molecule / cluster"


def find_symmetry(atoms: Atoms) -> Symmetry | None:
    """Give the space group, None where spglib finds none or the cell has no volume."""
    if _volume(atoms) < SMALLEST_VOLUME:
        return None
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            dataset: Any = spglib.get_symmetry_dataset(cell, symprec=SYMMETRY_TOLERANCE_ANGSTROM)
        except spglib.error.SpglibError:
            return None
    if dataset is None:
        return None
    number = int(dataset.number)
    return Symmetry(number, str(dataset.international), crystal_system(number), str(dataset.pointgroup).strip())


def geometry_hash(atoms: Atoms) -> str:
    """Give a hash of elements, cell and positions (to 0.001 Å)."""
    rounded = [(np.round(values, 3) + 0.0).tolist() for values in (atoms.cell.array, atoms.positions)]
    return hashed(str(atoms.get_chemical_symbols()), str(rounded), str(atoms.pbc.tolist()))


def _counted(counts: dict[str, int]) -> str:
    return "".join(symbol + (str(count) if count > 1 else "") for symbol, count in counts.items())


def describe_composition(atoms: Atoms) -> dict[str, Any]:
    """Give the formulas and ratios that OPTIMADE names."""
    symbols = atoms.get_chemical_symbols()
    counts = {symbol: symbols.count(symbol) for symbol in sorted(set(symbols))}
    divisor = reduce(gcd, counts.values())
    reduced = {symbol: count // divisor for symbol, count in counts.items()}
    letters = (chr(ord("A") + i % 26) + (chr(ord("a") + i // 26 - 1) if i > 25 else "") for i in range(len(counts)))
    anonymous = dict(zip(letters, sorted(reduced.values(), reverse=True), strict=True))
    hill = atoms.get_chemical_formula(mode="hill")
    return {
        "elements": list(counts),
        "nelements": len(counts),
        "elements_ratios": [count / len(symbols) for count in counts.values()],
        "chemical_formula_descriptive": hill,
        "chemical_formula_reduced": _counted(reduced),
        "chemical_formula_hill": hill,
        "chemical_formula_anonymous": _counted(anonymous),
        "nsites": len(symbols),
        "dimension_types": len(_periodic_directions(atoms)),
    }


def densities(atoms: Atoms) -> dict[str, float]:
    """Give atoms per m³ and kg per m³ of a bulk system."""
    volume_m3 = float(atoms.cell.volume) * 1e-30
    mass_kg = float(atomic_masses[atoms.numbers].sum()) * 1.66053906660e-27  # CODATA 2018
    return {"atomic_density": len(atoms) / volume_m3, "mass_density": mass_kg / volume_m3}
