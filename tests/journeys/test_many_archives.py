"""Thousands of archives, with all that goes wrong on a long run: failing pages, and a process that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from tests.flows.relay import Fault, Passing, Relay

pytestmark = pytest.mark.journey
COUNT = 10_000 if os.environ.get("NOMAD_SWAGGER_SOAK") else 2_600
FLAT_MIB = 24

# Prints one line for each archive: its id, and the memory that the process uses then, in bytes.
_READ = """
import psutil, sys
import nomad_swagger as ns
client = ns.connect(sys.argv[1], spec=sys.argv[2])
found = ns.archives(client, upload_id=sys.argv[3], page_size=200, missing="raise")
print(len(found))
process = psutil.Process()
for archive in found:
    print(archive.entry_id, process.memory_info().rss)
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


@pytest.fixture(scope="module")
def upload_id(sandbox: Sandbox) -> str:
    return sandbox.add_entries(COUNT)


@pytest.fixture
def relay(sandbox: Sandbox) -> Iterator[Relay]:
    between = Relay(sandbox.url)
    yield between
    between.close()


@pytest.mark.parametrize(("path", "spec"), [("/prod/rae-0.8/api", "nomad-0.8.6"), ("/prod/v1/api/v1", "nomad-1.4.3")])
def test_iterating_takes_no_more_memory_at_the_end_than_at_the_beginning(
    sandbox: Sandbox, upload_id: str, path: str, spec: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _READ, sandbox.url + path, spec, upload_id], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    total, *lines = done.stdout.splitlines()
    assert int(total) == len(lines) == COUNT
    used_bytes = [int(line.split()[1]) for line in lines]
    assert max(used_bytes[1000:]) - max(used_bytes[:1000]) < FLAT_MIB << 20


def test_after_failing_pages_and_a_killed_process_all_ids_are_there_once(
    sandbox: Sandbox, upload_id: str, relay: Relay, tmp_path: Path
) -> None:
    faults = {2: Fault(status=502), 4: Fault(lost=True), 6: Fault(kept_bytes=5000)}
    kill_at, pages, half_way = 8, 0, threading.Event()

    def spoil(passing: Passing) -> Fault | None:
        nonlocal pages
        if not passing.path.endswith("archive/query"):
            return None
        pages += 1
        if pages >= kill_at:
            half_way.set()
        return faults.pop(pages, None)

    relay.fault = spoil
    command = [
        *(sys.executable, "-m", "nomad_swagger", "archive", "--query-entries", f"upload_id={upload_id}"),
        *("--page-size", "200", "--to", "all.ndjson", "--url", f"{relay.url}/prod/v1/api/v1"),
    ]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, start_new_session=True) as first:
        assert half_way.wait(120)
        os.killpg(first.pid, signal.SIGKILL)
    assert not (tmp_path / "all.ndjson").exists()
    (part,) = tmp_path.glob("all.ndjson.*.part")
    begun = part.read_bytes().count(b"\n")
    assert 0 < begun < COUNT
    asked_before = -1
    while asked_before != pages:  # what the killed one had sent is still on its way through
        asked_before = pages
        time.sleep(0.2)

    second = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    assert f"all.ndjson: {COUNT} archives" in second.stderr
    assert not faults, "all three faults were met"
    assert pages - asked_before <= (COUNT - begun) // 200 + 1, "what was there was not fetched again"
    lines = (tmp_path / "all.ndjson").read_text("utf-8").splitlines()
    ids = [json.loads(line)["entry_id"] for line in lines]
    client = ns.connect(sandbox.api_url_v1, spec="nomad-1.4.3")
    expected = sorted(entry.entry_id for entry in ns.search(client, upload_id=upload_id))
    assert ids == expected
    assert len(set(ids)) == COUNT
    assert list(tmp_path.iterdir()) == [tmp_path / "all.ndjson"]
