"""Facts beside what was seen: which probes agree, which differ on purpose, which differ.

Knows the table of faces and the lines that ``observe compare`` gives. It must not know servers.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

HERE = Path(__file__).parent
MOST_ON_PURPOSE = 8


@dataclass(frozen=True)
class Purpose:
    """One probe that is answered otherwise on purpose.

    Attributes
    ----------
    aspects : tuple of str
        status, type, shape or names of values; all of the probe's where it is empty.
    """

    probe: str
    reason: str
    aspects: tuple[str, ...] = ()

    def covers(self, line: str) -> bool:
        """Tell whether a line of differences is one that this expects; a 501 never is."""
        probe, aspect, rest = (*line.split(": ", 2), "")[:3]
        if probe != self.probe or (aspect == "status" and rest.endswith("seen 501")):
            return False
        return not self.aspects or aspect in self.aspects


@dataclass(frozen=True)
class Face:
    """One face of the embedded NOMAD, and the facts that it is held against.

    Attributes
    ----------
    url : str
        The attribute of the embedded NOMAD that has its address.
    """

    name: str
    generation: str
    facts: Path
    url: str
    on_purpose: tuple[Purpose, ...] = ()


@dataclass
class Comparison:
    """How a face compares.

    Attributes
    ----------
    same : list of str
        Probes that agree.
    on_purpose : list of str
        Probes that differ only as the table says.
    different : list of str
        Lines, one for each other difference.
    """

    same: list[str] = field(default_factory=list)
    on_purpose: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    @property
    def probes_that_differ(self) -> int:
        """How many probes have other differences."""
        return len({line.partition(": ")[0] for line in self.different})


def read_faces() -> dict[str, Face]:
    """Give the faces by name."""
    rows = yaml.safe_load((HERE / "faces.yaml").read_text("utf-8"))
    return {name: _face(name, row) for name, row in rows.items()}


def _face(name: str, row: Mapping[str, Any]) -> Face:
    purposes = tuple(Purpose(**{**one, "aspects": tuple(one.get("aspects", ()))}) for one in row["on_purpose"])
    return Face(name, row["generation"], HERE / "facts" / row["facts"], row["url"], purposes)


def observe_core() -> ModuleType:
    """Give the module that compares, of the copy of ``observe`` beside this file."""
    spec = importlib.util.spec_from_file_location("observe_core", HERE / "observe_probes" / "core.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def compare(facts: Mapping[str, Any], seen: Mapping[str, Any], purposes: Iterable[Purpose] = ()) -> Comparison:
    """Compare probe by probe. What a stand-in of the observed server decided is not compared.

    A probe of the facts that was not asked is a difference, and so is one that is said to differ on purpose and does
    not: the table would tell what is no longer true.
    """
    purposes = tuple(purposes)
    lines: dict[str, list[str]] = {}
    for line in observe_core().compare(facts, seen):
        lines.setdefault(line.partition(": ")[0], []).append(line)
    asked = {probe["name"] for probe in seen["probes"]}
    found = Comparison()
    for probe in facts["probes"]:
        name = probe["name"]
        if not probe.get("stand_in"):
            _sort(found, name, lines.get(name, []) if name in asked else [f"{name}: not asked"], purposes)
    known = {probe["name"] for probe in facts["probes"]}
    found.different += [
        f"{one.probe}: on purpose, and not among the facts" for one in purposes if one.probe not in known
    ]
    return found


def _sort(found: Comparison, name: str, lines: list[str], purposes: tuple[Purpose, ...]) -> None:
    expected = [one for one in purposes if one.probe == name]
    other = [line for line in lines if not any(one.covers(line) for one in expected)]
    idle = [one for one in expected if not any(one.covers(line) for line in lines)]
    if other or idle:
        found.different += other + [f"{name}: said to differ on purpose, and does not" for _ in idle]
    else:
        (found.on_purpose if lines else found.same).append(name)


def read_facts(path: Path) -> dict[str, Any]:
    """Give observations as they were written."""
    observations: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return observations
