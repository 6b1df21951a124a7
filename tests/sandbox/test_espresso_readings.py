"""What is read of Quantum ESPRESSO's outputs, held against the lines that count in them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from nomad_sandbox.calculations import Calculation, read_calculation
from nomad_sandbox.mainfiles import load_parsers

QE = Path(__file__).parent / "data" / "qe"
PARSER = next(parser for parser in load_parsers() if parser.code == "Quantum Espresso")
RYDBERG_EV = 13.605693122994

# what is told by each output: frames, with energies, functional; the energies are looked up in the file itself
KINDS = {
    "pbe0": (1, 1, "hybrid"),
    "hse": (1, 1, "hybrid"),
    "b3lyp": (1, 1, "hybrid"),
    "x3lyp": (1, 1, "hybrid"),
    "gaup": (1, 1, "hybrid"),
    "hf": (1, 1, "HF"),
    "pbe0-relax": (3, 3, "hybrid"),
    "pbe": (1, 1, "GGA"),
    "pbesol": (1, 1, "GGA"),
    "vdw-df": (1, 1, "GGA"),
    "tpss": (1, 1, "meta-GGA"),
    "relax": (4, 4, "LDA"),
    "vc-relax": (7, 7, "LDA"),
    "vc-relax-killed": (3, 3, "LDA"),
    "scf-killed": (1, 0, "LDA"),
    "md": (5, 5, "LDA"),
    "md-killed": (4, 4, "LDA"),
    "vc-md": (4, 4, "LDA"),
    "scf": (1, 1, "LDA"),
    "bands": (1, 0, "LDA"),
    "scf-and-bands": (1, 1, "LDA"),
    "no-units": (1, 1, "LDA"),
    "smearing": (1, 1, "LDA"),
    "noncollinear": (1, 1, "LDA"),
    "spin": (1, 1, "LDA"),
    "lda-u": (1, 1, "LDA"),
    "dipole": (1, 1, "LDA"),
}


def last_line_eV(text: str) -> float | None:
    """Give the energy of the last line that begins with ``!!`` or ``!``."""
    found = re.findall(r"^!!?\s+total energy\s+=\s+(\S+) Ry", text, re.MULTILINE)
    return float(found[-1]) * RYDBERG_EV if found else None


def of(tmp_path: Path, text: str | bytes) -> Calculation:
    content = text.encode() if isinstance(text, str) else text
    (tmp_path / "pw.out").write_bytes(content)
    return read_calculation(tmp_path / "pw.out", PARSER)


def test_every_output_of_the_folder_is_held_against_its_file() -> None:
    assert sorted(KINDS) == sorted(path.stem for path in QE.glob("*.out"))


@pytest.mark.parametrize("name", KINDS)
def test_the_last_energy_of_a_run_is_the_one_that_its_file_ends_with(name: str) -> None:
    path = QE / f"{name}.out"
    frames, with_energy, functional = KINDS[name]
    calculation = read_calculation(path, PARSER)
    energies = [frame.energy_eV for frame in calculation.frames if frame.energy_eV is not None]
    expected = last_line_eV(path.read_text())
    assert (len(calculation.frames), len(energies)) == (frames, with_energy)
    assert calculation.functional_class == functional
    assert calculation.doubts == []
    assert energies[-1:] == ([] if expected is None else [pytest.approx(expected, abs=1e-6)])


def test_each_cycle_of_exact_exchange_is_over_before_its_energy_counts() -> None:
    text = (QE / "pbe0.out").read_text()
    first = float(re.findall(r"^!\s+total energy\s+=\s+(\S+) Ry", text, re.MULTILINE)[0]) * RYDBERG_EV
    (frame,) = read_calculation(QE / "pbe0.out", PARSER).frames
    assert abs(frame.energy_eV - first) > 0.01  # what ASE would take


def test_the_final_energy_of_a_cell_relaxation_belongs_to_the_final_cell() -> None:
    frames = read_calculation(QE / "vc-relax.out", PARSER).frames
    volumes = [frame.atoms.cell.volume for frame in frames]
    assert volumes[-1] != pytest.approx(volumes[0], rel=1e-3)
    assert all(frame.forces is not None for frame in frames)


def test_energies_of_dynamics_stand_with_their_own_geometries() -> None:
    text = (QE / "md.out").read_text()
    frames = read_calculation(QE / "md.out", PARSER).frames
    blocks = re.findall(r"^ATOMIC_POSITIONS \(alat\)\n.*\nSi +(\S+)", text, re.MULTILINE)
    assert [frame.atoms.positions[1, 0] / (10.2 * 0.52917720859) for frame in frames] == pytest.approx(
        [0.27, *map(float, blocks[: len(frames) - 1])], abs=1e-6
    )


def test_exact_exchange_that_was_cut_off_is_doubted(tmp_path: Path) -> None:
    text = (QE / "pbe0.out").read_text()
    cut = text[: text.index("\n!!")]
    calculation = of(tmp_path, cut)
    assert calculation.frames[-1].energy_eV == pytest.approx(last_line_eV(cut), abs=1e-6)
    assert any("before the exact exchange was consistent" in doubt for doubt in calculation.doubts)


def test_stars_for_an_energy_give_none_and_a_doubt(tmp_path: Path) -> None:
    text = re.sub(
        r"(^!    total energy +=) +\S+", r"\1 **************", (QE / "pbe.out").read_text(), flags=re.MULTILINE
    )
    calculation = of(tmp_path, text)
    assert [frame.energy_eV for frame in calculation.frames] == [None]
    assert any("no number" in doubt for doubt in calculation.doubts)


def test_stars_for_a_force_lose_the_forces_alone(tmp_path: Path) -> None:
    text = re.sub(r"(atom    1 type  1   force =) +\S+", r"\1 ***********", (QE / "relax.out").read_text())
    calculation = of(tmp_path, text)
    assert [frame.forces for frame in calculation.frames] == [None] * 4
    assert calculation.frames[-1].energy_eV == pytest.approx(last_line_eV(text), abs=1e-6)
    assert any("forces could not be read" in doubt for doubt in calculation.doubts)


@pytest.mark.parametrize("damage", ["End of band structure calculation", "number of k points="])
def test_damaged_bands_and_k_points_lose_nothing_that_counts(damage: str, tmp_path: Path) -> None:
    text = (QE / "scf-and-bands.out").read_text().replace(damage, damage + "\n ****** nonsense\n\n k = x")
    assert of(tmp_path, text).frames[-1].energy_eV == pytest.approx(last_line_eV(text), abs=1e-6)


def test_a_dipole_without_a_direction_loses_nothing_that_counts(tmp_path: Path) -> None:
    text = (QE / "pbe.out").read_text() + "\n     Dipole along x      1.0 Ry au,  2.5418 Debye\n"
    assert of(tmp_path, text).frames[-1].energy_eV == pytest.approx(last_line_eV(text), abs=1e-6)


def test_a_latin_1_byte_does_not_fail_an_output(tmp_path: Path) -> None:
    content = (QE / "pbe.out").read_bytes().replace(b"Program PWSCF", b"# \xc5ngstr\xf6m\n     Program PWSCF", 1)
    assert of(tmp_path, content).frames[-1].energy_eV is not None


def test_a_file_that_breaks_off_in_its_geometry_is_refused(tmp_path: Path) -> None:
    text = (QE / "scf.out").read_text().replace("number of atoms/cell      =            2", "number of atoms/cell = 3")
    with pytest.raises(AssertionError):  # ASE's
        of(tmp_path, text)


def test_two_runs_in_one_file_give_the_energies_of_both(tmp_path: Path) -> None:
    text = (QE / "scf.out").read_text() + (QE / "pbe.out").read_text()
    calculation = of(tmp_path, text)
    assert len(calculation.frames) == 2
    assert calculation.frames[-1].energy_eV == pytest.approx(last_line_eV(text), abs=1e-6)
    assert np.allclose(calculation.frames[0].atoms.cell, calculation.frames[1].atoms.cell)


def test_a_run_killed_in_the_middle_of_a_geometry_keeps_those_before(tmp_path: Path) -> None:
    text = (QE / "md.out").read_text()
    header = text.rindex("ATOMIC_POSITIONS")
    cut = text[: text.index("\n", header) + 1]
    assert len(of(tmp_path, cut).frames) == 5


def test_a_last_line_without_its_newline_counts_where_it_is_an_energy(tmp_path: Path) -> None:
    text = (QE / "pbe0.out").read_text()
    cut = text[: text.index("\n", text.index("\n!!") + 1)]
    assert of(tmp_path, cut).frames[-1].energy_eV == pytest.approx(last_line_eV(text), abs=1e-6)
