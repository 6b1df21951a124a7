"""Frames for training: what of an archive one may learn from, as extended XYZ or as rows of a table.

A frame has an energy, and what it has besides must be of its own atoms; anything else is skipped with a reason. Needs
ASE; it must not know where archives come from, or what becomes of the text.
"""

from __future__ import annotations

import io
import itertools
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import NomadWarning, UsageError
from nomad_swagger.extras import needed_by
from nomad_swagger.light import dataclass
from nomad_swagger.science.atoms import FrameChoice, to_ase

if TYPE_CHECKING:
    import ase

# The columns of a table of frames; lists of lists are as long as there are atoms.
COLUMNS = (
    "entry_id",
    "upload_id",
    "frame",
    "code",
    "functional",
    "license",
    "doi",
    "symbols",
    "positions_angstrom",
    "cell_angstrom",
    "periodic",
    "energy_eV",
    "free_energy_eV",
    "forces_eV_per_angstrom",
    "stress_eV_per_angstrom3",
)
_UNKNOWN = "X"
_GROUP_ROWS = 500  # of frames, which may be of thousands of atoms each


@dataclass
class Tally:
    """What is in a set of frames; adding is by entry.

    Attributes
    ----------
    entries, frames, atoms, with_forces : int
    elements : Counter
        Frames that have the element.
    lowest_eV, highest_eV : float or None
        Energy per atom.
    skipped : Counter
        Reason → how often.
    """

    entries: int = 0
    frames: int = 0
    atoms: int = 0
    with_forces: int = 0
    elements: Counter[str] = field(default_factory=Counter)
    lowest_eV: float | None = None  # noqa: N815 - a unit
    highest_eV: float | None = None  # noqa: N815
    skipped: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally | Mapping[str, Any]) -> None:
        """Count what another one has in, too."""
        told = vars(other) if isinstance(other, Tally) else other
        for name in ("entries", "frames", "atoms", "with_forces"):
            setattr(self, name, getattr(self, name) + told[name])
        self.elements.update(told["elements"])
        self.skipped.update(told["skipped"])
        known = [e for e in (self.lowest_eV, self.highest_eV, told["lowest_eV"], told["highest_eV"]) if e is not None]
        self.lowest_eV, self.highest_eV = (min(known), max(known)) if known else (None, None)

    def as_dict(self) -> dict[str, Any]:
        """Give it in JSON's words; :meth:`add` takes that, too."""
        return {**vars(self), "elements": dict(self.elements), "skipped": dict(self.skipped)}

    def words(self) -> list[str]:
        """Give it in sentences, for a person."""
        said = [f"{self.frames} frames of {self.entries} entries, {self.atoms} atoms, {self.with_forces} with forces"]
        if self.elements:
            by_count = sorted(self.elements.items(), key=lambda one: (-one[1], one[0]))
            said.append("elements: " + ", ".join(f"{name} {count}" for name, count in by_count))
        if self.lowest_eV is not None:
            said.append(f"energy per atom: {self.lowest_eV:.6g} to {self.highest_eV:.6g} eV")
        return said + [f"left out: {reason} ({count} times)" for reason, count in self.skipped.most_common()]


def frames_of(
    archive: Mapping[str, Any], about: Mapping[str, str], *, frames: FrameChoice = "all"
) -> tuple[list[ase.Atoms], Tally]:
    """Give the frames of an archive that have an energy, and what is in them.

    Parameters
    ----------
    archive : dict
    about : mapping of str to str
        What each frame says of where it is from: ``entry_id``, ``code`` …; an empty text is left out.
    frames : {"all", "last", "representative"}, int or slice
        As for :func:`to_ase`.
    """
    tally = Tally(entries=1)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", NomadWarning)
        try:
            found = to_ase(archive, frame=frames)
        except UsageError as error:
            tally.skipped[f"entry: {_without_id(archive, str(error))}"] += 1
            return [], tally
    for warning in said:
        if not issubclass(warning.category, NomadWarning):  # a library's, or of another thread that reads meanwhile
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
            continue
        tally.skipped[f"entry, in parts: {_without_id(archive, str(warning.message))}"] += 1
    kept = []
    for number, atoms in enumerate(found if isinstance(found, list) else [found]):
        reason = _unfit(atoms)
        if reason:
            tally.skipped[f"frame: {reason}"] += 1
            continue
        atoms.info.update({name: text for name, text in about.items() if text}, frame=number)
        kept.append(atoms)
        _count(tally, atoms)
    return kept, tally


@needed_by("a training set")
def extxyz(frames: Iterable[ase.Atoms]) -> str:
    """Give frames as extended XYZ; ASE reads it back with energies, forces and where each is from."""
    from ase.io.extxyz import write_extxyz

    text = io.StringIO()
    listed = list(frames)
    if listed:
        write_extxyz(text, listed)
    return text.getvalue()


def rows(frames: Iterable[ase.Atoms]) -> list[dict[str, Any]]:
    """Give frames as rows of a table, in Python's own types; see :data:`COLUMNS`."""
    return [_frame_row(atoms) for atoms in frames]


@needed_by("a training set")
def write_rows(listed: Iterable[Mapping[str, Any]], path: Any) -> None:
    """Write rows of frames as one Parquet file, some hundreds at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers, texts = pa.list_(pa.float64()), ("entry_id", "upload_id", "code", "functional", "license", "doi")
    kinds: dict[str, Any] = dict.fromkeys(texts, pa.string())
    kinds |= {"frame": pa.int64(), "symbols": pa.list_(pa.string()), "periodic": pa.list_(pa.bool_())}
    kinds |= {"positions_angstrom": pa.list_(numbers), "cell_angstrom": pa.list_(numbers)}
    kinds |= {"forces_eV_per_angstrom": pa.list_(numbers), "stress_eV_per_angstrom3": numbers}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in COLUMNS])
    rest = iter(listed)
    with pq.ParquetWriter(path, schema) as writer:
        while group := list(itertools.islice(rest, _GROUP_ROWS)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))


def _frame_row(atoms: ase.Atoms) -> dict[str, Any]:
    results, info = atoms.calc.results, atoms.info
    said = {name: info.get(name) for name in ("entry_id", "upload_id", "frame", "code", "functional", "license", "doi")}
    arrays = {"forces_eV_per_angstrom": results.get("forces"), "stress_eV_per_angstrom3": results.get("stress")}
    return {
        **said,
        "symbols": atoms.get_chemical_symbols(),
        "positions_angstrom": atoms.positions.tolist(),
        "cell_angstrom": atoms.cell.tolist(),
        "periodic": atoms.pbc.tolist(),
        "energy_eV": results["energy"],
        "free_energy_eV": results.get("free_energy"),
        **{name: None if array is None else array.tolist() for name, array in arrays.items()},
    }


def _unfit(atoms: ase.Atoms) -> str:
    """Say why a frame is not to be learned from; empty for one that is."""
    results = atoms.calc.results if atoms.calc is not None else {}
    if "energy" not in results:
        return "no energy"
    if _UNKNOWN in atoms.get_chemical_symbols():
        return "atoms of no known element"
    if any(len(results[name]) != len(atoms) for name in ("forces", "charges", "magmoms") if name in results):
        return "forces or charges of other atoms"
    return ""


def _count(tally: Tally, atoms: ase.Atoms) -> None:
    per_atom = atoms.calc.results["energy"] / len(atoms)
    one = Tally(
        frames=1,
        atoms=len(atoms),
        with_forces=int("forces" in atoms.calc.results),
        elements=Counter(set(atoms.get_chemical_symbols())),
        lowest_eV=per_atom,
        highest_eV=per_atom,
    )
    tally.add(one)


def _without_id(archive: Mapping[str, Any], words: str) -> str:
    """Give what was said of an entry without its name, so that the same of many is counted as one."""
    return words.removeprefix(f"entry {getattr(archive, 'entry_id', '')}").removeprefix("the archive").lstrip(": ")
