"""Downloads that are killed, interrupted, cut, and started many at once, with the command line and in processes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import multiprocessing
import os
import random
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.settings import Keycloak, Profile
from tests.journeys.conftest import COMMAND, LEONARD
from tests.transfers.conftest import Cutter

pytestmark = pytest.mark.journey

SOAK = bool(os.environ.get("NOMAD_SWAGGER_SOAK"))
KILLS, ROUNDS, CALLS = (50, 50, 2000) if SOAK else (5, 4, 60)
BIG_BYTES, CUT_BYTES = (200 << 20, 5 << 20) if SOAK else (12 << 20, 1 << 20)
FILES = 16


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def profile(box: Sandbox, version: str, url: str = "") -> Profile:
    api_url = {"v0": box.api_url_08, "v1": box.api_url_v1}[version].replace(box.url, url or box.url)
    return Profile(name="sandbox", url=api_url, keycloak=Keycloak(box.keycloak_url))


def connect(box: Sandbox, version: str, url: str = "") -> Any:
    return ns.connect(profile=profile(box, version, url), user="leonard", password="password")


@pytest.fixture(scope="module")
def content() -> dict[str, bytes]:
    data = Path(__file__).parents[1] / "sandbox" / "data"
    files = {"calc/si.out": (data / "si.out").read_bytes(), "calc/big.dat": random.Random(7).randbytes(BIG_BYTES)}
    return {**files, **{f"runs/{number}/CHGCAR": random.Random(number).randbytes(300_000) for number in range(FILES)}}


@pytest.fixture(scope="module")
def upload_id(box: Sandbox, content: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> str:
    packed = tmp_path_factory.mktemp("packed") / "x.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    client = connect(box, "v1")
    return str(ns.publish(client, ns.upload(client, packed)).upload_id)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def environment(box: Sandbox, version: str, url: str = "") -> dict[str, str]:
    where = profile(box, version, url)
    assert where.keycloak is not None
    login = {"NOMAD_CLIENT_USER": LEONARD, "NOMAD_CLIENT_PASSWORD": "password"}
    keycloak = {"NOMAD_KEYCLOAK_SERVER_URL": where.keycloak.server_url}
    return {**os.environ, "NOMAD_CLIENT_URL": where.url, **login, **keycloak}


def parts(folder: Path) -> list[Path]:
    return list(folder.rglob("*.part"))


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


@pytest.mark.parametrize("what", ["file", "zip"])
def test_a_download_that_is_killed_at_any_moment_goes_on_when_it_is_typed_again(
    box: Sandbox, upload_id: str, content: dict[str, bytes], what: str, tmp_path: Path
) -> None:
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    line = Cutter(box.port, 0, bytes_per_s=BIG_BYTES // 2)
    target = f"{upload_id}/calc/big.dat" if what == "file" else upload_id
    final = tmp_path / ("big.dat" if what == "file" else f"{upload_id}.zip")
    command = [*COMMAND, "download", target, "--to", str(tmp_path)]
    for _ in range(KILLS):
        final.unlink(missing_ok=True)
        with subprocess.Popen(
            command, env=environment(box, "v1", line.url), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            end = time.monotonic() + 30
            while not parts(tmp_path) and process.poll() is None and time.monotonic() < end:
                time.sleep(0.005)
            time.sleep(dice.uniform(0, 0.5))
            process.kill()
        assert len(parts(tmp_path)) <= 1, f"seed {seed}"
        if final.exists():
            assert zipfile.is_zipfile(final) if what == "zip" else final.stat().st_size == BIG_BYTES
    line.bytes_per_s = 0
    subprocess.run(
        [*command, "--replace"], env=environment(box, "v1", line.url), check=True, capture_output=True, timeout=60
    )
    line.close()
    assert [path.name for path in tmp_path.iterdir()] == [final.name], f"seed {seed}"
    if what == "file":
        assert sha256(final.read_bytes()) == sha256(content["calc/big.dat"]), f"seed {seed}"
    else:
        with zipfile.ZipFile(final) as archive:
            assert archive.testzip() is None


def test_ctrl_c_ends_eight_downloads_within_a_second_and_they_go_on(
    box: Sandbox, upload_id: str, content: dict[str, bytes], tmp_path: Path
) -> None:
    line = Cutter(box.port, 0, bytes_per_s=200_000)
    command = [*COMMAND, "download", upload_id, "--extract", "--jobs", "8", "--to", str(tmp_path)]
    with subprocess.Popen(command, env=environment(box, "v0", line.url), stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while not parts(tmp_path):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        begin = time.monotonic()
        assert process.wait(timeout=30) == 130
        took_s = time.monotonic() - begin
        process.stderr.read()
    line.close()
    assert took_s < 5, "a second, on a machine that is not busy"
    whole = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".part"]
    assert all(path.read_bytes() == content[path.relative_to(tmp_path / upload_id).as_posix()] for path in whole)
    done = subprocess.run(command, env=environment(box, "v0"), check=True, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == str(tmp_path / upload_id)
    folder = tmp_path / upload_id
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == set(content)


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
