"""From a calculation to NOMAD's archive and to the quantities that search knows.

Knows the names of the v0 archive (``section_run`` ...) and its SI units. It must not know the store or HTTP.
"""

from __future__ import annotations

from typing import Any

from nomad_sandbox.calculations import Calculation
from nomad_sandbox.frames import Frame
from nomad_sandbox.hashes import hashed
from nomad_sandbox.placeholders import UNAVAILABLE
from nomad_sandbox.structure import (
    Symmetry,
    densities,
    describe_composition,
    find_symmetry,
    geometry_hash,
    system_type,
)
from nomad_sandbox.units import ANGSTROM_M, EV_J

_COMPOUNDS = (
    "unary",
    "binary",
    "ternary",
    "quaternary",
    "quinary",
    "sexinary",
    "septenary",
    "octanary",
    "nonary",
    "decinary",
)


def _system(frame: Frame) -> dict[str, Any]:
    atoms = frame.atoms
    section: dict[str, Any] = {
        "atom_labels": atoms.get_chemical_symbols(),
        "atom_positions": (atoms.positions * ANGSTROM_M).tolist(),
        "configuration_periodic_dimensions": [bool(value) for value in atoms.pbc],
    }
    if atoms.cell.rank:
        section["lattice_vectors"] = (atoms.cell.array * ANGSTROM_M).tolist()
    return section


def _single_configuration(index: int, frame: Frame) -> dict[str, Any]:
    section: dict[str, Any] = {
        "single_configuration_calculation_to_system_ref": f"/section_run/0/section_system/{index}"
    }
    energies = {
        "energy_total": frame.energy_eV,
        "energy_free": frame.energy_free_eV,
        "energy_total_T0": frame.energy_T0_eV,
    }
    section |= {name: value * EV_J for name, value in energies.items() if value is not None}
    if frame.forces is not None:
        section["atom_forces"] = (frame.forces * (EV_J / ANGSTROM_M)).tolist()
    return section


def build_run(calculation: Calculation) -> dict[str, Any]:
    """Give ``section_run`` of a calculation, every frame of it, in SI units (m, J, N)."""
    run: dict[str, Any] = {
        "program_name": calculation.code,
        "program_version": calculation.version,
        "program_basis_set_type": calculation.basis_set,
        "section_system": [_system(frame) for frame in calculation.frames],
        "section_method": [_method(calculation)],
        "section_single_configuration_calculation": [
            _single_configuration(index, frame) for index, frame in enumerate(calculation.frames) if frame.is_computed
        ],
    }
    return {key: value for key, value in run.items() if value not in (None, [], [{}])}


def _method(calculation: Calculation) -> dict[str, Any]:
    section = {"XC_functional": calculation.functional, "basis_set": calculation.basis_set}
    if calculation.functional_class is not None:
        section["electronic_structure_method"] = "HF" if calculation.functional_class == "HF" else "DFT"
    return {key: value for key, value in section.items() if value is not None}


def _quantity_names(run: dict[str, Any]) -> list[str]:
    names = {"section_run"}

    def collect(section: dict[str, Any]) -> None:
        for key, value in section.items():
            names.add(key)
            for item in value[:1] if isinstance(value, list) else ():
                if isinstance(item, dict):
                    collect(item)

    collect(run)
    return sorted(names)


def describe_calculation(calculation: Calculation, run: dict[str, Any]) -> dict[str, Any]:
    """Give the quantities by which the calculation can be found; its last frame speaks for it."""
    atoms = calculation.frames[-1].atoms
    composition = describe_composition(atoms)
    system = system_type(atoms)
    symmetry = find_symmetry(atoms) if system == "bulk" else None
    geometries = list(dict.fromkeys(geometry_hash(frame.atoms) for frame in calculation.frames))
    names = _quantity_names(run)
    dft = {
        "code_name": calculation.code or UNAVAILABLE,
        "code_version": calculation.version or UNAVAILABLE,
        "basis_set": calculation.basis_set or UNAVAILABLE,
        "xc_functional": calculation.functional_class or UNAVAILABLE,
        "system": system,
        "compound_type": _compound_type(composition["nelements"]),
        "crystal_system": symmetry.crystal_system if symmetry else UNAVAILABLE,
        "spacegroup": symmetry.number if symmetry else None,
        "spacegroup_symbol": symmetry.symbol if symmetry else UNAVAILABLE,
        "n_geometries": len(calculation.frames),
        "n_calculations": sum(frame.is_computed for frame in calculation.frames),
        "n_total_energies": sum(frame.energy_eV is not None for frame in calculation.frames),
        "n_quantities": len(names),
        "quantities": names,
        "geometries": geometries,
        "group_hash": hashed(composition["chemical_formula_hill"], str(calculation.code), *geometries),
        "optimade": composition,
    }
    return {
        "formula": composition["chemical_formula_hill"],
        "atoms": composition["elements"],
        "only_atoms": "".join(composition["elements"]),
        "n_atoms": len(atoms),
        "dft": {key: value for key, value in dft.items() if value is not None},
        "encyclopedia": _encyclopedia(calculation, composition, system, symmetry),
    }


def _compound_type(n_elements: int) -> str:
    return _COMPOUNDS[n_elements - 1] if n_elements <= len(_COMPOUNDS) else f">{_COMPOUNDS[-1]}"


def _encyclopedia(
    calculation: Calculation, composition: dict[str, Any], system: str, symmetry: Symmetry | None
) -> dict[str, Any]:
    last = calculation.frames[-1]
    material: dict[str, Any] = {
        "material_type": system,
        "material_id": hashed(
            composition["chemical_formula_reduced"], system, str(symmetry.number if symmetry else None)
        ),
        "formula": composition["chemical_formula_hill"],
        "formula_reduced": composition["chemical_formula_reduced"],
        "species": "".join(composition["elements"]),
    }
    properties: dict[str, Any] = {}
    if last.energy_eV is not None:
        properties["energies"] = {"energy_total": last.energy_eV * EV_J}
    if system == "bulk":
        properties |= densities(last.atoms)
    if symmetry:
        material["bulk"] = {
            "crystal_system": symmetry.crystal_system,
            "space_group_number": symmetry.number,
            "space_group_international_short_symbol": symmetry.symbol,
            "point_group": symmetry.point_group,
        }
    return {"material": material, "properties": properties}
