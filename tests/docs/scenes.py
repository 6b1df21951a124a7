"""What must be there before a how-to begins, and what its words stand for here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.client.client import NomadClient

DATA = Path(__file__).parents[2] / "tutorials" / "data"
DOI = "10.17172/NOMAD/2021.03.17-1"
LEONARD = "leonard.hofstadter@nomad-fairdi.tests.de"
Scene = Callable[[Sandbox, Path], Iterator[Mapping[str, str]]]


def client_of(sandbox: Sandbox) -> NomadClient:
    return ns.connect(sandbox.api_url_v1, user=LEONARD, password="password")


def publish_the_dataset(sandbox: Sandbox) -> str:
    """Give the DOI of six published calculations."""
    client = client_of(sandbox)
    upload = ns.publish(client, ns.upload(client, DATA / "silicon-cutoffs"))
    return ns.assign_doi(client, ns.create_dataset(client, "silicon of the how-tos", entries=upload), confirm=True).doi


def put_runs(folder: Path) -> None:
    """Put calculations where the pages have them."""
    shutil.copytree(DATA / "silicon-cutoffs", folder / "runs")
    shutil.copytree(DATA / "cristobalite", folder / "other")


@contextmanager
def beyond_10_000(sandbox: Sandbox, folder: Path) -> Iterator[Mapping[str, str]]:
    sandbox.add_entries(10_050, username="sheldon")
    yield {}


_LAB = {
    "wafer-17": {"m_def": "lab.schema.Sample", "lab_id": "S-17", "temperature": 900},
    "wafer-18": {"m_def": "lab.schema.Sample", "lab_id": "S-18", "temperature": 800},
    "scan-3": {
        "m_def": "lab.schema.XRDScan",
        "lab_id": "M-3",
        "peak_deg": 28.4,
        "samples": [{"reference": "../upload/archive/mainfile/lab/wafer-17.archive.json#/data"}],
    },
}


@contextmanager
def custom_schema(sandbox: Sandbox, folder: Path) -> Iterator[Mapping[str, str]]:
    """A lab's own entries, unpublished, and gone afterwards."""
    client = client_of(sandbox)
    lab = folder / "lab"
    lab.mkdir()
    for name, data in _LAB.items():
        lab.joinpath(f"{name}.archive.json").write_text(json.dumps({"data": data}), "utf-8")
    upload = ns.wait(client, ns.upload(client, lab))
    yield {}
    ns.delete(client, upload)


from_a_lab_id = custom_schema


@contextmanager
def an_assistant(sandbox: Sandbox, folder: Path) -> Iterator[Mapping[str, str]]:
    yield {'"central"': f'"{sandbox.api_url_v1}"'}


@contextmanager
def from_an_oasis_to_central(sandbox: Sandbox, folder: Path) -> Iterator[Mapping[str, str]]:
    """A second server, the oasis, with one upload."""
    with Sandbox() as oasis:
        ns.publish(client_of(oasis), ns.upload(client_of(oasis), folder / "runs"), comment="our oasis")
        for name in ("oasis", "home"):
            folder.joinpath(f"{name}.secret").write_text("password\n", "utf-8")
        yield {
            "me@example.org": LEONARD,
            "https://nomad.example.org/nomad-oasis/api/v1": oasis.api_url_v1,
            "https://nomad-lab.eu/prod/v1/api/v1": sandbox.api_url_v1,
        }


@contextmanager
def nothing(sandbox: Sandbox, folder: Path) -> Iterator[Mapping[str, str]]:
    yield {}
