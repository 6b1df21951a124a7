"""Read a calculation: its frames, energies and forces, and what the text tells about the method.

Knows which module reads which format. It must not know the store, the archive's names or HTTP.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nomad_sandbox.codes import aims, by_ase, espresso, outcar, vasprun
from nomad_sandbox.frames import Frame, Frames, check_frames
from nomad_sandbox.functionals import Functional, find_functional
from nomad_sandbox.mainfiles import Parser
from nomad_sandbox.opening import read_text

TEXT_CHARACTERS = 1 << 20  # a version stands near the start
_BY_FORMAT: Mapping[str, Callable[[str], Frames]] = {
    "espresso-out": espresso.read_frames,
    "vasp-xml": vasprun.read_frames,
    "vasp-out": outcar.read_frames,
    "aims-output": aims.read_frames,
}


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
    doubts : sequence of str
        What in the file could not be read or believed.
    """

    frames: Sequence[Frame]
    code: str | None
    version: str | None
    functional: str | None
    functional_class: str | None
    basis_set: str | None
    doubts: Sequence[str] = field(default=())


def _first_group(pattern: re.Pattern[str] | None, text: str) -> str | None:
    found = pattern.search(text) if pattern else None
    return " ".join(found.group(1).split()) if found else None


def _read_frames(text: str, parser: Parser) -> Frames:
    with warnings.catch_warnings():
        # ASE announces moves of its own modules here, which is nothing that an uploader can act on
        warnings.simplefilter("ignore")
        read = _BY_FORMAT.get(parser.format)
        found = read(text) if read else by_ase.read_frames(text, parser.format, parser.drop)
    check_frames(found.frames)
    return found


def _read_functional(text: str, parser: Parser, doubts: list[str]) -> Functional:
    try:
        return find_functional(text, parser.format)
    except ValueError as error:  # a word where a number should be: no reason to lose the run
        doubts.append(f"the functional could not be read ({error})")
        return Functional(None, None)


def read_calculation(path: Path, parser: Parser) -> Calculation:
    """Read one mainfile, compressed or not.

    Raises
    ------
    Exception
        Whatever reading a broken file raises: the caller turns it into a failed entry.
    """
    text = read_text(path)
    found = _read_frames(text, parser)
    doubts = list(found.doubts)
    functional = _read_functional(text, parser, doubts)
    return Calculation(
        frames=found.frames,
        code=parser.code,
        version=_first_group(parser.version, text[:TEXT_CHARACTERS]),
        functional=functional.name,
        functional_class=functional.kind,
        basis_set=parser.basis_set,
        doubts=doubts,
    )
