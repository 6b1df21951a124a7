"""VASP's OUTCAR: geometries and forces by ASE's parsers, energies held against the text.

Only the parsers of geometry, forces and energy are used: those for bands, moments and stress may fail, and nothing here
needs them. Knows VASP's words. It must not know the archive.

Source: NOMAD's total energy is ``energy without entropy``, its free energy ``free energy TOTEN``, and its energy at no
smearing ``energy(sigma->0)``.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from ase import Atoms
from ase.io.vasp_parsers import vasp_outcar_parsers as parsers

from nomad_sandbox.codes.vasprun import element_of
from nomad_sandbox.frames import Contradiction, Frame, Frames
from nomad_sandbox.opening import whole_lines

_STEP = "FREE ENERGIE OF THE ION-ELECTRON SYSTEM"
_CELL = "direct lattice vectors"
_POSITIONS = "POSITION          "
_START_POSITIONS = "position of ions in cartesian coordinates"
_BLOCK_LINES = 6
_FREE = re.compile(r"free\s+energy\s+TOTEN\s*=\s*(\S+)")
_OTHERS = re.compile(r"energy\s+without entropy\s*=\s*(\S+)\s+energy\(sigma->0\)\s*=\s*(\S+)")
_ITERATION = re.compile(r"-+\s*Iteration\s+(\d+)\(")
_POTCAR = re.compile(r"^(.*POTCAR:\s*)(\S+)\s+(\S+)(.*)$")
_ZEROS = (" free  energy   TOTEN  = 0.0 eV", "", " energy  without entropy= 0.0  energy(sigma->0) = 0.0")


class _NamedText(io.StringIO):
    name = ""  # ASE asks a file where it is, to look for constraints beside it


@dataclass(frozen=True)
class _Energies:
    free: float | None
    total: float | None
    T0: float | None


def read_frames(text: str) -> Frames:
    """Read an OUTCAR.

    Raises
    ------
    Contradiction
        Where ASE finds other steps or energies than the file has.
    Exception
        Whatever ASE raises for a geometry that it cannot read.
    """
    lines = whole_lines(text)
    energies = [_energies(lines, number) for number, line in enumerate(lines) if _STEP in line]
    doubts: list[str] = []
    images = _by_ase(lines, doubts)
    if len(images) != len(energies):
        raise Contradiction(f"the file holds {len(energies)} ionic steps, {len(images)} were read")
    if not images:
        raise ValueError("no ionic step has ended in this OUTCAR")
    counted = max((int(found.group(1)) for found in map(_ITERATION.search, lines) if found), default=len(images))
    if counted not in (len(images), len(images) + 1):  # the last one may have been cut off
        doubts.append(f"the file counts {counted} ionic steps, it holds energies of {len(images)}")
    return Frames([_frame(*pair, doubts) for pair in zip(images, energies, strict=True)], list(dict.fromkeys(doubts)))


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _energies(lines: list[str], number: int) -> _Energies:
    block = "\n".join(lines[number : number + _BLOCK_LINES])
    free, others = _FREE.search(block), _OTHERS.search(block)
    return _Energies(
        free=_number(free.group(1)) if free else None,
        total=_number(others.group(1)) if others else None,
        T0=_number(others.group(2)) if others else None,
    )


def _by_ase(lines: list[str], doubts: list[str]) -> list[Atoms]:
    mended, has_forces = _mended(lines)
    text = "\n".join(mended) + "\n"
    try:
        images = _chunks(text)
    except ValueError as error:
        if "could not convert" not in str(error):
            raise
        images = _chunks(_without_forces(text))
        doubts.append(f"forces that are no numbers are left out ({error})")
        has_forces = [False] * len(images)
    for atoms, has in zip(images, has_forces, strict=False):
        if not has:
            atoms.calc.results.pop("forces", None)
    return images


def _mended(lines: list[str]) -> tuple[list[str], list[bool]]:
    """Give the lines as ASE can read them, and for each step whether it has forces.

    Elements get names that ASE knows; geometry and energies stand where it looks for them.
    """
    mended: list[str] = []
    has_forces: list[bool] = []
    previous = next((number for number, line in enumerate(lines) if "Iteration" in line), 0)
    for number, line in enumerate(lines):
        if _STEP in line:
            has_forces.append(_put_geometry(lines, mended, previous, number))
            previous = number
        mended.append(_with_element(line))
        if _STEP in line and None in vars(_energies(lines, number)).values():
            mended.extend(["", *_ZEROS])  # ASE must find numbers; they are not used
    return mended, has_forces


def _with_element(line: str) -> str:
    found = _POTCAR.match(line) if "POTCAR:" in line and "1/r potential" not in line else None
    return f"{found.group(1)}{found.group(2)} {element_of(found.group(3))}{found.group(4)}" if found else line


def _put_geometry(lines: list[str], mended: list[str], begin: int, end: int) -> bool:
    """Put before a step's energy the geometry that stands elsewhere, and tell whether forces come with it.

    Some VASPs write positions after the energy, some none at all where there is but one step.
    """
    if not _find(_CELL, lines, begin, end) and (cell := _find(_CELL, lines, 0, end)):
        mended.extend(lines[cell : cell + 4])
    if _find(_POSITIONS, lines, begin, end):
        return True
    after = next(
        (i for i in range(end + 1, len(lines)) if _STEP in lines[i] or _ITERATION.search(lines[i])), len(lines)
    )
    if block := _find(_POSITIONS, lines, end, after):
        mended.extend(_until_rule(lines, block))
        return True
    if not _find(_STEP, lines, 0, end) and (start := _find(_START_POSITIONS, lines, 0, end)):
        rows = _until_blank(lines, start + 1)
        mended.extend([f" {_POSITIONS}", "", *(f"{row} 0.0 0.0 0.0" for row in rows)])
    return False


def _find(words: str, lines: list[str], begin: int, end: int) -> int:
    """Give the last line with these words, 0 where there is none."""
    return next((number for number in range(end - 1, begin - 1, -1) if words in lines[number]), 0)


def _until_rule(lines: list[str], begin: int) -> list[str]:
    end = next((i for i in range(begin + 2, len(lines)) if "-----" in lines[i]), len(lines))
    return lines[begin:end]


def _until_blank(lines: list[str], begin: int) -> list[str]:
    end = next((i for i in range(begin, len(lines)) if not lines[i].strip()), len(lines))
    return lines[begin:end]


def _without_forces(text: str) -> str:
    """Give zeros for the forces, so that the positions beside them can be read."""
    return re.sub(
        r"^((?:[ \t]+-?\d+\.\d{5}){3})([ \t]*[-\d.*]+){3}[ \t]*$", r"\1 0.0 0.0 0.0", text, flags=re.MULTILINE
    )


def _chunks(text: str) -> list[Atoms]:
    header = parsers.OutcarHeaderParser(parsers=[parsers.SpeciesTypes(), parsers.IonsPerSpecies()])
    chunk = parsers.OutcarChunkParser(parsers=[parsers.Cell(), parsers.PositionsAndForces(), parsers.Energy()])
    found = parsers.outcarchunks(_NamedText(text), chunk_parser=chunk, header_parser=header)
    return [part.build() for part in found]


def _frame(atoms: Atoms, said: _Energies, doubts: list[str]) -> Frame:
    results = atoms.calc.results
    if None in vars(said).values():
        doubts.append("an ionic step without all its energies has none here")
        return Frame(atoms, forces=results.get("forces"))
    if (results["free_energy"], results["energy"]) != (said.free, said.T0):
        raise Contradiction(f"the file gives a free energy of {said.free} eV, {results['free_energy']} eV was read")
    return Frame(
        atoms,
        energy_eV=said.total,
        forces=results.get("forces"),
        energy_free_eV=said.free,
        energy_T0_eV=said.T0,
    )
