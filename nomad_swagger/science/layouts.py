"""Where an archive has structures and what was computed for them, of whatever generation.

Where the sections are is in the ``archive:`` block of the generations' files; which generation an archive is of shows
by what it has. Each entry of the block is a way to write structures down, and the first that the archive has is read.
Its keys, all paths as :func:`nomad_swagger.science.values.value` knows them:

``runs``            a list of sections that hold the next two; without it the archive itself is the only one
``systems``         structures, in a run; a list, or one
``labels``          names of the atoms, in a system; here and below the first path that is there wins
``numbers``         atomic numbers, which win over labels
``positions``       in m
``cell``            lattice vectors, in m
``periodic``        for each lattice vector
``representative``  says of a system that it is the one which the entry stands for
``lasting``         which of these hold for the later systems of a run, too, until said anew
``calculations``    what was computed for systems, in a run
``system_ref``      for which one, in a calculation: a path in the archive, a number in the run, or the system itself
``paired``          true where a calculation that names no system belongs to the one at its place, as many as there are
``energy`` ``free_energy`` ``energy_T0`` ``forces`` ``stress`` ``charges`` ``magmoms``  in SI units

NOMAD writes more systems than calculations, and calculations without a system. A *frame* is a calculation that has an
energy, with the atoms that it was computed for. It must not know a section's name, nor ASE.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache
from typing import Any

from nomad_swagger.generations.generation import GENERATIONS, load_generation
from nomad_swagger.light import dataclass
from nomad_swagger.science.required import moves_items
from nomad_swagger.science.values import EVERY, index_of, is_list, steps_of, value

_ENERGIES = ("energy", "free_energy", "energy_T0")
RESULTS = ("energy", "free_energy", "energy_T0", "forces", "stress", "charges", "magmoms")
_SI = {
    "positions": "m",
    "cell": "m",
    "energy": "J",
    "free_energy": "J",
    "energy_T0": "J",
    "forces": "N",
    "stress": "Pa",
    "charges": "C",
}


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
    representative: str = ""
    lasting: Sequence[str] = ()
    calculations: str = ""
    system_ref: Sequence[str] = ()
    paired: bool = False
    energy: Sequence[str] = ()
    free_energy: Sequence[str] = ()
    energy_T0: Sequence[str] = ()  # noqa: N815 - NOMAD's name
    forces: Sequence[str] = ()
    stress: Sequence[str] = ()
    charges: Sequence[str] = ()
    magmoms: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Frame:
    """A structure as it is written down, and what one calculation gave for it, in SI units.

    Attributes
    ----------
    system : mapping
    lasting : mapping
        What holds for it from systems before it.
    representative : bool
    results : mapping
        Empty for a structure that nothing was computed for.
    """

    system: Mapping[str, Any]
    lasting: Mapping[str, Any] = field(default_factory=dict)
    representative: bool = False
    results: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """The structures of an archive.

    Attributes
    ----------
    layout : Layout
    structures : list of Frame
        With atoms, without results.
    computed : list of Frame
        In the order of the calculations.
    homeless : int
        Calculations with an energy whose atoms are not there, in this part of the archive at least.
    moved : bool
        The archive is a part that picked systems, so that their places say nothing.
    broken : int
        Energies that are no finite numbers, and count as not there.
    """

    layout: Layout
    structures: list[Frame]
    computed: list[Frame]
    homeless: int = 0
    moved: bool = False
    broken: int = 0

    @property
    def frames(self) -> list[Frame]:
        """Give what was computed, with an energy if any has one; the mere structures where nothing was."""
        with_energy = [frame for frame in self.computed if "energy" in frame.results]
        return with_energy or self.computed or self.structures

    @property
    def last(self) -> Frame:
        """Give the last frame: NOMAD marks the first of a trajectory, and the last of a relaxation comes last."""
        return self.frames[-1]

    @property
    def representative(self) -> Frame:
        """Give the frame that NOMAD marked, with its last results if it has some; the last one where none is marked."""
        for frames in (self.frames, self.computed, self.structures):
            if marked := [frame for frame in frames if frame.representative]:
                return marked[-1]
        return self.last


@cache
def layouts() -> tuple[Layout, ...]:
    """Give the ways to write structures down, of all generations."""
    return tuple(Layout(**layout) for name in GENERATIONS for layout in load_generation(name).archive.values())


def find_frames(archive: Mapping[str, Any]) -> Found | None:
    """Give the structures of an archive by the first layout with energies, else with atoms; None where it has none."""
    mere = None
    for layout in layouts():
        found = _with_results(archive, layout, list(_structures(archive, layout)))
        if found.computed:
            return found
        if mere is None and found.structures:
            mere = found
    return mere


def first(section: Any, paths: Sequence[str]) -> Any:
    """Give the first thing that is there and not null at some paths; of items with gaps, none."""
    for path in paths:
        thing = value(section, path, default=None)
        if thing is not None and not (is_list(thing) and any(item is None for item in thing)):
            return thing
    return None


def first_with_gaps(section: Any, paths: Sequence[str]) -> list[Any]:
    """Give the first items that are there at some paths, None for those that are not; empty where none is."""
    for path in paths:
        thing = items(value(section, path, default=None))
        if any(item is not None for item in thing):
            return thing
    return []


def items(thing: Any) -> list[Any]:
    """Give the items of a list, or of what is one without being a list."""
    if thing is None:
        return []
    return list(thing) if is_list(thing) else [thing]


def has_atoms(system: Mapping[str, Any], layout: Layout) -> bool:
    """Tell whether a system says where its atoms are, and what they are."""
    if not items(first(system, layout.positions)):
        return False
    return any(first_with_gaps(system, paths) for paths in (layout.labels, layout.numbers))


def _runs(archive: Mapping[str, Any], layout: Layout) -> list[Any]:
    return items(value(archive, layout.runs, default=None))


def _structures(archive: Mapping[str, Any], layout: Layout) -> Iterator[Frame]:
    """Give every system, also those without atoms; an item may be null in a part of an archive."""
    for run in _runs(archive, layout):
        lasting: dict[str, Any] = {}
        for system in items(value(run, layout.systems, default=None)):
            if not isinstance(system, Mapping):
                continue
            said = {name: first(system, getattr(layout, name)) for name in layout.lasting}
            lasting = lasting | {name: what for name, what in said.items() if what is not None}
            yield Frame(system, lasting, _is_marked(system, layout))


def _is_marked(system: Mapping[str, Any], layout: Layout) -> bool:
    return bool(layout.representative) and value(system, layout.representative, default=None) is True


def _with_results(archive: Mapping[str, Any], layout: Layout, known: list[Frame]) -> Found:
    lists = [*steps_of(layout.runs), *steps_of(layout.systems)]
    moved = moves_items(getattr(archive, "required", None), lists)  # a place in the whole list says nothing then
    by_identity = {id(frame.system): frame for frame in known}
    computed: list[Frame] = []
    homeless = broken = 0
    for run in _runs(archive, layout) if layout.calculations else ():
        calculations = items(value(run, layout.calculations, default=None))
        for place, calculation in enumerate(calculations):
            found = {name: first(calculation, getattr(layout, name)) for name in RESULTS}
            results = {name: result for name, result in found.items() if result is not None}
            for name in [name for name in _ENERGIES if name in results and not _is_number(results[name])]:
                del results[name]
                broken += 1
            if not results:
                continue
            reference = first(calculation, layout.system_ref)
            if reference is None and layout.paired:
                reference = _place(run, layout, place, len(calculations))
            home = None if moved and not isinstance(reference, Mapping) else _home(archive, run, reference, layout)
            if home is not None and has_atoms(home, layout):
                frame = by_identity.get(id(home)) or Frame(home)
                computed.append(Frame(home, frame.lasting, frame.representative, results))
            else:
                homeless += 1
    structures = [frame for frame in known if has_atoms(frame.system, layout)]
    return Found(layout, structures, computed, homeless, moved, broken)


def _is_number(thing: Any) -> bool:
    return isinstance(thing, (int, float)) and not isinstance(thing, bool) and math.isfinite(thing)


def _place(run: Any, layout: Layout, place: int, calculations: int) -> int | None:
    systems = len(items(value(run, layout.systems, default=None)))
    return place if systems == calculations else None


def _home(archive: Mapping[str, Any], run: Any, reference: Any, layout: Layout) -> Mapping[str, Any] | None:
    """Give the system that a reference names; None where it is not there, or in another archive."""
    systems = items(value(run, layout.systems, default=None))
    if reference is None:
        system = systems[0] if len(systems) == 1 else None
    elif isinstance(reference, Mapping):  # the server put the system in the reference's place
        system = next((one for one in systems if one == reference), reference)
    elif isinstance(reference, int) or (isinstance(reference, str) and reference.isdecimal()):
        reference = int(reference)
        system = systems[reference] if -len(systems) <= reference < len(systems) else None
    else:
        system = value(archive, str(reference), default=None)
    return system if isinstance(system, Mapping) else None


@cache
def _units() -> dict[str, str]:
    """Give the SI unit of every path that a layout knows, places in lists as ``*``."""
    found: dict[str, str] = {}
    for layout in layouts():
        for name, unit in _SI.items():
            inside = layout.systems if name in ("positions", "cell") else layout.calculations
            for path in getattr(layout, name):
                steps = [step for step in steps_of(f"{layout.runs}/{inside}/{path}") if index_of(step) is None]
                found["/".join(step for step in steps if step != EVERY)] = unit
    return found


def si_unit(path: str) -> str:
    """Give the unit of what stands at a path of an archive, as far as a layout knows it; else the empty text.

    Examples
    --------
    >>> si_unit("run/*/calculation/*/energy/total/value")
    'J'
    """
    return _units().get("/".join(step for step in steps_of(path) if step != EVERY and index_of(step) is None), "")
