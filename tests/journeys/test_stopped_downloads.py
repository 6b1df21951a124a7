"""Downloads that are killed at any moment or stopped by Ctrl-C, and go on when they are asked for again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from tests.journeys.transferred import (
    BIG_BYTES,
    SOAK,
    box,
    connect,
    content,
    environment,
    holds,
    packed,
    parts,
    sha256,
    upload_id,
)
from tests.transfers.conftest import Cutter
from tests.warm import Warm

pytestmark = pytest.mark.journey
__all__ = ["box", "content", "packed", "upload_id"]

KILLS = 50 if SOAK else 10
FULL_S = 2.0 if SOAK else 0.6  # how long the slow line takes for all of it
JOBS = 8
HELD_BYTES = 150_000  # into a file of 300 kB; what comes before the files is less


# A process that begins a download whenever it is told to, in a child that can be killed: no start of Python for each.
BEGIN = """
import os, sys, nomad_swagger as ns
url, target, folder = sys.argv[1:]
client, download = ns.connect(url), ns.download
ns.get_upload(client, target.partition("/")[0])  # logs in, with all that is imported for it
for _ in sys.stdin:
    child = os.fork()
    if not child:
        try:
            download(client, target, to=folder)
        finally:
            os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0), flush=True)
"""


def bytes_there(folder: Path) -> int:
    """Give how much stands in a folder, parts and all; what is renamed under our eyes counts another time."""
    size = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            size += path.stat().st_size
    return size


@pytest.mark.parametrize("what", ["file", "zip"])
def test_a_download_that_is_killed_at_any_moment_goes_on_when_it_is_typed_again(
    box: Sandbox, upload_id: str, content: dict[str, bytes], what: str, warm: Warm, tmp_path: Path
) -> None:
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    line = Cutter(box.port, 0, bytes_per_s=int(BIG_BYTES / FULL_S))
    target = f"{upload_id}/calc/big.dat" if what == "file" else upload_id
    final = tmp_path / ("big.dat" if what == "file" else f"{upload_id}.zip")
    where = environment(box, "v1", line.url)
    begin = [sys.executable, "-c", BEGIN, where["NOMAD_CLIENT_URL"], target, str(tmp_path)]
    went_on = 0
    with subprocess.Popen(begin, env=where, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as beginner:
        assert beginner.stdin is not None
        assert beginner.stdout is not None
        for _ in range(KILLS):
            final.unlink(missing_ok=True)
            before = bytes_there(tmp_path)
            print(file=beginner.stdin, flush=True)
            child = int(beginner.stdout.readline())
            over = threading.Thread(target=beginner.stdout.readline)
            over.start()
            while bytes_there(tmp_path) == before and over.is_alive():
                over.join(0.005)
            over.join(dice.uniform(0, FULL_S / 2))
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            over.join()
            assert len(parts(tmp_path)) <= 1, f"seed {seed}"
            went_on += 0 < before < bytes_there(tmp_path)
            if final.exists():
                assert zipfile.is_zipfile(final) if what == "zip" else final.stat().st_size == BIG_BYTES
        beginner.stdin.close()
    line.bytes_per_s = 0
    command = ["download", target, "--to", str(tmp_path), "--replace"]
    assert warm.run(command, env=where, timeout_s=120).returncode == 0
    line.close()
    print(f"{what}: {KILLS} kills, seed {seed}; {went_on} went on in a part and left it longer")
    assert went_on, f"seed {seed}"
    assert holds(tmp_path) == {final.name}, f"seed {seed}"
    if what == "file":
        assert sha256(final.read_bytes()) == sha256(content["calc/big.dat"]), f"seed {seed}"
    else:
        with zipfile.ZipFile(final) as archive:
            assert archive.testzip() is None, f"seed {seed}"


@pytest.fixture(scope="module")
def draft_id(box: Sandbox, packed: Path) -> str:
    """Gives an upload that is not published, whose files come one by one."""
    client = connect(box, "v1")
    return str(ns.wait(client, ns.upload(client, packed)).upload_id)


def test_ctrl_c_ends_eight_downloads_at_once_and_the_same_command_completes_them(
    box: Sandbox, draft_id: str, content: dict[str, bytes], warm: Warm, tmp_path: Path
) -> None:
    line = Cutter(box.port, hold_bytes=HELD_BYTES)
    # a pinned description: a long answer that is no file would be held, too
    command = ["download", draft_id, "--extract", "--jobs", str(JOBS), "--to", str(tmp_path)]
    command += ["--spec", "nomad-1.4.3"]
    env = environment(box, "v1", line.url)
    with warm.start(command, env=env) as process:
        assert process.stderr is not None
        while line.held < JOBS:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        asked, connections = len(box.requests), line.connections
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        # no transfer gets any further, so that whoever waits for one waits for ever
        assert process.wait(timeout=60) == 130
        print(f"Ctrl-C with --jobs {JOBS}: back after {time.monotonic() - begin:.2f} s")
        assert process.stderr.read().strip() == "error: stopped"
    assert (len(box.requests), line.connections) == (asked, connections), "nothing was begun after Ctrl-C"
    folder = tmp_path / draft_id
    whole = {name for name in holds(folder) if not name.endswith(".part")}
    assert all((folder / name).read_bytes() == content[name] for name in whole)
    line.let_go()
    done = warm.run(command, env=env, timeout_s=120)
    line.close()
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(folder)
    assert holds(tmp_path) == {f"{draft_id}/{name}" for name in content}
    assert all(sha256((folder / name).read_bytes()) == sha256(data) for name, data in content.items())


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_zip_that_is_unpacked_and_was_stopped_leaves_nothing_beside_the_files(
    box: Sandbox, upload_id: str, content: dict[str, bytes], how: signal.Signals, warm: Warm, tmp_path: Path
) -> None:
    line = Cutter(box.port, hold_bytes=HELD_BYTES)
    command = ["download", upload_id, "--extract", "--to", str(tmp_path), "--spec", "nomad-0.8.6"]
    with warm.start(command, env=environment(box, "v0", line.url)) as process:
        while not line.held:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(how)
        process.wait(timeout=60)
    line.close()
    assert len(parts(tmp_path)) == (1 if how == signal.SIGKILL else 0)
    # the same server by another address: v0 makes the zip while it sends it, so what is left is of no use to anybody
    ns.download(connect(box, "v0"), ns.Upload(upload_id), to=tmp_path, extract=True)
    assert holds(tmp_path) == {f"{upload_id}/{name}" for name in content}
