"""Atoms of an archive for ASE: structures with cell, periodicity, energy and forces, from any generation's sections.

Where the sections are is in the ``archive:`` block of the generations' files; which generation an archive is of shows
by what it has. Each entry of the block is a way to write structures down, and the first that the archive has is read.
Its keys, all paths as :func:`nomad_swagger.science.values.value` knows them:

``runs``           a list of sections that hold the next two; without it the archive itself is the only one
``systems``        structures, in a run; a list, or one
``labels``         names of the atoms, in a system; here and below the first path that is there wins
``numbers``        atomic numbers, for labels that are no chemical symbols
``positions``      in m
``cell``           lattice vectors, in m
``periodic``       for each lattice vector
``lasting``        which of these hold for the later systems of a run, too, until said anew
``calculations``   what was computed for systems, in a run
``system_ref``     for which one, in a calculation: a path in the archive, a number in the run, or the system itself
``energy`` ``free_energy`` ``forces``   in J and N

Needs ASE, of the extra ``[ase]``. It must not know a section's name.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, overload

from nomad_swagger.errors import NomadWarning, UsageError
from nomad_swagger.generations.generation import GENERATIONS, load_generation
from nomad_swagger.science.required import moves_items
from nomad_swagger.science.units import converted
from nomad_swagger.science.values import described, is_list, steps_of, value

if TYPE_CHECKING:
    import ase

_SYMBOL = re.compile(r"[A-Z][a-z]?")
_GHOST = "Bq"  # as quantum chemistry calls a basis without an atom
_UNKNOWN = "X"
_ISOTOPES = {"D": "H", "T": "H"}
_LABELS = "labels"
# What ASE's calculators call results, as the layouts do, and the units that ASE has them in.
_RESULTS = {"energy": "eV", "free_energy": "eV", "forces": "eV/angstrom"}


@dataclass(frozen=True)
class Layout:
    """A way to write structures down; the module's docstring explains the fields."""

    systems: str
    labels: Sequence[str]
    positions: Sequence[str]
    cell: Sequence[str]
    periodic: Sequence[str]
    runs: str = ""
    numbers: Sequence[str] = ()
    lasting: Sequence[str] = ()
    calculations: str = ""
    system_ref: Sequence[str] = ()
    energy: Sequence[str] = ()
    free_energy: Sequence[str] = ()
    forces: Sequence[str] = ()


@dataclass(eq=False)
class _Frame:
    """A structure as it is written down, and what was computed for it, in SI units."""

    system: Mapping[str, Any]
    lasting: Mapping[str, Any]
    results: dict[str, Any] = field(default_factory=dict)


@overload
def to_ase(archive: Mapping[str, Any], *, frame: int | Literal["last"] = "last") -> ase.Atoms: ...
@overload
def to_ase(archive: Mapping[str, Any], *, frame: Literal["all"]) -> list[ase.Atoms]: ...
def to_ase(archive: Mapping[str, Any], *, frame: int | str = "last") -> ase.Atoms | list[ase.Atoms]:
    """Give the structure that an archive is about, with its energy and forces, as ``ase.Atoms``.

    Parameters
    ----------
    archive : dict
        Of any generation. Parts will do; but a calculation names its system by its place in the whole list, so where
        ``required`` has picked systems (``section_system[-1]``), they come without energies and forces.
    frame : {"last", "all"} or int
        Of a relaxation or a trajectory: the last structure, a list of all, or the one at an index.

    Returns
    -------
    ase.Atoms or list of ase.Atoms
        Positions and cell in Å. Energy (eV), free energy (eV) and forces (eV/Å) are results of a
        ``SinglePointCalculator``, of the last calculation that has them. Where labels are more than symbols (``Fe1``,
        ``O_surface``), they are kept as ``atoms.arrays["labels"]``; what is no element is ``X``.

    Raises
    ------
    UsageError
        The archive has no atoms, or no such frame; what it has of atoms does not fit together.

    Warns
    -----
    NomadWarning
        A calculation's system is not in the archive, so that its energy belongs to no structure.

    Examples
    --------
    >>> to_ase(archive(client, entry)).get_potential_energy()               # doctest: +SKIP
    -215.4389
    """
    layout, frames = _found(archive)
    if frame == "all":
        return [_atoms(found, layout, archive) for found in frames]
    index = -1 if frame == "last" else frame
    if not isinstance(index, int) or not -len(frames) <= index < len(frames):
        raise UsageError(f"{_whose(archive)}: frame {frame!r} is none of 'last', 'all', 0 … {len(frames) - 1}")
    return _atoms(frames[index], layout, archive)


def layouts() -> list[Layout]:
    """Give the ways to write structures down, of all generations."""
    return [Layout(**layout) for name in GENERATIONS for layout in load_generation(name).archive.values()]


def symbol(label: str, number: int = 0) -> str:
    """Give the chemical symbol of an atom's label; ``X`` where it is no element.

    Parameters
    ----------
    label : str
    number : int
        The atomic number, if known; counts where the label tells nothing.

    Examples
    --------
    >>> [symbol(label) for label in ("Si", "Si1", "Fe_up", "OW", "si", "D", "Bq", "X", "ghost")]
    ['Si', 'Si', 'Fe', 'O', 'Si', 'H', 'X', 'X', 'X']
    """
    from ase.data import atomic_numbers, chemical_symbols

    text = label.strip()
    found = _SYMBOL.match(text.capitalize() if text.islower() else text)
    letters = found[0] if found and found[0] != _GHOST else ""
    for candidate in (letters, letters[:1]):
        element = _ISOTOPES.get(candidate, candidate)
        if atomic_numbers.get(element):
            return element
    return str(chemical_symbols[number]) if 0 < number < len(chemical_symbols) else _UNKNOWN


def _found(archive: Mapping[str, Any]) -> tuple[Layout, list[_Frame]]:
    """Give the structures of an archive, and how they are written down.

    Raises
    ------
    UsageError
        There are none.
    """
    for layout in layouts():
        frames = [frame for frame in _frames(archive, layout) if _first(frame.system, layout.positions) is not None]
        if frames:
            return layout, frames
    looked = " or ".join("/".join(filter(None, (layout.runs, layout.systems))) for layout in layouts())
    raise UsageError(f"{_whose(archive)} has no atoms at {looked}; it is {described(archive)}")


def _runs(archive: Mapping[str, Any], layout: Layout) -> list[Any]:
    return _items(value(archive, layout.runs, default=None))


def _systems(archive: Mapping[str, Any], layout: Layout) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Give the systems of all runs, each with its run's number; an item may be null in a part of an archive."""
    for number, run in enumerate(_runs(archive, layout)):
        for system in _items(value(run, layout.systems, default=None)):
            if isinstance(system, Mapping):
                yield number, system


def _frames(archive: Mapping[str, Any], layout: Layout) -> list[_Frame]:
    frames: list[_Frame] = []
    lasting: dict[str, Any] = {}
    last_run = 0
    for number, system in _systems(archive, layout):
        if number != last_run:
            lasting, last_run = {}, number
        said = {name: _first(system, getattr(layout, name)) for name in layout.lasting}
        lasting = lasting | {name: what for name, what in said.items() if what is not None}
        frames.append(_Frame(system, lasting))
    by_identity = {id(frame.system): frame for frame in frames}
    for system, results in _computed(archive, layout):
        frame = by_identity.get(id(system)) or next((frame for frame in frames if frame.system == system), None)
        if frame is None:
            frames.append(frame := _Frame(system, {}))
        frame.results.update(results)
    return frames


def _computed(archive: Mapping[str, Any], layout: Layout) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Give what was computed, each with the system that it was computed for."""
    lost = []
    lists = [*steps_of(layout.runs), *steps_of(layout.systems)]
    moved = moves_items(getattr(archive, "required", None), lists)  # a place in the whole list says nothing then
    for run in _runs(archive, layout) if layout.calculations else ():
        for calculation in _items(value(run, layout.calculations, default=None)):
            results = {name: _first(calculation, getattr(layout, name)) for name in _RESULTS}
            results = {name: result for name, result in results.items() if result is not None}
            reference = _first(calculation, layout.system_ref)
            is_place = reference is not None and not isinstance(reference, Mapping)
            system = None if moved and is_place else _referred(archive, run, reference, layout)
            if isinstance(system, Mapping):
                yield system, results
            elif results:
                lost.append(reference or "none is named")
    if lost:
        warnings.warn(
            f"{_whose(archive)}: energies and forces of {len(lost)} calculations are left out, since their systems are "
            + (
                "not known in a part with some systems only"
                if moved
                else "not in the archive, or not in this part of it"
            )
            + f": {lost[0]!r}",
            NomadWarning,
            stacklevel=5,
        )


def _referred(archive: Mapping[str, Any], run: Any, reference: Any, layout: Layout) -> Any:
    """Give the system that a reference names; None where it is not there, or in another archive."""
    if reference is None:
        systems = _items(value(run, layout.systems, default=None))
        return systems[0] if len(systems) == 1 else None
    if isinstance(reference, Mapping):
        return reference
    if isinstance(reference, int):
        return value(run, f"{layout.systems}/{reference}", default=None)
    return value(archive, str(reference), default=None)


def _atoms(frame: _Frame, layout: Layout, archive: Mapping[str, Any]) -> ase.Atoms:
    import ase
    import numpy as np
    from ase.calculators.singlepoint import SinglePointCalculator

    system = frame.system
    positions = _first(system, layout.positions, "angstrom")
    numbers = _items(_first(system, layout.numbers)) or [0] * len(positions)
    labels = [str(label) for label in _items(_first(system, layout.labels))] or [""] * len(positions)
    if not len(labels) == len(numbers) == len(positions):
        raise UsageError(
            f"{_whose(archive)}: {len(labels)} labels and {len(numbers)} atomic numbers for {len(positions)} positions"
        )
    symbols = [symbol(label, number) for label, number in zip(labels, numbers, strict=True)]
    periodic = _first(system, layout.periodic)
    atoms = ase.Atoms(
        symbols,
        positions=positions,
        cell=_first(system, layout.cell, "angstrom"),
        pbc=frame.lasting.get("periodic", False) if periodic is None else [bool(along) for along in periodic],
    )
    if labels != symbols:
        atoms.set_array(_LABELS, np.array(labels))
    if frame.results:
        results = {name: converted(result, _RESULTS[name]) for name, result in frame.results.items()}
        atoms.calc = SinglePointCalculator(atoms, **results)
    return atoms


def _first(section: Any, paths: Sequence[str], unit: str | None = None) -> Any:
    """Give the first thing that is there and not null at some paths."""
    found = (value(section, path, unit, default=None) for path in paths)
    return next((thing for thing in found if thing is not None), None)


def _items(thing: Any) -> list[Any]:
    if thing is None:
        return []
    return list(thing) if is_list(thing) else [thing]


def _whose(archive: Mapping[str, Any]) -> str:
    entry_id = getattr(archive, "entry_id", "")
    return f"entry {entry_id}" if entry_id else "the archive"
