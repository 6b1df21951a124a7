"""Read a calculation with ASE: its frames, energies and forces, and what the text tells about the method.

Knows ASE and the peculiarities of its readers. It must not know the store, the archive's names or HTTP.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import PropertyNotImplementedError
from ase.io import read

from nomad_sandbox.mainfiles import Parser

TEXT_BYTES = 1 << 20

# Which class of functional a text names: the first that matches. VASP writes two letters, Quantum ESPRESSO the parts.
_FUNCTIONALS: tuple[tuple[str, str], ...] = (
    (r"b3lyp|pbe0|hse|hybrid", "hybrid"),
    (r"scan|tpss|m06-?l|meta", "meta-GGA"),
    (r"pb[exs]|\bpe\b|\bps\b|\brp\b|pw91|ggx|blyp|gga|perdew-burke", "GGA"),
    (r"lda|\bpz\b|\bca\b|\bsla\b|ceperley|local density", "LDA"),
    (r"hartree-?fock|\bhf\b", "HF"),
)


@dataclass(frozen=True)
class Frame:
    """One geometry with what was computed for it.

    Attributes
    ----------
    atoms : Atoms
        Positions and cell in Å.
    energy_eV : float or None
    forces : ndarray, shape (n_atoms, 3), eV/Å, or None
    """

    atoms: Atoms
    energy_eV: float | None  # noqa: N815 - the unit
    forces: Any


@dataclass(frozen=True)
class Calculation:
    """What one mainfile tells.

    Attributes
    ----------
    frames : sequence of Frame
        At least one.
    code, version, functional, basis_set : str or None
        None where the file does not tell.
    functional_class : str or None
        LDA, GGA, meta-GGA, hybrid, HF.
    """

    frames: Sequence[Frame]
    code: str | None
    version: str | None
    functional: str | None
    functional_class: str | None
    basis_set: str | None


def classify_functional(text: str | None) -> str | None:
    """Give the class of a functional, None for one that is not known.

    Examples
    --------
    >>> classify_functional("SLA  PW   PBX  PBC"), classify_functional("--")
    ('GGA', None)
    """
    for pattern, name in _FUNCTIONALS:
        if text and re.search(pattern, text, re.IGNORECASE):
            return name
    return None


def _first_group(pattern: re.Pattern[str] | None, text: str) -> str | None:
    found = pattern.search(text) if pattern else None
    return " ".join(found.group(1).split()) if found else None


def _computed(atoms: Atoms, name: str) -> Any:
    if atoms.calc is None:
        return None
    try:
        value = atoms.calc.get_property(name, atoms, allow_calculation=False)
    except PropertyNotImplementedError:
        return None
    return value if value is not None and np.all(np.isfinite(value)) else None


def _frame(atoms: Atoms) -> Frame:
    if len(atoms) == 0 or not np.isfinite(atoms.positions).all() or not np.isfinite(atoms.cell.array).all():
        raise ValueError("a geometry without atoms, or with positions that are no numbers")
    energy = _computed(atoms, "energy")
    return Frame(atoms=atoms, energy_eV=None if energy is None else float(energy), forces=_computed(atoms, "forces"))


def _read_frames(path: Path, parser: Parser) -> list[Atoms]:
    with warnings.catch_warnings():
        # ASE announces moves of its own modules here, which is nothing that an uploader can act on
        warnings.simplefilter("ignore")
        if parser.drop is None:
            frames = read(path, index=":", format=parser.format)
        else:
            text = parser.drop.sub("", path.read_text("utf-8", errors="replace"))
            frames = read(io.StringIO(text), index=":", format=parser.format)
    return [frames] if isinstance(frames, Atoms) else list(frames)


def read_calculation(path: Path, parser: Parser) -> Calculation:
    """Read one mainfile.

    Raises
    ------
    Exception
        Whatever ASE's reader raises for a broken file: the caller turns it into a failed entry.
    """
    frames = [_frame(atoms) for atoms in _read_frames(path, parser)]
    if not frames:
        raise ValueError("the file holds no geometry")
    with path.open("rb") as file:
        text = file.read(TEXT_BYTES).decode("utf-8", errors="replace")
    functional = _first_group(parser.functional, text)
    return Calculation(
        frames=frames,
        code=parser.code,
        version=_first_group(parser.version, text),
        functional=functional,
        functional_class=classify_functional(functional),
        basis_set=parser.basis_set,
    )
