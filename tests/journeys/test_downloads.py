"""Downloads that are cut, or started many at once in threads and processes."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import zipfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.settings import Profile
from tests.journeys.conftest import COMMAND
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

pytestmark = pytest.mark.journey
__all__ = ["box", "content", "packed", "upload_id"]

ROUNDS, CALLS = (50, 2000) if SOAK else (2, 60)
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


def fetch(where: Profile, file: str, folder: Path) -> str:
    client = ns.connect(profile=where, user="leonard", password="password")
    return one(client, file, folder)


def one(client: Any, file: str, folder: Path) -> str:
    """Download a file, and give the hash of what stands under the name, or the error."""
    try:
        return sha256(ns.download(client, file, to=folder).read_bytes())
    except (ns.UsageError, ns.TransferError) as error:
        return type(error).__name__


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_files_of_one_name_into_one_folder_never_mix(
    box: Sandbox, upload_id: str, content: dict[str, bytes], kind: str, tmp_path: Path
) -> None:
    names = [f"runs/{number}/CHGCAR" for number in range(FILES)]
    client = connect(box, "v1")
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    pool = ThreadPoolExecutor(FILES) if kind == "threads" else ProcessPoolExecutor(FILES, mp_context=context)
    with pool:
        for number in range(ROUNDS):
            folder = tmp_path / str(number)
            futures = [
                pool.submit(one, client, f"{upload_id}/{name}", folder)
                if kind == "threads"
                else pool.submit(fetch, profile(box, "v1"), f"{upload_id}/{name}", folder)
                for name in names
            ]
            got = [future.result(timeout=120) for future in futures]
            hashes = [sha256(content[name]) for name in names]
            assert all(seen in (own, "UsageError", "TransferError") for seen, own in zip(got, hashes, strict=True))
            assert sum(seen in hashes for seen in got) == 1
            assert [path.name for path in folder.iterdir()] == ["CHGCAR"]


def test_archives_into_one_file_twice_at_once_are_there_once(box: Sandbox, tmp_path: Path) -> None:
    upload = box.add_entries(40)
    file = tmp_path / "all.ndjson"
    command = [*COMMAND, "archive", "--query-entries", f"upload_id={upload}", "--page-size", "4", "--to", str(file)]
    runs = [
        subprocess.Popen(command, env=environment(box, "v1"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    codes = sorted(run.communicate(timeout=120) and run.returncode for run in runs)
    assert codes[0] == 0
    assert codes[1] in (0, 2, 6)
    ids = [json.loads(line)["entry_id"] for line in file.read_text().splitlines()]
    assert len(ids) == len(set(ids)) == 40
    subprocess.run(command, env=environment(box, "v1"), check=True, capture_output=True, timeout=60)
    assert len(file.read_text().splitlines()) == 40
    assert parts(tmp_path) == []


def ask_many(client: Any, pairs: list[tuple[str, str]]) -> int:
    return sum(
        ns.search(client, entry_id=entry_id).total != 1 or mainfile_of(client, entry_id) != mainfile
        for entry_id, mainfile in pairs
    )


def mainfile_of(client: Any, entry_id: str) -> str:
    return next(iter(ns.search(client, entry_id=entry_id))).mainfile


_SHARED: list[Any] = []


def ask_shared(pairs: list[tuple[str, str]]) -> int:
    return ask_many(_SHARED[0], pairs)


def begin(where: Profile) -> None:
    _SHARED[:] = [ns.connect(profile=where, user="leonard", password="password")]


@pytest.mark.parametrize("kind", ["fork", "spawn", "forkserver", "threads", "asyncio"])
def test_every_answer_is_the_one_that_was_asked_for(box: Sandbox, kind: str) -> None:
    upload = box.add_entries(20)
    client = connect(box, "v1")
    pairs = [(entry.entry_id, entry.mainfile) for entry in ns.search(client, upload_id=upload)]
    assert len(pairs) == 20
    chunks = [pairs[number % 20 :] + pairs[: number % 20] for number in range(max(CALLS // 40, 4))]
    if kind == "threads":
        with ThreadPoolExecutor(8) as pool:
            wrong = sum(pool.map(lambda chunk: ask_many(client, chunk), chunks))
    elif kind == "asyncio":

        async def all_of_them() -> int:
            return sum(await asyncio.gather(*(asyncio.to_thread(ask_many, client, chunk) for chunk in chunks)))

        wrong = asyncio.run(all_of_them())
    else:
        _SHARED[:] = [client]  # a fork takes it along, connections and all
        context = multiprocessing.get_context(kind)
        more = {} if kind == "fork" else {"initializer": begin, "initargs": (profile(box, "v1"),)}
        with ProcessPoolExecutor(4, mp_context=context, **more) as pool:
            wrong = sum(pool.map(ask_shared, chunks))
    assert wrong == 0
