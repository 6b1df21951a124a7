"""A run that was killed anywhere gives only what the whole run gives, or is refused with a reason."""

from __future__ import annotations

from pathlib import Path

import ase.test
import numpy as np
import pytest

from nomad_sandbox.calculations import read_calculation
from nomad_sandbox.frames import Frame
from nomad_sandbox.mainfiles import Parser, load_parsers

DATA = Path(__file__).parent / "data"
ASE_DATA = Path(ase.test.__file__).parent / "testdata"
PARSERS = {parser.name: parser for parser in load_parsers()}
CUTS = 60
RUNS = [
    (DATA / "qe/md.out", "parsers/quantum-espresso"),
    (DATA / "qe/vc-relax.out", "parsers/quantum-espresso"),
    (DATA / "qe/spin.out", "parsers/quantum-espresso"),
    (ASE_DATA / "vasp/vasprun_pstress.xml", "parsers/vasp"),
    (ASE_DATA / "aims/relax.out", "parsers/fhi-aims"),
    (ASE_DATA / "aims/md.out", "parsers/fhi-aims"),
]


def is_one_of(frame: Frame, frames: tuple[Frame, ...]) -> bool:
    """Tell whether a frame is what the whole run tells of the same geometry, or less."""
    for whole in frames:
        energies = [
            mine is None or mine == theirs
            for mine, theirs in (
                (frame.energy_eV, whole.energy_eV),
                (frame.energy_free_eV, whole.energy_free_eV),
                (frame.energy_T0_eV, whole.energy_T0_eV),
            )
        ]
        same = np.array_equal(frame.atoms.positions, whole.atoms.positions)
        same = same and np.array_equal(frame.atoms.cell.array, whole.atoms.cell.array)
        if same and all(energies) and (frame.forces is None or np.array_equal(frame.forces, whole.forces)):
            return True
    return False


def frames_of(path: Path, parser: Parser) -> tuple[Frame, ...]:
    return tuple(read_calculation(path, parser).frames)


@pytest.mark.parametrize(("path", "parser"), RUNS, ids=lambda value: getattr(value, "name", None))
def test_a_killed_run_gives_what_the_whole_run_gives_or_is_refused(path: Path, parser: str, tmp_path: Path) -> None:
    content, whole = path.read_bytes(), frames_of(path, PARSERS[parser])
    read = 0
    for number in range(1, CUTS):
        cut = tmp_path / path.name
        cut.write_bytes(content[: len(content) * number // CUTS + number % 7])
        try:
            frames = frames_of(cut, PARSERS[parser])
        except Exception:  # noqa: BLE001 - refused, whatever the reader has to say
            continue
        read += 1
        assert all(is_one_of(frame, whole) for frame in frames), f"cut at {number}/{CUTS}"
    assert read > 0
