"""What a calculation consists of: geometries with what was computed for each, and what the text tells of the method.

Knows ASE's atoms and units of eV and Å. It must not know how any code writes its output.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ase import Atoms


@dataclass(frozen=True)
class Frame:
    """One geometry with what was computed for it.

    Attributes
    ----------
    atoms : Atoms
        Positions and cell in Å.
    energy_eV : float or None
        The total energy, as NOMAD understands it: without the entropy of the electrons, where a code tells it apart.
    forces : ndarray, shape (n_atoms, 3), eV/Å, or None
    energy_free_eV : float or None
        With that entropy.
    energy_T0_eV : float or None
        Extrapolated to no smearing.
    """

    atoms: Atoms
    energy_eV: float | None = None  # noqa: N815 - the unit
    forces: Any = None
    energy_free_eV: float | None = None  # noqa: N815 - the unit
    energy_T0_eV: float | None = None  # noqa: N815 - the unit

    @property
    def is_computed(self) -> bool:
        """Whether anything was computed for this geometry."""
        return self.energy_eV is not None or self.forces is not None


@dataclass(frozen=True)
class Frames:
    """The frames of a mainfile, and what in it could not be read or believed.

    Attributes
    ----------
    frames : sequence of Frame
    doubts : sequence of str
        Sentences for whoever looks at the entry.
    """

    frames: Sequence[Frame]
    doubts: Sequence[str] = field(default=())


class Contradiction(ValueError):
    """A mainfile whose parts do not agree, so that no part of it can be believed."""


def check_frames(frames: Sequence[Frame]) -> None:
    """Refuse what cannot be frames of one run.

    Raises
    ------
    ValueError
        No frame; a geometry without atoms, or with positions that are no numbers.
    Contradiction
        Frames that differ in periodicity, or in how many directions their cells span.
    """
    if not frames:
        raise ValueError("the file holds no geometry")
    for frame in frames:
        atoms = frame.atoms
        if len(atoms) == 0 or not np.isfinite(atoms.positions).all() or not np.isfinite(atoms.cell.array).all():
            raise ValueError("a geometry without atoms, or with positions that are no numbers")
    shapes = {(tuple(bool(value) for value in frame.atoms.pbc), int(frame.atoms.cell.rank)) for frame in frames}
    if len(shapes) > 1:
        told = " and ".join(f"periodic {list(pbc)} with {rank} lattice vectors" for pbc, rank in sorted(shapes))
        raise Contradiction(f"geometries of one run differ in periodicity or cell ({told}): it was not read right")
