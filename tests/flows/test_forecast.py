"""What NOMAD will probably recognise, scored against real outputs, also under names that tell nothing."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_swagger.flows.forecast import forecast, recognised
from nomad_swagger.generations.mainfiles import mainfiles

TESTS = Path(__file__).parents[1]
OUTPUTS = {
    "Quantum ESPRESSO": [*TESTS.glob("sandbox/data/qe/*.out"), *TESTS.parent.glob("tutorials/data/*/*.out")],
    "NWChem": [TESTS / "sandbox/data/h2o.out"],
}
OTHERS = [path for ending in ("in", "nw", "md", "sh") for path in TESTS.glob(f"sandbox/data/**/*.{ending}")]
# The first lines of codes whose outputs are not here; made up after their banners.
BANNERS = {
    "VASP": b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<modeling>\n <generator>\n',
    "FHI-aims": b"------\n          Invoking FHI-aims ...\n",
    "ABINIT": b"\n.Version 8.0.8 of ABINIT \n.(MPI version)\n",
    "Gaussian": b" Entering Gaussian System, Link 0=g16\n",
    "ORCA": b"          * O   R   C   A *\n",
    "CP2K": b"  **** ****  PROGRAM STARTED AT   2020-01-01\n",
    "LAMMPS": b"LAMMPS (3 Mar 2020)\n",
    "Siesta": b"Siesta Version  : v4.1\n",
}


@pytest.mark.parametrize("generation", ["v0", "v1"])
@pytest.mark.parametrize("names", ["own", "stripped", "gz"])
def test_real_outputs_are_recognised_by_content_and_inputs_are_not(tmp_path: Path, generation: str, names: str) -> None:
    due = {}
    for number, (code, path) in enumerate((kind, one) for kind in OUTPUTS for one in OUTPUTS[kind]):
        name = {"own": path.name, "stripped": f"file{number}", "gz": f"file{number}.gz"}[names]
        target = tmp_path / "calc" / f"run{number}" / name
        target.parent.mkdir(parents=True)
        target.write_bytes(gzip.compress(path.read_bytes()) if names == "gz" else path.read_bytes())
        due[f"calc/run{number}/{name}"] = code
    for number, path in enumerate(OTHERS):
        shutil.copy(path, tmp_path / "calc" / (path.name if names == "own" else f"other{number}"))
    found = dict(recognised(ns.manifest(tmp_path / "calc"), generation))
    right = sum(found.get(path) == code for path, code in due.items())
    assert right == len(due), f"{right} of {len(due)} outputs"
    assert not set(found) - set(due)


@pytest.mark.parametrize(("code", "head"), BANNERS.items())
def test_banners_tell_codes(code: str, head: bytes) -> None:
    fits = [one.code for one in mainfiles("v1") if one.fits("output", head)]
    assert fits[:1] == [code]


def test_an_outcar_beside_a_vasprun_is_no_mainfile(tmp_path: Path) -> None:
    folder = tmp_path / "calc"
    folder.mkdir()
    (folder / "OUTCAR").write_bytes(b" vasp.5.4.4\n")
    assert recognised(ns.manifest(folder), "v1") == [("calc/OUTCAR", "VASP")]
    (folder / "vasprun.xml").write_bytes(BANNERS["VASP"])
    assert recognised(ns.manifest(folder), "v1") == [("calc/vasprun.xml", "VASP")]


def test_only_todays_nomad_reads_its_own_format(tmp_path: Path) -> None:
    folder = tmp_path / "calc"
    folder.mkdir()
    (folder / "sample.archive.yaml").write_text("data:\n")
    assert recognised(ns.manifest(folder), "v0") == []
    assert recognised(ns.manifest(folder), "v1") == [("calc/sample.archive.yaml", "NOMAD's own format")]


def test_limits_that_would_be_broken_are_told(each: Any, tmp_path: Path) -> None:
    folder = tmp_path / "calc"
    folder.mkdir()
    with (folder / "huge").open("wb") as file:
        file.truncate(40 << 30)
    told = forecast(each, ns.manifest(folder), uploads=11).limits
    assert [words.partition(";")[0] for words in told] == ["42,949,672,960 bytes", "0 of your uploads are unpublished"]
    (folder / "huge").write_bytes(b"x")
    assert forecast(each, ns.manifest(folder)).limits == ()
