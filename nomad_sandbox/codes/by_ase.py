"""All other formats: what ASE's reader gives, as it gives it.

Knows ASE's `read` and nothing of any code. It must not know the archive.
"""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import PropertyNotImplementedError
from ase.io import read

from nomad_sandbox.frames import Frame, Frames


def read_frames(text: str, file_format: str, drop: re.Pattern[str] | None = None) -> Frames:
    """Read a text in one of ASE's formats, without what ``drop`` matches.

    Raises
    ------
    Exception
        Whatever ASE's reader raises for a broken file.
    """
    found = read(io.StringIO(drop.sub("", text) if drop else text), index=":", format=file_format)
    images = [found] if isinstance(found, Atoms) else list(found)
    return Frames([_frame(atoms) for atoms in images])


def _frame(atoms: Atoms) -> Frame:
    energy, free = _computed(atoms, "energy"), _computed(atoms, "free_energy")
    return Frame(
        atoms=atoms,
        energy_eV=None if energy is None else float(energy),
        forces=_computed(atoms, "forces"),
        energy_free_eV=None if free is None else float(free),
    )


def _computed(atoms: Atoms, name: str) -> Any:
    if atoms.calc is None:
        return None
    try:
        value = atoms.calc.get_property(name, atoms, allow_calculation=False)
    except PropertyNotImplementedError:
        return None
    return value if value is not None and np.all(np.isfinite(value)) else None
