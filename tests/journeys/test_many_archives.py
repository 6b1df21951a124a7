"""Thousands of archives, with all that goes wrong on a long run: failing pages, and a process that is killed."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from tests.flows.relay import Fault, Passing, Relay
from tests.warm import Warm

pytestmark = pytest.mark.journey
COUNT, PAGE = (10_000, 200) if os.environ.get("NOMAD_SWAGGER_SOAK") else (1_000, 50)
SETTLED = COUNT // 5  # by then all that is kept is there
FLAT_MIB = 24

# Prints one line for each archive: its id, and the memory that the process uses then, in bytes.
_READ = """
import psutil, sys
import nomad_swagger as ns
client = ns.connect(sys.argv[1], spec=sys.argv[2])
found = ns.archives(client, upload_id=sys.argv[3], page_size=int(sys.argv[4]), missing="raise")
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
    sandbox: Sandbox, upload_id: str, warm: Warm, path: str, spec: str
) -> None:
    words = ["-c", _READ, sandbox.url + path, spec, upload_id, str(PAGE)]
    done = warm.run(words, program="python", timeout_s=600)
    assert done.returncode == 0, done.stderr
    total, *lines = done.stdout.splitlines()
    assert int(total) == len(lines) == COUNT
    used_bytes = [int(line.split()[1]) for line in lines]
    added_mib = (max(used_bytes[SETTLED:]) - max(used_bytes[:SETTLED])) / (1 << 20)
    print(f"{spec}: {added_mib:.1f} MiB more from entry {SETTLED} to {COUNT}")
    assert added_mib < FLAT_MIB


def test_after_failing_pages_and_a_killed_process_all_ids_are_there_once(
    sandbox: Sandbox, upload_id: str, relay: Relay, warm: Warm, tmp_path: Path
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
        *("archive", "--query-entries", f"upload_id={upload_id}"),
        *("--page-size", str(PAGE), "--to", "all.ndjson", "--url", f"{relay.url}/prod/v1/api/v1"),
    ]
    with warm.start(command, cwd=tmp_path) as first:
        assert half_way.wait(120)
        first.kill()
    assert not (tmp_path / "all.ndjson").exists()
    (part,) = tmp_path.glob("all.ndjson.*.part")
    begun = part.read_bytes().count(b"\n")
    assert 0 < begun < COUNT
    asked_before = -1
    while asked_before != pages:  # what the killed one had sent is still on its way through
        asked_before = pages
        time.sleep(0.2)

    second = warm.run(command, cwd=tmp_path, timeout_s=600)
    assert second.returncode == 0, second.stderr
    assert f"all.ndjson: {COUNT} archives" in second.stderr
    assert not faults, "all three faults were met"
    assert pages - asked_before <= (COUNT - begun) // PAGE + 1, "what was there was not fetched again"
    lines = (tmp_path / "all.ndjson").read_text("utf-8").splitlines()
    ids = [json.loads(line)["entry_id"] for line in lines]
    client = ns.connect(sandbox.api_url_v1, spec="nomad-1.4.3")
    expected = sorted(entry.entry_id for entry in ns.search(client, upload_id=upload_id))
    assert ids == expected
    assert len(set(ids)) == COUNT
    assert list(tmp_path.iterdir()) == [tmp_path / "all.ndjson"]
