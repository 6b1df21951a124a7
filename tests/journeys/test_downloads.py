"""Downloads that are cut, or started many at once in threads and processes."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import zipfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from tests.journeys.asking import SHARED, ask_many, ask_shared, begin, side_by_side
from tests.journeys.transferred import (
    BIG_BYTES,
    FILES,
    SOAK,
    box,
    connect,
    content,
    environment,
    packed,
    parts,
    profile,
    sha256,
    upload_id,
)
from tests.transfers.conftest import Cutter
from tests.warm import Warm

pytestmark = pytest.mark.journey
__all__ = ["box", "content", "packed", "upload_id"]

ROUNDS, CALLS, PAIRS, WORKERS = (50, 2000, 20, 4) if SOAK else (2, 48, 6, 2)
# processes, and threads in each of them
WRITERS = [(1, 16), (16, 1), (16, 16)] if SOAK else [(1, 16), (4, 4)]
CUT_BYTES = 5 << 20 if SOAK else 1 << 20


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_line_that_cuts_brings_a_file_and_a_zip_with_hardly_a_byte_twice(
    box: Sandbox, upload_id: str, content: dict[str, bytes], version: str, tmp_path: Path
) -> None:
    line = Cutter(box.port, CUT_BYTES)
    client = connect(box, version, line.url)
    line.passed_bytes = 0
    path = ns.download(client, f"{upload_id}/calc/big.dat", to=tmp_path)
    assert sha256(path.read_bytes()) == sha256(content["calc/big.dat"])
    assert line.passed_bytes < 1.1 * BIG_BYTES
    if version == "v1":
        line.passed_bytes = 0
        path = ns.download(client, ns.Upload(upload_id), to=tmp_path)
        with zipfile.ZipFile(path) as archive:
            assert {name: sha256(archive.read(name)) for name in archive.namelist()} == {
                name: sha256(data) for name, data in content.items()
            }
        assert line.passed_bytes < 1.1 * path.stat().st_size
    assert parts(tmp_path) == []
    line.close()


@pytest.mark.parametrize(("processes", "threads"), WRITERS)
def test_files_of_one_name_into_one_folder_never_mix(
    box: Sandbox, upload_id: str, content: dict[str, bytes], processes: int, threads: int, tmp_path: Path
) -> None:
    names = [f"runs/{number}/CHGCAR" for number in range(FILES)]
    hashes = {f"{upload_id}/{name}": sha256(content[name]) for name in names}
    SHARED[:] = [connect(box, "v1")]
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context) if processes > 1 else ThreadPoolExecutor(1)
    with pool:
        for number in range(ROUNDS):
            folder = tmp_path / str(number)
            # each process has other files than the next, and all names are there
            shares = [[[*hashes][(n + k * processes) % FILES] for k in range(threads)] for n in range(processes)]
            futures = [pool.submit(side_by_side, share, folder) for share in shares]
            got = [future.result(timeout=120) for future in futures]
            seen = [pair for share, mine in zip(shares, got, strict=True) for pair in zip(share, mine, strict=True)]
            assert all(found in (hashes[file], "UsageError", "TransferError") for file, found in seen)
            assert len({found for _, found in seen} & {*hashes.values()}) == 1
            assert [path.name for path in folder.iterdir()] == ["CHGCAR"]


def test_archives_into_one_file_twice_at_once_are_there_once(box: Sandbox, warm: Warm, tmp_path: Path) -> None:
    upload = box.add_entries(40)
    file = tmp_path / "all.ndjson"
    command = ["archive", "--query-entries", f"upload_id={upload}", "--page-size", "4", "--to", str(file)]
    env = environment(box, "v1")
    with ThreadPoolExecutor(2) as pool:
        codes = sorted(run.returncode for run in pool.map(lambda _: warm.run(command, env=env), range(2)))
    assert codes[0] == 0
    assert codes[1] in (0, 2, 6)
    ids = [json.loads(line)["entry_id"] for line in file.read_text().splitlines()]
    assert len(ids) == len(set(ids)) == 40
    assert warm.run(command, env=env).returncode == 0
    assert len(file.read_text().splitlines()) == 40
    assert parts(tmp_path) == []


@pytest.mark.parametrize("kind", ["fork", "spawn", "forkserver", "threads", "asyncio"])
def test_every_answer_is_the_one_that_was_asked_for(box: Sandbox, kind: str) -> None:
    upload = box.add_entries(PAIRS)
    client = connect(box, "v1")
    pairs = [(entry.entry_id, entry.mainfile) for entry in ns.search(client, upload_id=upload)]
    assert len(pairs) == PAIRS
    chunks = [pairs[number % PAIRS :] + pairs[: number % PAIRS] for number in range(CALLS // (2 * PAIRS))]
    if kind == "threads":
        with ThreadPoolExecutor(8) as pool:
            wrong = sum(pool.map(lambda chunk: ask_many(client, chunk), chunks))
    elif kind == "asyncio":

        async def all_of_them() -> int:
            return sum(await asyncio.gather(*(asyncio.to_thread(ask_many, client, chunk) for chunk in chunks)))

        wrong = asyncio.run(all_of_them())
    else:
        SHARED[:] = [client]
        context = multiprocessing.get_context(kind)
        more = {} if kind == "fork" else {"initializer": begin, "initargs": (profile(box, "v1"),)}
        workers = WORKERS if SOAK or kind == "fork" else 1  # the others share nothing, and each imports everything
        with ProcessPoolExecutor(workers, mp_context=context, **more) as pool:
            wrong = sum(pool.map(ask_shared, chunks))
    assert wrong == 0
