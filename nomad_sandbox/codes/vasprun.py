"""VASP's vasprun.xml: read by ASE from what counts in it, and held against the file's own energies and steps.

ASE gets a smaller document: elements, geometries, forces, energies. Bands, densities of states, dynamical matrices and
all parameters but the pressure, on which it may fail, are kept from it. Knows VASP's XML. It must not know the archive.

Source: NOMAD's total energy is ``e_wo_entrp`` of each ``calculation`` (which several VASPs fill with the energy
extrapolated to no smearing), its free energy is ``e_fr_energy``; both hold the work against PSTRESS, which is no energy
of the system and is taken off here.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from ase.io import read

from nomad_sandbox.frames import Contradiction, Frame, Frames

_NOT_READ = ("eigenvalues", "dos", "projected", "dynmat", "dielectricfunction", "partial", "kpoints", "incar")
_VASP_ELEMENTS = {"X": "Xe", "r": "Zr"}  # two letters that VASP is known to write as one
_KBAR_TO_EV_PER_A3 = 6.241509074e-4


@dataclass
class _Found:
    """The parts of a document that count."""

    species: list[str] = field(default_factory=list)
    pressure_kbar: float = 0.0
    initial: ET.Element | None = None
    steps: list[ET.Element] = field(default_factory=list)
    broken: str | None = None


def read_frames(text: str) -> Frames:
    """Read a vasprun.xml.

    Raises
    ------
    Contradiction
        Where ASE finds other steps or energies than the file has.
    ValueError
        Without elements and a geometry.
    """
    found = _parts(text)
    if not found.species or found.initial is None:
        raise ValueError(
            f"no elements or no geometry in this vasprun.xml{f' ({found.broken})' if found.broken else ''}"
        )
    doubts = []
    if found.broken:
        doubts.append(f"the file is cut off or damaged ({found.broken}): {len(found.steps)} whole steps are taken")
    steps = _with_geometry(found, text, doubts)
    if not steps:
        return Frames([Frame(atoms) for atoms in _by_ase(found, [])], doubts)
    images = _by_ase(found, [_small_step(step, doubts) for step in steps])
    if len(images) != len(steps):
        raise Contradiction(f"the file holds {len(steps)} steps, {len(images)} were read")
    return Frames(
        [_frame(found, *pair, doubts) for pair in zip(images, steps, strict=True)], list(dict.fromkeys(doubts))
    )


def _parts(text: str) -> _Found:
    found = _Found()
    try:
        # expat itself bounds what entities may grow to, and the reader's process is bounded in time and memory
        for _, element in ET.iterparse(io.StringIO(text)):  # noqa: S314
            _note(element, found)
    except ET.ParseError as error:  # what stood before the damage has been taken
        found.broken = str(error)
    return found


def _note(element: ET.Element, found: _Found) -> None:
    if element.tag in _NOT_READ:
        element.clear()
    elif element.tag == "atominfo":
        found.species = _species(element)
    elif element.tag == "i" and element.get("name") == "PSTRESS":
        found.pressure_kbar = float(element.text or 0)
    elif element.tag == "structure" and element.get("name") == "initialpos":
        found.initial = element
    elif element.tag == "calculation":
        found.steps.append(element)


def _species(atominfo: ET.Element) -> list[str]:
    titles = [row[-1].text or "" for row in atominfo.iterfind("array[@name='atomtypes']/set/rc")]
    species = []
    for row in atominfo.iterfind("array[@name='atoms']/set/rc"):
        word = (row[0].text or "").strip()
        kind = int(row[1].text or 0) if len(row) > 1 else 0
        species.append(element_of(word, titles[kind - 1] if 0 < kind <= len(titles) else ""))
    return species


def element_of(word: str, title: str = "") -> str:
    """Give the element that VASP means, by its own word or by its potential's name.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> element_of("X ", "PAW_PBE Xe 07Sep2000"), element_of("X"), element_of("Fe_pv"), element_of("H1.25")
    ('Xe', 'Xe', 'Fe', 'H')
    """
    named = title.split()[1] if len(title.split()) > 1 else ""
    for name in (named, word):
        symbol = re.match(r"[A-Za-z]*", name.strip())
        if symbol and symbol.group() in atomic_numbers and symbol.group() != "X":
            return symbol.group()
    if word.strip() in _VASP_ELEMENTS:
        return _VASP_ELEMENTS[word.strip()]
    raise ValueError(f"no element is called {word.strip()!r}")


def _with_geometry(found: _Found, text: str, doubts: list[str]) -> list[ET.Element]:
    """Give the steps that say where their atoms are, after a second look at how many steps there are."""
    ended = text.count("</calculation>")
    if ended != len(found.steps):
        raise Contradiction(f"the file ends {ended} steps, {len(found.steps)} were found in it")
    steps = [step for step in found.steps if step.find("structure/varray[@name='positions']") is not None]
    if len(steps) < len(found.steps):
        doubts.append(f"{len(found.steps) - len(steps)} steps without a geometry are left out")
    return steps


def _numbers(element: ET.Element) -> bool:
    """Tell whether the rows below an element are numbers: Fortran writes stars where one does not fit."""
    try:
        np.array([row.text.split() if row.text else [] for row in element], dtype=float)
    except ValueError:
        return False
    return True


def _energy(block: ET.Element | None, name: str) -> float | None:
    text = None if block is None else block.findtext(f"i[@name='{name}']")
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _small_step(step: ET.Element, doubts: list[str]) -> ET.Element:
    small = ET.Element("calculation")
    last = step.findall("scstep/energy")[-1:]
    ET.SubElement(small, "scstep").append(last[0] if last and _is_whole(last[0]) else _no_energy())
    small.extend(step.findall("structure")[:1])
    forces = step.find("varray[@name='forces']")
    if forces is not None and _numbers(forces):
        small.append(forces)
    elif forces is not None:
        doubts.append("forces that are no numbers are left out")
    energy = step.find("energy")
    small.append(energy if energy is not None and _energy(energy, "e_fr_energy") is not None else _no_energy())
    return small


def _is_whole(block: ET.Element) -> bool:
    return None not in (_energy(block, "e_fr_energy"), _energy(block, "e_0_energy"))


def _no_energy() -> ET.Element:
    """Give a block that ASE can read; what it makes of it is not used."""
    block = ET.Element("energy")
    for name in ("e_fr_energy", "e_wo_entrp", "e_0_energy"):
        ET.SubElement(block, "i", name=name).text = "0.0"
    return block


def _by_ase(found: _Found, steps: list[ET.Element]) -> list[Atoms]:
    root = ET.Element("modeling")
    ET.SubElement(root, "kpoints")
    ET.SubElement(ET.SubElement(root, "parameters"), "i", name="PSTRESS").text = str(found.pressure_kbar)
    rows = ET.SubElement(ET.SubElement(ET.SubElement(root, "atominfo"), "array", name="atoms"), "set")
    for symbol in found.species:
        ET.SubElement(ET.SubElement(rows, "rc"), "c").text = symbol
    assert found.initial is not None
    root.append(found.initial)
    root.extend(steps)
    if not steps:
        return [_initial(found)]
    images = read(io.BytesIO(ET.tostring(root)), index=":", format="vasp-xml")
    return [images] if isinstance(images, Atoms) else list(images)


def _initial(found: _Found) -> Atoms:
    def rows(path: str) -> list[list[float]]:
        assert found.initial is not None
        return [[float(word) for word in (row.text or "").split()] for row in found.initial.iterfind(path)]

    cell, positions = rows("crystal/varray[@name='basis']/v"), rows("varray[@name='positions']/v")
    return Atoms(found.species, cell=cell, scaled_positions=positions, pbc=True)


def _frame(found: _Found, atoms: Atoms, step: ET.Element, doubts: list[str]) -> Frame:
    results, block = atoms.calc.results, step.find("energy")
    forces = results.get("forces")
    free, total = _energy(block, "e_fr_energy"), _energy(block, "e_wo_entrp")
    if free is None:
        doubts.append("a step without a free energy has none here, either")
        return Frame(atoms, forces=forces)
    work = found.pressure_kbar * _KBAR_TO_EV_PER_A3 * float(atoms.cell.volume)
    if abs(results["free_energy"] - (free - work)) > 1e-5:
        raise Contradiction(f"the file gives a free energy of {free} eV, {results['free_energy']} eV was read")
    last = step.findall("scstep/energy")[-1:]
    return Frame(
        atoms,
        energy_eV=None if total is None else total - work,
        forces=forces,
        energy_free_eV=free - work,
        energy_T0_eV=float(results["energy"]) if last and _is_whole(last[0]) else None,
    )
