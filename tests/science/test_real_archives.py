"""Archives that NOMAD's own parsers wrote, of 0.8.6 and today, with what an independent reading found in them."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nomad_swagger.errors import NomadWarning
from nomad_swagger.science.atoms import to_ase
from nomad_swagger.science.layouts import find_frames

FOLDER = Path(__file__).parent / "archives"
ANSWERS: dict[str, dict[str, Any]] = json.loads((FOLDER / "answers.json").read_text("utf-8"))


def read(name: str) -> dict[str, Any]:
    return dict(json.loads((FOLDER / name).read_text("utf-8")))


def test_every_archive_has_its_answer() -> None:
    assert {path.name for path in FOLDER.glob("v*.json")} == ANSWERS.keys()
    assert len(ANSWERS) == 63


@pytest.mark.parametrize("name", ANSWERS)
def test_the_last_frame_is_what_was_computed_last(name: str) -> None:
    answer = ANSWERS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NomadWarning)  # what is left out: the next test
        atoms = to_ase(read(name))
    if isinstance(answer["labels"], list):
        assert atoms.get_chemical_symbols() == answer["labels"]
    assert len(atoms) == answer["n_atoms"]
    assert atoms.positions[0] == pytest.approx(answer["first_position_A"], abs=1e-6)
    assert atoms.cell.lengths() == pytest.approx(answer["cell_lengths_A"] or [0.0] * 3, abs=1e-6)
    assert atoms.pbc.tolist() == answer["periodic"]
    assert atoms.get_potential_energy() == pytest.approx(answer["energy_eV"], abs=2e-8, rel=0)
    if answer["largest_force_eV_per_A"] is not None:
        largest = np.linalg.norm(atoms.get_forces(), axis=1).max()
        assert largest == pytest.approx(answer["largest_force_eV_per_A"], abs=1e-6)


@pytest.mark.parametrize("name", ANSWERS)
def test_every_energy_is_a_frame_or_counted_as_left_out(name: str) -> None:
    found = find_frames(read(name))
    assert found is not None
    frames = [frame for frame in found.computed if "energy" in frame.results]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert len(to_ase(read(name), frame="all")) == len(frames)
    missing = ANSWERS[name]["calculations_with_energy"] - len(frames)
    assert 0 <= missing <= found.homeless
    assert missing == 0 or any("are left out, since their atoms" in str(warning.message) for warning in said)
