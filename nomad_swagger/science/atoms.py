"""Atoms of an archive for ASE: structures with cell, periodicity, energy and forces, from any generation's sections.

What an archive has and where is :mod:`nomad_swagger.science.layouts`; here its SI numbers become ``ase.Atoms``. What
cannot be taken as it is said to be is left out with a warning that counts it, never filled in. Needs ASE, of the extra
``[ase]``. It must not know a section's name.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from nomad_swagger.errors import NomadWarning, UsageError
from nomad_swagger.extras import needed_by
from nomad_swagger.science.layouts import Found, Frame, Layout, find_frames, first, first_with_gaps, layouts
from nomad_swagger.science.symbols import UNKNOWN, symbol
from nomad_swagger.science.units import factor
from nomad_swagger.science.values import described

if TYPE_CHECKING:
    import ase

FrameChoice: TypeAlias = "int | slice | Literal['last', 'all', 'representative']"

_LABELS = "labels"
# What ASE's calculators call results, as the layouts do, and the units that ASE has them in.
_UNITS = {
    "energy": "eV",
    "free_energy": "eV",
    "energy_T0": "eV",
    "forces": "eV/angstrom",
    "stress": "eV/angstrom^3",
    "charges": "e",
    "magmoms": None,
}
_NO_PROPERTY = ("energy_T0",)  # of an ASE calculator
_VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
_T0_WITHIN = 0.01


@overload
def to_ase(archive: Mapping[str, Any], *, frame: int | Literal["last", "representative"] = "last") -> ase.Atoms: ...
@overload
def to_ase(archive: Mapping[str, Any], *, frame: Literal["all"] | slice) -> list[ase.Atoms]: ...
@overload
def to_ase(archive: Mapping[str, Any], *, frame: FrameChoice) -> ase.Atoms | list[ase.Atoms]: ...
@needed_by("to_ase")
def to_ase(archive: Mapping[str, Any], *, frame: FrameChoice = "last") -> ase.Atoms | list[ase.Atoms]:
    """Give the structure that an archive is about, with its energy and forces, as ``ase.Atoms``.

    Parameters
    ----------
    archive : dict
        Of any generation. Parts will do; but a calculation names its system by its place in the whole list, so where
        ``required`` has picked systems (``section_system[-1]``), they come without energies and forces.
    frame : {"last", "all", "representative"}, int or slice
        ``"all"`` is every calculation with an energy, in order, each with its atoms; a number or a slice is of that
        list, and ``"last"`` the last of it. ``"representative"`` is the structure that NOMAD marked, which in a
        trajectory may be the first. Where nothing was computed, frames are the structures.

    Returns
    -------
    ase.Atoms or list of ase.Atoms
        Positions and cell in Å. Results of a ``SinglePointCalculator``: ``energy`` is NOMAD's total energy and
        ``free_energy`` its free one (eV), ``forces`` (eV/Å), ``stress`` (eV/Å³, xx yy zz yz xz xy, with the sign that
        NOMAD has it in), ``charges`` (e), ``magmoms`` (µB). ``atoms.info["energy_T0"]`` (eV) is the energy at zero
        broadening. Where labels are more than symbols (``Fe1``, ``O_surface``), they are kept as
        ``atoms.arrays["labels"]``; what is no element is ``X``.

    Raises
    ------
    UsageError
        The archive has no atoms, or no such frame; what it has of atoms does not fit together.

    Warns
    -----
    NomadWarning
        Calculations whose atoms are not there; labels that are no element; lattice vectors of which nothing says
        whether they are periodic, taken for periodic; a result that is not of its atoms.

    Notes
    -----
    NOMAD 0.8's archives of VASP often have the entropy term alone as ``energy_total_T0``: it is given only within 1 %
    of the free energy.

    Examples
    --------
    >>> to_ase(archive(client, entry)).get_potential_energy()               # doctest: +SKIP
    -215.4389
    """
    found = find_frames(archive)
    if found is None:
        looked = " or ".join("/".join(filter(None, (layout.runs, layout.systems))) for layout in layouts())
        raise UsageError(f"{_whose(archive)} has no atoms at {looked}; it is {described(archive)}")
    chosen = _chosen(found, frame, archive)
    doubts = _Doubts()
    several = isinstance(chosen, list)
    made = _all_atoms(chosen, found.layout, archive, doubts) if isinstance(chosen, list) else []
    one = None if several else _atoms(chosen, found.layout, archive, doubts)  # type: ignore[arg-type]
    _warn(archive, [*_left_out(found, everything=several), *doubts.words()])
    return made if one is None else one


class _Doubts(Counter[str]):
    """What was not taken as it is said to be, counted."""

    def words(self) -> list[str]:
        return [f"{count} {what}" for what, count in self.items()]


def _chosen(found: Found, frame: FrameChoice, archive: Mapping[str, Any]) -> Frame | list[Frame]:
    frames = found.frames
    if not frames:  # computed for atoms that are not there, and no others
        raise UsageError(f"{_whose(archive)} has energies of {found.homeless} calculations, and no atoms of them")
    if isinstance(frame, slice):
        return frames[frame]
    if frame == "all":
        return frames
    if frame in ("last", "representative"):
        return found.last if frame == "last" else found.representative
    if isinstance(frame, bool) or not hasattr(frame, "__index__"):
        raise UsageError(f"frame is 'last', 'all', 'representative', a number or a slice, not {frame!r}")
    if not -len(frames) <= frame < len(frames):  # type: ignore[operator]  # it is a number
        raise UsageError(f"{_whose(archive)}: there is no frame {frame}; it has {len(frames)}, 0 … {len(frames) - 1}")
    return frames[frame]  # type: ignore[index]


def _left_out(found: Found, *, everything: bool) -> list[str]:
    """Say which calculations gave no frame."""
    words = []
    if found.homeless:
        why = "not known in a part with some systems only" if found.moved else "not in the archive, or not in this part"
        words.append(f"energies and forces of {found.homeless} calculations are left out, since their atoms are {why}")
    without = len(found.computed) - len(found.frames)
    if found.broken:
        words.append(f"{found.broken} energies are no numbers, and count as not there")
    if everything and found.computed and without:
        words.append(f"{without} calculations have forces and no energy, and are no frames")
    return words


def _warn(archive: Mapping[str, Any], words: Sequence[str]) -> None:
    if words:
        warnings.warn(f"{_whose(archive)}: {'; '.join(words)}", NomadWarning, stacklevel=3)


def _all_atoms(chosen: list[Frame], layout: Layout, archive: Mapping[str, Any], doubts: _Doubts) -> list[ase.Atoms]:
    """Give the atoms of frames; those that do not fit together are counted, if there are others.

    Raises
    ------
    UsageError
        None fits together.
    """
    made, broken = [], None
    for frame in chosen:
        try:
            made.append(_atoms(frame, layout, archive, doubts))
        except UsageError as error:
            broken = error
            doubts[f"frames are left out: {str(error).partition(': ')[2]}"] += 1
    if broken is not None and not made:
        raise broken
    return made


def _atoms(frame: Frame, layout: Layout, archive: Mapping[str, Any], doubts: _Doubts) -> ase.Atoms:
    import ase
    import numpy as np
    from ase.calculators.singlepoint import SinglePointCalculator

    system = frame.system
    positions = _vectors(first(system, layout.positions), "positions", archive)
    numbers = [_atomic_number(one) for one in first_with_gaps(system, layout.numbers)] or [0] * len(positions)
    labels = [str(one or "") for one in first_with_gaps(system, layout.labels)] or [""] * len(positions)
    if not len(labels) == len(numbers) == len(positions):
        raise UsageError(
            f"{_whose(archive)}: {len(labels)} labels and {len(numbers)} atomic numbers for {len(positions)} positions"
        )
    symbols = [symbol(label, number) for label, number in zip(labels, numbers, strict=True)]
    for label, name in zip(labels, symbols, strict=True):
        if name == UNKNOWN:
            doubts[f"atoms named {label!r} are no element, and X"] += 1
    cell = _cell(first(system, layout.cell), archive)
    periodic = _periodic(frame, layout, cell, archive, doubts)
    atoms = ase.Atoms(symbols, positions=positions, cell=cell, pbc=periodic)
    if any(label and label != name for label, name in zip(labels, symbols, strict=True)):
        atoms.set_array(_LABELS, np.array(labels))
    results = _results(frame, len(atoms), doubts)
    for name in _NO_PROPERTY:
        if name in results:
            atoms.info[name] = results.pop(name)
    if results:
        atoms.calc = SinglePointCalculator(atoms, **results)
    return atoms


def _atomic_number(thing: Any) -> int:
    """Give an atomic number; 0 for what is none."""
    try:
        return int(float(thing))
    except (TypeError, ValueError, OverflowError):
        return 0


def _vectors(thing: Any, what: str, archive: Mapping[str, Any]) -> Any:
    """Give vectors in Å.

    Raises
    ------
    UsageError
        They are none.
    """
    import numpy as np

    vectors = _numbers(thing)
    if vectors.ndim != 2 or vectors.shape[1] != 3 or not np.isfinite(vectors).all():
        raise UsageError(f"{_whose(archive)}: {what} that are no finite vectors")
    return vectors / factor("angstrom")


def _cell(thing: Any, archive: Mapping[str, Any]) -> Any:
    """Give the lattice vectors, with vectors of nothing in the directions that have none."""
    import numpy as np

    if thing is None:
        return None
    vectors = _vectors(thing, "lattice vectors", archive)
    if len(vectors) > 3:
        raise UsageError(f"{_whose(archive)}: {len(vectors)} lattice vectors")
    return np.vstack([vectors, np.zeros((3 - len(vectors), 3))])


def _periodic(
    frame: Frame, layout: Layout, cell: Any, archive: Mapping[str, Any], doubts: _Doubts
) -> bool | list[bool]:
    """Give which lattice vectors are periodic, as the archive says it."""
    import numpy as np

    said = first(frame.system, layout.periodic)
    said = frame.lasting.get("periodic") if said is None else said
    if said is not None:
        along = [bool(one) for one in np.ravel(said)]
        if len(along) > 3:
            raise UsageError(f"{_whose(archive)}: {len(along)} directions of a period")
        return along[0] if len(along) == 1 and np.ndim(said) == 0 else [*along, *[False] * (3 - len(along))]
    if cell is None or not np.any(cell):
        return False
    doubts["structures have lattice vectors and nothing says of what period: taken as periodic"] += 1
    if not np.all(np.any(cell, axis=1)):
        return [bool(along) for along in np.any(cell, axis=1)]
    return True


def _results(frame: Frame, n_atoms: int, doubts: _Doubts) -> dict[str, Any]:
    """Give the results in ASE's units and shapes; what cannot be one is left out."""
    import numpy as np

    shapes = {"forces": (n_atoms, 3), "stress": (3, 3), "charges": (n_atoms,), "magmoms": (n_atoms,)}
    made: dict[str, Any] = {}
    for name, result in frame.results.items():
        unit = _UNITS[name]
        thing = _numbers(result) / (factor(unit) if unit else 1.0)
        wanted = shapes.get(name, ())
        if thing.ndim != len(wanted) or thing.shape[1:] != wanted[1:] or not np.isfinite(thing).all():
            doubts[f"{name} that are no numbers, or of another shape, are left out"] += 1
            continue
        if thing.shape != wanted:  # seen in NOMAD's own archives: forces of another system
            doubts[f"{name} are not as many as the atoms, and given as they are"] += 1
        if name == "stress":
            made[name] = np.array([thing[place] for place in _VOIGT])
        else:
            made[name] = thing if thing.shape else float(thing)
    nearest = made.get("free_energy", made.get("energy"))
    if "energy_T0" in made and (nearest is None or abs(made["energy_T0"] - nearest) > _T0_WITHIN * abs(nearest)):
        del made["energy_T0"]
    return made


def _numbers(thing: Any) -> Any:
    """Give numbers as an array; what is none as one that is no number."""
    import numpy as np

    try:
        return np.asarray(thing, dtype=float)
    except (TypeError, ValueError):
        return np.array(np.nan)


def _whose(archive: Mapping[str, Any]) -> str:
    entry_id = getattr(archive, "entry_id", "")
    return f"entry {entry_id}" if entry_id else "the archive"
