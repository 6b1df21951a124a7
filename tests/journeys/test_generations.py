"""One script without a branch, on a NOMAD of 2020 and on one of today."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from tests.journeys.conftest import LEONARD, Run, Start

pytestmark = pytest.mark.journey

APIS = ["/prod/rae/api", "/prod/rae-0.8/api", "/prod/v1/api/v1"]
EV_J = 1.602176634e-19


def tell(url: str, data: Path, folder: Path) -> dict[str, object]:
    """The whole flow, as a scientist would write it."""
    client = ns.connect(url, user=LEONARD, password="password")
    upload = ns.wait(client, ns.upload(client, data / "silicon"))
    published = ns.publish(client, upload, comment="Si, LDA", references=["https://example.org/paper"])
    anyone = ns.connect(url)
    (entry,) = ns.search(anyone, elements=["Si"], code="Quantum Espresso", upload_id=upload.upload_id)
    output = ns.download(anyone, f"{entry.upload_id}/{entry.mainfile}", to=folder)
    bundle = ns.download(anyone, entry, to=folder)
    with zipfile.ZipFile(bundle) as archive:
        names = {name.rpartition("/")[2] for name in archive.namelist()} - {"manifest.json"}
    assert ns.archive(anyone, entry.entry_id)
    mistake = ns.wait(client, ns.upload(client, data / "silicon", name="a mistake"))
    ns.delete(client, mistake)
    with pytest.raises(ns.NotFound):
        ns.get_upload(client, mistake)
    with pytest.raises(ns.UnknownArgument, match="elements"):
        ns.search(anyone, element="Si")
    return {
        "published": published.published,
        "formula": entry.formula,
        "elements": entry.elements,
        "code": entry.code,
        "owner": entry.owner,
        "comment": entry.comment,
        "references": entry.references,
        "mainfile": entry.mainfile,
        "output": output.read_bytes(),
        "names": names,
        "none with oxygen": ns.search(anyone, elements=["Si", "O"], upload_id=upload.upload_id).total,
        "any of two codes": ns.search(anyone, code=["VASP", "Quantum Espresso"], upload_id=upload.upload_id).total,
    }


@pytest.mark.filterwarnings("ignore:nothing found")
def test_one_script_tells_the_same_story_on_every_generation(tutorial_data: Path, tmp_path: Path) -> None:
    with Sandbox() as box:
        stories = [tell(box.url + api, tutorial_data, tmp_path / str(number)) for number, api in enumerate(APIS)]
    assert stories[0]["formula"] == "Si2"
    assert stories[1] == stories[0]
    assert stories[2] == stories[0]


def test_an_upload_made_through_one_generation_is_seen_through_the_other(tutorial_data: Path) -> None:
    with Sandbox() as box:
        old, new = (ns.connect(box.url + api, user=LEONARD, password="password") for api in (APIS[0], APIS[2]))
        upload = ns.wait(new, ns.upload(new, tutorial_data / "silicon"))
        assert ns.get_upload(old, upload.upload_id).status == "SUCCESS"
        ns.publish(old, upload.upload_id)
        assert ns.get_upload(new, upload).published


@pytest.mark.parametrize("api", APIS)
def test_every_helper_command_does_its_work_with_a_profile(
    start: Start, run: Run, tutorial_data: Path, tmp_path: Path, api: str
) -> None:
    box = start()
    config = tmp_path / "config.yaml"
    config.write_text(json.dumps({"profiles": {"ours": {"url": box.url + api}}}))
    more = {"NOMAD_SWAGGER_CONFIG": str(config), "NOMAD_CLIENT_URL": ""}
    assert LEONARD in run("whoami", "--profile", "ours", **more).stdout
    (upload_id,) = run(
        "upload", str(tutorial_data / "silicon"), "-o", "ids", "--profile", "ours", **more
    ).stdout.split()
    run("wait", upload_id, "--profile", "ours", **more)
    assert upload_id in run("uploads", "-o", "ids", "--profile", "ours", **more).stdout
    run("publish", upload_id, "--yes", "--comment", "c", "--profile", "ours", **more)
    assert upload_id not in run("uploads", "-o", "ids", "--profile", "ours", **more).stdout
    (entry_id,) = run("search", "elements=Si", "-o", "ids", "--profile", "ours", **more).stdout.split()
    assert Path(tmp_path / run("download", entry_id, "--profile", "ours", **more).stdout.strip()).exists()
    assert Path(tmp_path / run("download", "elements=Si", "--profile", "ours", **more).stdout.strip()).exists()
    assert json.loads(run("archive", entry_id, "--profile", "ours", **more).stdout)
