"""Quantum ESPRESSO's pw.x: geometries and forces by ASE, energies and the number of steps by the text itself.

ASE takes the first energy that stands under a geometry; with exact exchange that one belongs to the first of several
cycles. Here the last line that begins with ``!!`` or ``!`` counts. What ASE stumbles over and nobody needs (bands,
k-points, dipoles, moments) is kept from it. Knows the words of pw.x. It must not know the archive.

Source: the energies of NOMAD's own archives are these lines times the Rydberg of CODATA 2018.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field

from ase import Atoms
from ase.io import read

from nomad_sandbox.frames import Contradiction, Frame, Frames
from nomad_sandbox.opening import whole_lines

RYDBERG_EV = 13.605693122994  # CODATA 2018
_START = "Program PWSCF"
_START_POSITIONS = "positions (alat units)"
_FORCES = "Forces acting on atoms"
_POSITIONS = re.compile(r"ATOMIC_POSITIONS[ \t]*(?:[({]?[ \t]*(?:alat|bohr|angstrom|crystal)\b.*)?$")
_ENERGY = re.compile(r"!!?[ \t]+total energy[ \t]*=[ \t]*(\S+)[ \t]*ry", re.IGNORECASE)
_REFINES = "EXX: now go back to refine"
_REFINED = "EXX self-consistency reached"
_FORCE = re.compile(r"[ \t]*atom[ \t]+\d+[ \t]+type[ \t]+\d+[ \t]+force[ \t]*=")
_ATOMS = re.compile(r"[ \t]*number of atoms/cell[ \t]*=[ \t]*(\d+)")
_CYCLES = re.compile(r"bfgs converged in[ \t]+(\d+) scf cycles")
# words by which ASE finds what it may fail on
_OPTIONAL = (
    "End of self-consistent calculation",
    "End of band structure calculation",
    "number of k points=",
    "Magnetic moment per site",
    "the Fermi energy is",
    "highest occupied",
    "total   stress",
    "Debye",
    "Computed dipole along edir",
    "!    total energy",
)


@dataclass
class _Step:
    """What stands between one geometry and the next."""

    begin: int
    is_start: bool
    n_atoms: int | None
    energies_Ry: list[float] = field(default_factory=list)  # noqa: N815 - the unit
    unreadable: bool = False
    force_lines: list[int] = field(default_factory=list)
    refining: bool = False
    runs: int = 0

    @property
    def counts(self) -> bool:
        """Whether it is a run's first geometry, or one that something was computed for."""
        return self.is_start or self.runs > 0 or bool(self.force_lines)


@dataclass
class _Look:
    """A text in lines, what was found in it, and the lines as ASE shall see them."""

    lines: list[str]
    steps: list[_Step] = field(default_factory=list)
    n_atoms: int | None = None
    cycles: int | None = None
    cycles_at: int = 0


def read_frames(text: str) -> Frames:
    """Read the output of pw.x.

    Raises
    ------
    Contradiction
        Where ASE finds other geometries than the text has.
    Exception
        Whatever ASE raises for a geometry that it cannot read.
    """
    look = _look(_lines(text))
    if not any(_START_POSITIONS in line for line in look.lines):
        raise ValueError("the output ends before it tells where the atoms are")
    doubts: list[str] = []
    images = _images(look, doubts)
    if len(images) != len(look.steps):
        raise Contradiction(f"the file holds {len(look.steps)} geometries, of which {len(images)} could be read")
    frames = [_frame(atoms, step) for atoms, step in zip(images, look.steps, strict=True)]
    doubts += _doubts(look, frames)
    return Frames([frame for frame in frames if frame.is_computed] or frames[:1], doubts)


def _lines(text: str) -> list[str]:
    """Give the lines that were written to their end; an energy with its unit is whole without a newline, too."""
    rest = text[text.rfind("\n") + 1 :]
    return [*whole_lines(text), *([rest] if _ENERGY.match(rest) else [])]


def _look(lines: list[str]) -> _Look:
    look = _Look(lines=[])
    for number, line in enumerate(lines):
        is_geometry = _START in line or _POSITIONS.match(line) is not None
        if is_geometry:
            look.steps.append(_Step(begin=number, is_start=_START in line, n_atoms=look.n_atoms))
        elif look.steps:
            _note(look, line, number)
        look.lines.append(line if is_geometry else _masked(line))
    _leave_out_what_was_not_computed(look)
    return look


def _leave_out_what_was_not_computed(look: _Look) -> None:
    """Keep from ASE the geometries that nothing was computed for: a killed run may end in the middle of one."""
    for step in look.steps:
        if not step.counts:
            look.lines[step.begin] = ""
    look.steps = [step for step in look.steps if step.counts]


def _note(look: _Look, line: str, number: int) -> None:
    step = look.steps[-1]
    if line.startswith("!"):
        found = _ENERGY.match(line)
        if found:
            _note_energy(step, found.group(1))
    elif _FORCES in line:
        step.force_lines.append(number)
    elif _REFINES in line:
        step.refining = True
    elif _REFINED in line:
        step.refining = False
    elif (cycles := _CYCLES.match(line.strip())) is not None:
        look.cycles, look.cycles_at = int(cycles.group(1)), sum(bool(step.energies_Ry) for step in look.steps)
    elif (atoms := _ATOMS.match(line)) is not None:
        look.n_atoms = step.n_atoms = int(atoms.group(1))


def _note_energy(step: _Step, word: str) -> None:
    if not step.energies_Ry or not step.refining:
        step.runs += 1
    try:
        step.energies_Ry.append(float(word))
        step.unreadable = False
    except ValueError:  # Fortran writes stars where a number does not fit
        step.unreadable = True


def _masked(line: str) -> str:
    if "ATOMIC_POSITIONS" in line or any(words in line for words in _OPTIONAL):
        return ""
    return line


def _images(look: _Look, doubts: list[str]) -> list[Atoms]:
    """Let ASE read the geometries, with the last whole forces of each, or without any where it cannot read those."""
    lines = list(look.lines)
    for step in look.steps:
        last = step.force_lines[-1:]
        whole = last if last and _has_forces_of_all(lines, last[0], step.n_atoms or 0) else []
        for number in set(step.force_lines) - set(whole):
            lines[number] = ""
    try:
        return _by_ase(lines)
    except Exception as error:  # noqa: BLE001 - forces may fail alone, by whatever ASE raises
        lines = ["" if _FORCES in line else line for line in lines]
        images = _by_ase(lines)  # what goes wrong now is the geometry itself
        doubts.append(f"the forces could not be read ({type(error).__name__}: {error}): they are left out")
        return images


def _has_forces_of_all(lines: list[str], begin: int, n_atoms: int) -> bool:
    """Tell whether each atom has its force below the heading: ASE takes those that a killed run lacks for zero."""
    block = lines[begin + 1 : begin + 2 * n_atoms + 20]
    return sum(_FORCE.match(line) is not None for line in block) >= n_atoms


def _by_ase(lines: list[str]) -> list[Atoms]:
    text = io.StringIO("\n".join(lines) + "\n")
    images = read(text, index=":", format="espresso-out", results_required=False)
    return [images] if isinstance(images, Atoms) else list(images)


def _frame(atoms: Atoms, step: _Step) -> Frame:
    energy = step.energies_Ry[-1] * RYDBERG_EV if step.energies_Ry and not step.unreadable else None
    return Frame(atoms=atoms, energy_eV=energy, forces=atoms.calc.results.get("forces"))


def _doubts(look: _Look, frames: list[Frame]) -> list[str]:
    """Hold what was read against what the file says of itself."""
    doubts = []
    if any(step.unreadable for step in look.steps):
        doubts.append("an energy that is no number: it is left out")
    if look.steps[-1].refining:
        doubts.append("the run ended before the exact exchange was consistent: its last energy may still be wrong")
    several = sum(step.runs - 1 for step in look.steps if step.runs > 1)
    if several:
        doubts.append(f"{several} more energies than geometries: of each geometry the last energy is taken")
    for step, frame in zip(look.steps, frames, strict=True):
        if step.n_atoms not in (None, len(frame.atoms)):
            raise Contradiction(f"the file speaks of {step.n_atoms} atoms, {len(frame.atoms)} were read")
    if look.cycles is not None and look.cycles != look.cycles_at:
        doubts.append(f"the relaxation speaks of {look.cycles} steps, the file holds energies of {look.cycles_at}")
    return doubts
