"""An embedded NOMAD that takes its time for each answer, with an upload of many small files."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.settings import Keycloak, Profile

LATENCY_S = 0.05
_OUTPUT = Path(__file__).resolve().parent.parent / "tutorials" / "data" / "silicon" / "si.out"


@contextmanager
def slow_nomad(files: int, latency_s: float) -> Iterator[tuple[str, str]]:
    """Give the URL of its API 0.8.6 and the id of a published upload with so many files beside one entry."""
    with tempfile.TemporaryDirectory() as folder:
        with Sandbox(data=Path(folder)) as quick:
            upload_id = _publish(quick, files)
        with Sandbox(data=Path(folder), latency_s=latency_s) as slow:
            yield slow.api_url_08, upload_id


def _publish(box: Sandbox, files: int) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.write(_OUTPUT, "run/si.out")
        for number in range(files):
            archive.writestr(f"run/{number:05}.dat", b"%d" % number * 400)
    buffer.seek(0)
    profile = Profile(name="sandbox", url=box.api_url_08, keycloak=Keycloak(box.keycloak_url))
    client = ns.connect(profile=profile, user="leonard", password="password")
    return str(ns.publish(client, ns.upload(client, buffer, name="many")).upload_id)
