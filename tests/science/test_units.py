from __future__ import annotations

import math
import subprocess
import sys

import ase.units
import numpy as np
import pytest

from nomad_swagger.errors import UsageError
from nomad_swagger.science.units import UNITS, converted, factor, unit_of_name

# ASE counts in eV, angstrom and u; CODATA 2018 is one of the sets that it has.
ASE = ase.units.create_units("2018")
ASE_NAMES = {
    "J": "J",
    "kJ": "kJ",
    "kcal": "kcal",
    "eV": "eV",
    "Ha": "Hartree",
    "Hartree": "Ha",
    "Ry": "Ry",
    "m": "m",
    "nm": "nm",
    "angstrom": "Angstrom",
    "Å": "Ang",
    "bohr": "Bohr",
    "Pa": "Pascal",
    "GPa": "GPa",
    "bar": "bar",
    "fs": "fs",
    "s": "s",
    "kg": "kg",
    "u": "_amu",
    "C": "C",
    "mol": "mol",
}
# How many SI units ASE's own unit of the same dimension is.
ASE_BASE = {
    **dict.fromkeys(("J", "kJ", "kcal", "eV", "Ha", "Hartree", "Ry"), ASE["_e"]),
    **dict.fromkeys(("m", "nm", "angstrom", "Å", "bohr"), 1e-10),
    **dict.fromkeys(("Pa", "GPa", "bar"), ASE["_e"] / 1e-30),
    **dict.fromkeys(("fs", "s"), 1e-10 * math.sqrt(ASE["_amu"] / ASE["_e"])),
    "kg": ASE["_amu"],
    "u": 1.0,  # ASE's constants that begin with _ are in SI units
    "C": ASE["_e"],
    "mol": 1.0,
}


@pytest.mark.parametrize("name", ASE_NAMES)
def test_a_unit_is_what_it_is_to_ase(name: str) -> None:
    assert factor(name) == pytest.approx(ASE[ASE_NAMES[name]] * ASE_BASE[name], rel=2e-10)


def test_what_the_si_defines_is_exact() -> None:
    assert factor("eV") == 1.602176634e-19
    assert factor("e") == 1.602176634e-19
    assert factor("mol") == 6.02214076e23
    assert factor("angstrom") == 1e-10
    assert factor("kbar") == 1e8
    assert factor("Ry") * 2 == factor("Ha")


@pytest.mark.parametrize(
    ("unit", "si"),
    [
        ("eV/angstrom", 1.602176634e-9),
        ("eV/Å", 1.602176634e-9),
        ("eV/\u212b", 1.602176634e-9),
        ("eV/angstrom^2", 16.02176634),
        ("eV/angstrom^3", 160.2176634e9),
        ("eV / Å³", 160.2176634e9),
        ("Ha/bohr", 8.2387234983e-8),  # CODATA 2018: atomic unit of force
        ("Ry/bohr", 8.2387234983e-8 / 2),
        ("kJ/mol", 1e3 / 6.02214076e23),
        ("angstrom^3", 1e-30),
    ],
)
def test_a_unit_may_be_a_power_or_one_over_another(unit: str, si: float) -> None:
    assert factor(unit) == pytest.approx(si, rel=1e-11, abs=0)


@pytest.mark.parametrize("unit", ["", "eV/", "/eV", "ev", "2"])
def test_an_unknown_unit_is_refused_with_the_known_ones(unit: str) -> None:
    with pytest.raises(UsageError, match=r"known are J, kJ.*angstrom, Å.*Ry|known are J.*Ry"):
        factor(unit)


def test_lists_stay_lists_and_arrays_arrays() -> None:
    forces_N = [[factor("eV/angstrom"), 0.0], [0, None]]
    assert converted(forces_N, "eV/angstrom") == [[1.0, 0.0], [0.0, None]]
    array = converted(np.array([1.602176634e-19, 0.0]), "eV")
    assert isinstance(array, np.ndarray)
    assert array.tolist() == [1.0, 0.0]
    assert math.isnan(converted(float("nan"), "eV"))
    assert converted(2**70, "m") == 2.0**70


@pytest.mark.parametrize("value", ["1.0", True, {"value": 1.0}, [["Si"]]])
def test_what_is_no_number_has_no_unit(value: object) -> None:
    with pytest.raises(UsageError, match="is no number that could be given in eV"):
        converted(value, "eV")


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("energy_eV", "eV"),
        ("force_eV_per_angstrom", "eV/angstrom"),
        ("cell_angstrom", "angstrom"),
        ("hessian_eV_per_angstrom2", "eV/angstrom^2"),
        ("volume_angstrom3", "angstrom^3"),
        ("formation_energy_kJ_per_mol", "kJ/mol"),
        ("band_gap_at_300_K", "K"),
        ("program_name", None),
        ("energy", None),
        ("eV", None),
        ("_eV", None),
        ("energy_ev", None),
        ("atoms_per_cell", None),
        ("", None),
    ],
)
def test_a_name_may_end_in_its_unit(name: str, unit: str | None) -> None:
    assert unit_of_name(name) == unit
    if unit is not None:
        assert factor(unit) > 0


def test_a_name_that_ends_in_half_a_unit_is_refused() -> None:
    with pytest.raises(UsageError, match="'energy_eV_per_atom' ends in eV per atom, and 'atom' is no unit"):
        unit_of_name("energy_eV_per_atom")


def test_every_unit_can_end_a_name() -> None:
    assert [unit_of_name(f"x_{name}") for name in UNITS] == list(UNITS)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("debye", 3.33564095198e-30),
        ("1/cm", 100.0),
        ("hartree/bohr^2", 1556.8931),
        ("atm*mol", 101325 * 6.02214076e23),
        ("electron_volt", 1.602176634e-19),
        ("eV angstrom", 1.602176634e-29),
    ],
)
def test_what_the_table_lacks_pint_knows(unit: str, expected: float) -> None:
    assert factor(unit) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("unit", ["degC", "nonsense", "eV eV eV (", "eV/atom", ""])
def test_what_is_no_multiple_of_an_si_unit_is_refused(unit: str) -> None:
    with pytest.raises(UsageError, match="known are J, kJ"):
        factor(unit)


def test_a_name_never_means_a_unit_of_pint_by_chance() -> None:
    assert unit_of_name("program_version") is None
    assert unit_of_name("dipole_debye") is None


def test_pint_is_not_imported_for_a_unit_of_ours_and_named_where_it_is_missing() -> None:
    code = (
        "import sys; sys.modules['pint'] = None\n"
        "from nomad_swagger.science.units import factor\n"
        "print(factor('GPa'))\n"
        "try: factor('debye')\n"
        "except ValueError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("1000000000.0\nunknown unit 'debye'")
    assert "pip install 'nomad-swagger[units]'" in done.stdout
