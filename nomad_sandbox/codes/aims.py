"""FHI-aims: each energy with the geometry that it belongs to, in the order in which the output tells of both.

ASE 3.29 looses the last geometry of a molecular dynamics (it is headed "Final atomic structure") and all cells of a
periodic one (they stand at the start alone), so the order of events is followed here. Knows the words of FHI-aims. It
must not know the archive.

Source: NOMAD's total energy is "Total energy uncorrected", its energy at no smearing "Total energy corrected", its free
energy "Electronic free energy".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from ase import Atoms

from nomad_sandbox.frames import Frame, Frames
from nomad_sandbox.opening import whole_lines

_STEP_DONE = (  # headings of the geometry whose energy stands above them
    "tomic structure (and velocities) as used in the preceding time step",
    "Atomic structure that was used in the preceding time step of the wrapper",
)
_STEP_TO_COME = ("Updated atomic structure", "Next atomic structure:")
_NOT_YET = "Self-consistency cycle not yet converged"
_AGAIN = "Begin self-consistency loop: Re-initialization"
_FORCES = "Total atomic forces"
_ENERGIES = {
    "| Total energy uncorrected": "total",
    "| Total energy corrected": "T0",
    "| Electronic free energy        :": "free",
}
_ATOM_COUNT = re.compile(r"\|\s*Number of atoms\s*:\s*(\d+)")
_INITIAL = re.compile(r"\|\s*\d+:\s*Species\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)")


@dataclass
class _Reading:
    """What is known at one line of the output."""

    n_atoms: int = 0
    cell: list[list[float]] | None = None
    geometry: Atoms | None = None
    energies: dict[str, float] = field(default_factory=dict)
    converged: bool = True
    forces: np.ndarray | None = None
    frames: list[Frame] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def begin_again(self) -> None:
        """Forget what was computed before self-consistency, which starts anew."""
        if not self.converged:
            self.energies, self.forces, self.converged = {}, None, True

    def end_step(self, geometry: Atoms | None) -> None:
        """Put what was computed since the last step to its geometry."""
        if not self.energies and self.forces is None:
            return
        if geometry is None:
            self.doubts.append("the run ended before it told the geometry of its last energy, which is left out")
        else:
            self.frames.append(_frame(geometry, self.energies, self.forces))
        self.energies, self.forces = {}, None


def read_frames(text: str) -> Frames:
    """Read the output of FHI-aims.

    Raises
    ------
    ValueError
        Without a geometry that can be read, or with one that breaks off.
    """
    reading = _Reading()
    lines = iter(whole_lines(text))
    for line in lines:
        _note(reading, line, lines)
    reading.begin_again()
    reading.end_step(reading.geometry)
    frames = reading.frames or ([Frame(reading.geometry)] if reading.geometry is not None else [])
    return Frames(frames, reading.doubts)


def _note(reading: _Reading, line: str, lines: Iterator[str]) -> None:
    if line.lstrip().startswith("| "):
        _note_value(reading, line.strip(), lines)
    elif _NOT_YET in line:
        reading.converged = False
    elif _AGAIN in line:
        reading.begin_again()
    elif any(words in line for words in _STEP_DONE):
        reading.end_step(_geometry(reading, lines))
        reading.geometry = None  # what comes next is told when it is over
    elif any(words in line for words in _STEP_TO_COME):
        reading.end_step(reading.geometry)
        reading.geometry = _geometry(reading, lines)
    elif _FORCES in line:
        reading.forces = _forces(reading, lines)


def _note_value(reading: _Reading, line: str, lines: Iterator[str]) -> None:
    if line.startswith("| Unit cell:"):
        reading.cell = [[float(word) for word in next(lines, "").split()[-3:]] for _ in range(3)]
    elif line.startswith("| Atomic structure:") and reading.geometry is None and not reading.frames:
        reading.geometry = _initial(reading, lines)
    elif not reading.n_atoms and (found := _ATOM_COUNT.match(line)):
        reading.n_atoms = int(found.group(1))
    else:
        name = next((name for words, name in _ENERGIES.items() if line.startswith(words)), None)
        if name is not None:
            _note_energy(reading, name, line)


def _note_energy(reading: _Reading, name: str, line: str) -> None:
    word, unit = (*line.partition(":")[2].split(), "", "")[:2]
    if unit != "eV":  # one of an iteration, in Hartree first
        return
    try:
        reading.energies[name] = float(word)
    except ValueError:
        reading.energies.pop(name, None)
        reading.doubts.append(f"an energy that is no number ({word!r}) is left out")


def _initial(reading: _Reading, lines: Iterator[str]) -> Atoms:
    rows = []
    for line in lines:
        found = _INITIAL.search(line)
        if found:
            rows.append(found.groups())
        elif rows:
            break
        if len(rows) == reading.n_atoms:
            break
    return _atoms(reading, [(symbol, [float(x), float(y), float(z)]) for symbol, x, y, z in rows])


def _geometry(reading: _Reading, lines: Iterator[str]) -> Atoms:
    """Read a block of ``lattice_vector`` and ``atom`` lines; without the former the last cell stays."""
    rows: list[tuple[str, list[float]]] = []
    cell: list[list[float]] = []
    for line in lines:
        words = line.split()
        if words[:1] == ["lattice_vector"]:
            cell.append([float(word) for word in words[1:4]])
        elif words[:1] == ["atom"]:
            rows.append((words[4], [float(word) for word in words[1:4]]))
        if len(rows) == reading.n_atoms:
            break
    if len(cell) == 3:
        reading.cell = cell
    return _atoms(reading, rows)


def _atoms(reading: _Reading, rows: list[tuple[str, list[float]]]) -> Atoms:
    if not rows or len(rows) != reading.n_atoms:
        raise ValueError(f"a geometry of {len(rows)} atoms, where the file speaks of {reading.n_atoms}")
    symbols = [re.sub(r"[^A-Za-z].*", "", symbol) for symbol, _ in rows]
    return Atoms(symbols, positions=[position for _, position in rows], cell=reading.cell, pbc=reading.cell is not None)


def _forces(reading: _Reading, lines: Iterator[str]) -> np.ndarray | None:
    try:
        rows = [[float(word) for word in next(lines, "").split()[-3:]] for _ in range(reading.n_atoms)]
    except ValueError:
        rows = []
    if not rows or any(len(row) != 3 for row in rows):
        reading.doubts.append("forces that are no numbers are left out")
        return None
    return np.array(rows)


def _frame(geometry: Atoms, energies: dict[str, float], forces: np.ndarray | None) -> Frame:
    return Frame(
        atoms=geometry,
        energy_eV=energies.get("total"),
        forces=forces,
        energy_free_eV=energies.get("free"),
        energy_T0_eV=energies.get("T0"),
    )
