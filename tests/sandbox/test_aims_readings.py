"""What is read of FHI-aims' outputs: each energy with its own geometry, and cells on all frames."""

from __future__ import annotations

import re
from pathlib import Path

import ase.io
import ase.test
import numpy as np
import pytest

from nomad_sandbox.calculations import Calculation, read_calculation
from nomad_sandbox.frames import Contradiction, Frame, check_frames
from nomad_sandbox.mainfiles import load_parsers

AIMS = Path(ase.test.__file__).parent / "testdata" / "aims"
PARSER = next(parser for parser in load_parsers() if parser.code == "FHI-aims")
CELL = "\n".join(f"  |  {x}.0  {y}.0  {z}.0" for x, y, z in ((9, 0, 0), (0, 9, 0), (0, 0, 9)))


def of(tmp_path: Path, text: str) -> Calculation:
    (tmp_path / "aims.out").write_text(text)
    return read_calculation(tmp_path / "aims.out", PARSER)


def periodic_dynamics() -> str:
    """Give the dynamics of water that ASE tests with, in a cell, with the last heading that FHI-aims writes."""
    text = (
        (AIMS / "md.out")
        .read_text()
        .replace("  | Atomic structure:", f"  | Unit cell:\n{CELL}\n  | Atomic structure:", 1)
    )
    start, heading, end = text.rpartition("Atomic structure (and velocities) as used")
    return start + heading.replace("Atomic", "Final atomic") + end


@pytest.mark.filterwarnings("ignore:FHI-aims IO is moving:FutureWarning")
def test_periodic_dynamics_keep_their_cell_and_each_energy_its_geometry(tmp_path: Path) -> None:
    text = periodic_dynamics()
    frames = of(tmp_path, text).frames
    molecule = ase.io.read(AIMS / "md.out", index=":", format="aims-output")
    told = [float(word) for word in re.findall(r"Electronic free energy    : +(\S+) eV", text)]
    assert [frame.energy_free_eV for frame in frames] == pytest.approx(told, abs=1e-9)
    assert [frame.atoms.cell.lengths().tolist() for frame in frames] == [[9.0, 9.0, 9.0]] * 5
    assert all(frame.atoms.pbc.all() for frame in frames)
    for frame, atoms in zip(frames, molecule, strict=True):
        assert np.allclose(frame.atoms.positions, atoms.positions)


def test_an_energy_whose_geometry_is_never_told_is_left_out_and_said_so(tmp_path: Path) -> None:
    text = periodic_dynamics()
    calculation = of(tmp_path, text[: text.index("Final atomic structure")])
    assert len(calculation.frames) == 4
    assert any("before it told the geometry" in doubt for doubt in calculation.doubts)


def test_the_three_energies_are_told_apart() -> None:
    frame = read_calculation(AIMS / "relax.out", PARSER).frames[-1]
    assert frame.energy_eV == frame.energy_free_eV == frame.energy_T0_eV == pytest.approx(-15748.0960591774)


def test_a_run_that_was_killed_gives_what_it_had_computed(tmp_path: Path) -> None:
    text = (AIMS / "relax.out").read_text()
    cut = text[: text.rindex("Updated atomic structure")]
    assert len(of(tmp_path, cut).frames) == 7


def test_frames_of_one_run_that_differ_in_periodicity_are_refused() -> None:
    water, box = ase.Atoms("H"), ase.Atoms("H", cell=[9, 9, 9], pbc=True)
    with pytest.raises(Contradiction, match="differ in periodicity or cell"):
        check_frames([Frame(water), Frame(box)])
    with pytest.raises(Contradiction, match="2 lattice vectors"):
        check_frames([Frame(box), Frame(ase.Atoms("H", cell=[9, 9, 0], pbc=True))])
    check_frames([Frame(box), Frame(ase.Atoms("H", cell=[8, 9, 9], pbc=True))])
