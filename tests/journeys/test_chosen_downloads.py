"""A few files out of many: the bytes that move, and exactly those of an independent listing."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from tests.journeys.transferred import SOAK, connect, holds
from tests.transfers.conftest import Cutter

pytestmark = pytest.mark.journey

MEMBERS, WANTED, BYTES = 600, 20, 100_000 if SOAK else 5_000
UPLOADS = 30 if SOAK else 6
MORE_BYTES = 128 << 10  # the zip's directory, and what is asked before
OUTPUT = Path(__file__).parents[1] / "sandbox" / "data" / "si.out"


def put(client: Any, files: dict[str, bytes]) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    buffer.seek(0)
    return str(ns.publish(client, ns.upload(client, buffer, name="many")).upload_id)


@pytest.fixture(scope="module")
def box() -> Any:
    with Sandbox() as running:
        yield running


def test_twenty_of_six_hundred_members_move_little_more_than_themselves(box: Sandbox, tmp_path: Path) -> None:
    dice = random.Random(4)
    files = {"calc/si.out": OUTPUT.read_bytes()}
    files |= {f"calc/run{number:03}/data.bin": dice.randbytes(BYTES) for number in range(MEMBERS - 1)}
    upload_id = put(connect(box, "v1"), files)
    chosen = dice.sample(range(MEMBERS - 1), WANTED)
    line = Cutter(box.port)
    client = connect(box, "v1", line.url)
    line.passed_bytes = 0
    folder = ns.download(
        client, ns.Upload(upload_id), to=tmp_path, include=[f"*/run{number:03}/*" for number in chosen]
    )
    line.close()
    print(f"{WANTED} of {MEMBERS} members: {line.passed_bytes - WANTED * BYTES:,} bytes more than they have")
    assert line.passed_bytes <= WANTED * BYTES + MORE_BYTES
    wanted = {f"calc/run{number:03}/data.bin" for number in chosen}
    assert {name: (folder / name).read_bytes() for name in holds(folder)} == {name: files[name] for name in wanted}


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_files_chosen_of_a_query_are_those_of_an_independent_listing(
    box: Sandbox, version: str, tmp_path: Path
) -> None:
    client, dice = connect(box, version), random.Random(5)
    due: dict[str, bytes] = {}
    upload_ids = []
    for number in range(UPLOADS):
        names = [f"a{number}/{kind}{n}.dat" for n in range(dice.randrange(4)) for kind in ("band", "dos")]
        upload_ids.append(
            put(client, {f"a{number}/si.out": OUTPUT.read_bytes(), **{name: name.encode() for name in names}})
        )
        chosen = [name for name in names if "band" in name and not name.endswith("2.dat")]
        due |= {f"{upload_ids[-1]}/{name}": name.encode() for name in chosen}
    found = ns.search(client, upload_id=upload_ids)
    folder = ns.download(client, found, to=tmp_path, include=["band*"], exclude=["*2.dat"], jobs=8)
    assert {name: (folder / name).read_bytes() for name in holds(folder)} == due
