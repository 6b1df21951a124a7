"""The guide's three tasks of three lines each do what they say.

What the embedded NOMAD cannot have (TiO2 by VASP, its band gap, another's DOI) is put in other words here; all else is
run as it stands.
"""

from __future__ import annotations

import csv
import io
import re
import shlex
from pathlib import Path

import ase.io
import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.settings import Keycloak, Profile
from tests.cli.conftest import LEONARD, Say

TOP = Path(__file__).parents[2]
GUIDE = (TOP / "docs" / "guide.md").read_text("utf-8")
ENERGY = "run/-1/calculation/-1/energy/total/value"


def tasks() -> list[list[str]]:
    about = GUIDE[GUIDE.index("**Three tasks") : GUIDE.index("**Entries of a custom schema")]
    return [
        [line.removeprefix("$ nomad-swagger ") for line in block.splitlines()]
        for block in re.findall(r"```console\n(.*?)```", about, re.DOTALL)
    ]


@pytest.fixture(scope="module")
def doi(cli_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The DOI of a dataset of two published calculations."""
    folder = tmp_path_factory.mktemp("runs")
    for name in ("10Ry", "20Ry"):
        content = (TOP / "tutorials/data/silicon-cutoffs" / name / "si.out").read_bytes()
        folder.joinpath(f"{name}.out").write_bytes(content)
    profile = Profile(name="box", url=cli_sandbox.api_url_v1, keycloak=Keycloak(cli_sandbox.keycloak_url))
    client = ns.connect(profile=profile, user=LEONARD, password="password")
    upload = ns.publish(client, ns.upload(client, folder))
    dataset = ns.create_dataset(client, "silicon of the guide", entries=upload)
    return ns.assign_doi(client, dataset, confirm=True).doi


def test_each_task_takes_three_lines_that_work(say: Say, cli_sandbox: Sandbox, doi: str, tmp_path: Path) -> None:
    there = {
        "10.17172/NOMAD/2021.03.17-1": doi,
        "chemical_formula_reduced=O2Ti": "chemical_formula_reduced=Si",
        "code=VASP": 'code="quantum espresso"',
        "results/properties/electronic/band_gap/0/value": ENERGY,
        "--paths gap": "--paths energy/total",
        "Ada Lovelace": "Leonard Hofstadter",
        "--url central": f"--url {cli_sandbox.api_url_v1}",
        "ENTRY": say("search", f"doi={doi}", "--url", cli_sandbox.api_url_v1, "-o", "ids").out.split()[0],
    }
    printed: list[list[str]] = []
    for lines in tasks():
        assert len(lines) == 3
        printed.append([])
        text = "\n".join(lines)
        for guide, here in there.items():
            text = text.replace(guide, here)
        printed[-1] = [say(*shlex.split(line)).out for line in text.splitlines()]
    gaps, newest, frames = printed
    assert "Quantum Espresso" in gaps[0]
    assert ENERGY.replace("-1", "*") in gaps[1]
    table = list(csv.DictReader(io.StringIO(tmp_path.joinpath("gaps.csv").read_text())))
    assert len(table) >= 2
    assert all(float(row["gap_eV"]) < 0 for row in table)
    assert "Leonard Hofstadter" in newest[0]
    assert "CC BY 4.0" in newest[2]
    assert len(ase.io.read(tmp_path / "set.extxyz", ":")) == 2
    assert f"doi = {{{doi}}}" in frames[2]
