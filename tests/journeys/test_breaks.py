"""What happens when the server dies, or when tokens are short-lived."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.settings import sandbox_profile
from tests.journeys.conftest import COMMAND, LEONARD, Run, Start

pytestmark = pytest.mark.journey

BIG_BYTES = 300 << 20


def big_folder(tmp_path: Path, tutorial_data: Path) -> Path:
    folder = tmp_path / "big"
    folder.mkdir()
    (folder / "si.out").write_bytes((tutorial_data / "silicon" / "si.out").read_bytes())
    with (folder / "wavefunctions.dat").open("wb") as file:
        file.truncate(BIG_BYTES)
    return folder


def test_a_server_that_dies_in_mid_download_leaves_no_file_and_the_next_try_completes(
    start: Start, run: Run, tutorial_data: Path, tmp_path: Path
) -> None:
    # a port that was bound as "any" cannot be bound again at once: ask for a number from the beginning
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = start("--data", "kept", port=port)
    (upload_id,) = run(
        "upload", str(big_folder(tmp_path, tutorial_data)), "--publish", "--yes", "-o", "ids"
    ).stdout.split()
    command = [*COMMAND, "download", f"{upload_id}/big/wavefunctions.dat", "--to", "dl"]
    with subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env={**os.environ, "NOMAD_CLIENT_URL": "sandbox"}
    ) as process:
        part = tmp_path / "dl" / "wavefunctions.dat.part"
        while not (part.exists() and part.stat().st_size):
            assert process.poll() is None, "the download was over before the server could die"
            time.sleep(0.001)
        box.kill()
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(timeout=60) == 6
    assert f"{BIG_BYTES:,}" in said
    assert " of " in said
    assert list((tmp_path / "dl").iterdir()) == []
    start("--data", "kept", port=port)
    path = run("download", f"{upload_id}/big/wavefunctions.dat", "--to", "dl").stdout.strip()
    assert (tmp_path / path).stat().st_size == BIG_BYTES


def test_tokens_that_run_out_are_renewed_one_at_a_time_without_a_failed_request(tutorial_data: Path) -> None:
    lifetime_s = 3
    begin = time.monotonic()
    with Sandbox(token_ttl_s=lifetime_s) as box:
        client = ns.connect(profile=sandbox_profile(box.url), user=LEONARD, password="password")
        made = ns.wait(client, ns.upload(client, tutorial_data / "silicon"))
        end = time.monotonic() + 8

        def look(_: int) -> int:
            calls = 0
            while time.monotonic() < end:
                assert ns.get_upload(client, made).upload_id == made.upload_id
                calls += 1
            return calls

        with ThreadPoolExecutor(8) as pool:
            calls = sum(pool.map(look, range(8)))
        spent_s = time.monotonic() - begin
        tokens = [status for method, path, status in box.requests if method == "POST" and path.endswith("/token")]
        others = [status for _, path, status in box.requests if not path.endswith("/token")]
    assert calls > 8
    assert set(tokens) == {200}
    assert set(others) == {200}
    # a token is used for two thirds of a short life
    assert len(tokens) <= spent_s / (lifetime_s * 2 / 3) + 1
