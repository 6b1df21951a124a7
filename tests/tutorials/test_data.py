"""The tutorials' calculations are what the texts say they are, and carry nothing that is not theirs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ase.io import read

DATA = Path(__file__).parents[2] / "tutorials" / "data"
OUTPUTS = sorted(DATA.rglob("*.out"), key=str)
INPUTS = sorted(DATA.rglob("*.in"), key=str)


def test_silicon_is_two_atoms_of_minus_215_439_eV_at_rest() -> None:
    silicon = read(DATA / "silicon" / "si.out")
    assert str(silicon.symbols) == "Si2"
    assert silicon.get_potential_energy() == pytest.approx(-215.439, abs=5e-4)
    assert silicon.cell.cellpar() == pytest.approx([3.8396] * 3 + [60] * 3, abs=1e-4)
    assert silicon.get_forces() == pytest.approx(0, abs=1e-6)


def test_a_higher_cutoff_never_raises_the_energy() -> None:
    cutoffs_Ry = (10, 15, 20, 25, 30, 40)
    energies_eV = [
        read(DATA / "silicon-cutoffs" / f"{cutoff}Ry" / "si.out").get_potential_energy() for cutoff in cutoffs_Ry
    ]
    assert energies_eV == sorted(energies_eV, reverse=True)
    assert energies_eV[-2] - energies_eV[-1] < 0.02


def test_cristobalite_is_silicon_and_oxygen() -> None:
    assert str(read(DATA / "cristobalite" / "sio2.out").symbols) == "Si2O4"


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda path: path.relative_to(DATA).as_posix())
def test_an_output_stands_beside_its_input_and_tells_of_the_same_atoms(output: Path) -> None:
    asked, found = read(output.with_suffix(".in")), read(output)
    assert (asked.numbers == found.numbers).all()
    assert asked.cell.array == pytest.approx(found.cell.array, abs=1e-4)


def test_each_input_has_its_output() -> None:
    assert [path.with_suffix(".out") for path in INPUTS] == OUTPUTS
    assert len(OUTPUTS) == 8


@pytest.mark.parametrize("file", [*INPUTS, *OUTPUTS], ids=lambda path: path.relative_to(DATA).as_posix())
def test_no_file_tells_where_it_was_made(file: Path) -> None:
    assert not re.search(r"(^|[\s'\"])/(home|tmp|root|usr|work|var)\b", file.read_text("utf-8"))


def test_no_pseudopotential_is_kept() -> None:
    assert [path.name for path in DATA.rglob("*") if path.suffix.lower() == ".upf"] == []
