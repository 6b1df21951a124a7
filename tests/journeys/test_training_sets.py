"""A training set of three codes, written by a process that is killed twice, and what it costs on a slow line.

With ``NOMAD_SWAGGER_SOAK=1`` (``make soak``) 2 000 frames, the memory of the process, and the time of a serial loop.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ase.io
import numpy as np
import orjson
import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.science.units import factor
from tests.flows.relay import Fault, Passing, Relay

pytestmark = pytest.mark.journey
SOAK = bool(os.environ.get("NOMAD_SWAGGER_SOAK"))
ENTRIES, FRAMES, PAGE, SHARD = (200, 10, 5, 700) if SOAK else (18, 4, 2, 20)
CODES = ("VASP", "Quantum Espresso", "FHI-aims")
KILL_AFTER = (3, 4)  # pages, of the first and the second run
FLAT_MIB, LATENCY_S, TIMES_FASTER = 16, 0.05, 6
EV_J, FORCE_N, ANGSTROM_M = factor("eV"), factor("eV/angstrom"), 1e-10

_WRITE = """
import psutil, sys
import nomad_swagger as ns
used = []
client = ns.connect(sys.argv[1], spec="nomad-1.4.3")
found = ns.archives(client, upload_id=sys.argv[2], page_size=5, progress=lambda done, total: used.append(
    psutil.Process().memory_info().rss))
found.to_extxyz(sys.argv[3])
print(max(used[len(used) // 4:]) - max(used[: len(used) // 4]))
"""
# A NOMAD that takes its time, in a process of its own, so that it takes none of the client's.
_SLOW = """
import sys
from pathlib import Path
from nomad_sandbox import Sandbox
with Sandbox(data=Path(sys.argv[1]), latency_s=float(sys.argv[2])) as box:
    print(box.api_url_v1, flush=True)
    sys.stdin.read()
"""


def archive_of(number: int, atoms: int) -> dict[str, Any]:
    """A relaxation, whose numbers come from its own."""
    dice = np.random.default_rng(number)
    cell = [[9.1 * ANGSTROM_M, 0, 0], [0, 9.2 * ANGSTROM_M, 0], [0, 0, 9.3 * ANGSTROM_M]]
    systems, calculations = [], []
    for frame in range(FRAMES):
        system = {"atom_labels": ["Si"] * atoms, "atom_positions": (dice.random((atoms, 3)) * 9 * ANGSTROM_M).tolist()}
        systems.append({**system, "lattice_vectors": cell, "configuration_periodic_dimensions": [True] * 3})
        forces = (dice.normal(size=(atoms, 3)) * FORCE_N).tolist()
        reference = f"/section_run/0/section_system/{frame}"
        calculations.append(
            {
                "single_configuration_calculation_to_system_ref": reference,
                "energy_total": dice.normal(-500.0 - number, 1.0) * EV_J,
                "atom_forces": forces,
            }
        )
    return {
        "section_run": [
            {"section_system": systems, "section_single_configuration_calculation": calculations, "program_name": ""}
        ]
    }


def fill(box: Sandbox, entries: int, atoms: int) -> str:
    """Put entries of all codes into a sandbox, with archives of some frames each; gives the upload's id."""
    upload_id = box.add_entries(entries * 4 // 3)
    for number, path in enumerate(sorted(box.store.archive_path(upload_id, "").parent.glob("*"))):
        path.write_bytes(orjson.dumps(archive_of(number, atoms)))
    return upload_id


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


@pytest.fixture(scope="module")
def upload_id(sandbox: Sandbox) -> str:
    return fill(sandbox, ENTRIES, 24 if SOAK else 3)


@pytest.fixture
def relay(sandbox: Sandbox) -> Iterator[Relay]:
    between = Relay(sandbox.url)
    yield between
    between.close()


def test_a_set_that_is_killed_twice_is_whole_in_the_end_and_nothing_is_asked_for_again(
    sandbox: Sandbox, upload_id: str, relay: Relay, tmp_path: Path
) -> None:
    pages, most, killed = 0, 0, threading.Event()

    def hold(passing: Passing) -> Fault | None:
        nonlocal pages
        if not passing.path.endswith("archive/query"):
            return None
        pages += 1
        if pages <= most:
            return None
        killed.wait(60)
        return Fault(lost=True)

    relay.fault = hold
    command = [sys.executable, "-m", "nomad_swagger", "archive", "--query-entries", f"upload_id={upload_id}"]
    command += [f"code={code}" for code in CODES]
    command += ["--frames", "all", "--shard", str(SHARD), "--page-size", str(PAGE), "--to", "set.extxyz"]
    command += ["--url", f"{relay.url}/prod/v1/api/v1", "--spec", "nomad-1.4.3"]
    for most in KILL_AFTER:
        pages, begun = 0, entries_done(tmp_path)
        killed.clear()
        with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, start_new_session=True) as run:
            # the second time the page that is held may be the one that comes first in the set
            wait_for(lambda: (begun or entries_done(tmp_path)) and pages > most)  # noqa: B023
            os.killpg(run.pid, signal.SIGKILL)
        killed.set()
    left = ENTRIES - entries_done(tmp_path)
    assert 0 < left < ENTRIES
    asked_before = -1
    while asked_before != pages:  # what the killed one had sent is still on its way through
        asked_before = pages
        time.sleep(0.2)
    pages, most = 0, ENTRIES
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert pages == -(-left // PAGE), "what was there was not asked for again"
    assert f"{ENTRIES * FRAMES} frames of {ENTRIES} entries" in done.stderr
    assert "energy per atom" in done.stderr

    client = ns.connect(sandbox.api_url_v1, spec="nomad-1.4.3")
    expected = [
        atoms
        for one in ns.archives(client, upload_id=upload_id, code=list(CODES))
        for atoms in ns.to_ase(one, frame="all")
    ]
    read = [atoms for name in done.stdout.split() for atoms in ase.io.read(tmp_path / name, ":", format="extxyz")]
    assert len(read) == len(expected) == ENTRIES * FRAMES
    assert {atoms.info["code"] for atoms in read} == set(CODES)
    for atoms, twin in zip(read, expected, strict=True):
        assert abs(atoms.get_potential_energy() - twin.get_potential_energy()) < 1e-8
        assert np.abs(atoms.get_forces() - twin.get_forces()).max() < 1e-7
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(done.stdout.split()), "and nothing else is left"


def entries_done(folder: Path) -> int:
    return sum(ledger.read_bytes().count(b'"entry_id"') for ledger in folder.glob(".*.ledger"))


def wait_for(what: Any) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.skipif(not SOAK, reason="minutes of a machine's own: make soak")
def test_memory_is_flat_over_two_thousand_frames(sandbox: Sandbox, upload_id: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WRITE, sandbox.api_url_v1, upload_id, str(tmp_path / "set.extxyz")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    sys.stderr.write(f"grown by {int(done.stdout) / (1 << 20):.1f} MiB\n")
    assert int(done.stdout) < FLAT_MIB << 20


@pytest.mark.skipif(not SOAK, reason="a time, which is the machine's: make soak")
def test_on_a_slow_line_a_set_comes_six_times_as_fast_as_by_a_serial_loop(tmp_path: Path) -> None:
    with Sandbox(data=tmp_path / "data") as quick:
        upload_id = fill(quick, ENTRIES, 3)  # what is measured is the line
    command = [sys.executable, "-c", _SLOW, str(tmp_path / "data"), str(LATENCY_S)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as slow:
        assert slow.stdout is not None
        client = ns.connect(slow.stdout.readline().strip(), spec="nomad-1.4.3")
        words: dict[str, Any] = {"upload_id": upload_id, "code": list(CODES)}
        begin = time.perf_counter()
        with (tmp_path / "loop.extxyz").open("w") as file:
            for entry in ns.search(client, **words):
                ase.io.write(file, ns.to_ase(ns.archive(client, entry), frame="all"), format="extxyz")
        serial_s = time.perf_counter() - begin
        begin = time.perf_counter()
        made = ns.archives(client, **words).to_extxyz(tmp_path / "set.extxyz")
        ours_s = time.perf_counter() - begin
        slow.communicate("")
    assert made.tally.frames == ENTRIES * FRAMES
    told = f"{made.tally.frames} frames: {serial_s:.1f} s one by one, {ours_s:.1f} s ours"
    sys.stderr.write(f"{told}, {serial_s / ours_s:.1f} x\n")
    assert serial_s / ours_s >= TIMES_FASTER
