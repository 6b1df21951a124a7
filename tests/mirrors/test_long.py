"""Mirrors that are killed in the middle of an item, on bad lines, and on a Dask cluster that loses a worker.

`make test-mirror` runs these (10 000 entries with archives, 100 with files), `make soak` the big form of them.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from nomad_sandbox import Sandbox
from nomad_sandbox.synthetic import content_of
from nomad_swagger.mirrors.layout import read_layout
from nomad_swagger.mirrors.ledger import Book
from tests.transfers.conftest import Cutter

pytestmark = [pytest.mark.mirror, pytest.mark.journey]

SOAK = bool(os.environ.get("NOMAD_SWAGGER_SOAK"))
ENTRIES, WITH_FILES = (100_000, 1000) if SOAK else (10_000, 100)
KILLS, JOBS, PER_UPLOAD = 3, 4, 10
FILE_BYTES, CUT_BYTES = (300_000, 5 << 20) if SOAK else (150_000, 1 << 20)
BIG_BYTES = 12 << 20
RATE = 20
COMMAND = [sys.executable, "-m", "nomad_swagger", "mirror"]
_PATIENCE_S = 1800 if SOAK else 170


class Timed(deque[tuple[str, str, int]]):
    """The server's log, with the time of each answer."""

    def __init__(self) -> None:
        super().__init__(maxlen=1_000_000)
        self.times: list[float] = []

    def append(self, row: tuple[str, str, int], /) -> None:
        self.times.append(time.monotonic())
        super().append(row)

    def busiest_second(self) -> int:
        """Give the most answers within any second."""
        times, begin, most = sorted(self.times), 0, 0
        for end, moment in enumerate(times):
            while moment - times[begin] > 1:
                begin += 1
            most = max(most, end - begin + 1)
        return most

    def of(self, piece: str) -> list[str]:
        return [path for _, path, _ in self if piece in path]


@pytest.fixture
def box() -> Iterator[Sandbox]:
    running = Sandbox()
    running.requests = Timed()
    with running:
        yield running


def environment(box: Sandbox, url: str, tmp_path: Path, **profile: object) -> dict[str, str]:
    """Give an environment whose config names the server, with a login in variables of its own."""
    config = tmp_path / "config.yaml"
    keycloak = {"server_url": box.keycloak_url}
    config.write_text(json.dumps({"profiles": {"shop": {"url": url, "keycloak": keycloak, **profile}}}))
    login = {"NOMAD_CLIENT_USER": "leonard", "NOMAD_CLIENT_PASSWORD": "password"}
    return {**os.environ, "NOMAD_SWAGGER_CONFIG": str(config), **login}


def said(env: Mapping[str, str], *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *words], env=dict(env), capture_output=True, text=True, check=False, timeout=_PATIENCE_S
    )
    assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def killed(env: Mapping[str, str], words: list[str], ready: Callable[[], bool]) -> bool:
    """Run a mirror and kill it in the middle of an item; False where it was over before."""
    with subprocess.Popen(
        [*COMMAND, *words], env=dict(env), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        end = time.monotonic() + _PATIENCE_S
        while not ready() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        over = process.poll() is not None
        process.kill()
        assert process.stderr is not None
        assert not over or process.returncode == 0, process.stderr.read()
    return not over


def in_an_item(folder: Path) -> bool:
    with suppress(OSError):
        return any(path.stat().st_size for path in folder.rglob("*.part"))
    return False


def done_keys(folder: Path) -> set[str]:
    with suppress(Exception):
        return {item.key for item in Book(read_layout(folder).ledger).items("done")}
    return set()


def test_many_archives_come_once_though_the_run_is_killed_three_times(box: Sandbox, tmp_path: Path) -> None:
    for _ in range(10):
        box.add_entries(ENTRIES // 10)
    env, folder = environment(box, box.api_url_v1, tmp_path), tmp_path / "copy"
    words = ["run", "--everything", "--files", "none", "--archives", "--to", str(folder), "--profile", "shop"]
    kept: dict[Path, int] = {}
    for number in range(KILLS):
        least = len(list(folder.glob("archives/*.ndjson"))) + ENTRIES // 10_000 * (number > 0)

        def ready(least: int = least) -> bool:
            there = len(list(folder.glob("archives/*.ndjson")))
            return there >= least and in_an_item(folder)

        assert killed(env, words, ready)
        done = done_keys(folder)
        shards = {path for path in folder.glob("*/*-0*") if not path.name.endswith(".part")}
        kept |= {path: path.stat().st_mtime_ns for path in shards if _key(path) in done}
    said(env, "run", "--to", str(folder), "--resume", "--profile", "shop")
    assert kept
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    told = json.loads(said(env, "verify", str(folder), "-o", "json").stdout)
    assert (told["totals"]["entries"], told["totals"]["listed"]) == (ENTRIES, ENTRIES)
    assert (told["totals"]["archives"], told["good"]) == (ENTRIES, True)
    shards = (path.read_text().splitlines() for path in folder.glob("archives/*.ndjson"))
    ids = [line[14:42] for lines in shards for line in lines]
    assert len(ids) == len(set(ids)) == ENTRIES
    per_shard, lost = 13, KILLS * JOBS * 6  # what a part that goes on asks for in small pages first
    assert len(box.requests.of("archive/query")) <= ENTRIES // 1000 * per_shard + lost  # type: ignore[attr-defined]
    _nothing_but_the_listing(box, env, words)


def _key(path: Path) -> str:
    kind, number = path.parent.name, path.stem.rpartition("-")[2]
    return f"{kind}/{number}"


def _nothing_but_the_listing(box: Sandbox, env: Mapping[str, str], words: list[str]) -> None:
    box.requests.clear()
    said(env, *words)
    asked = [path for _, path, _ in box.requests if "/entries" in path or "/uploads" in path]
    assert asked
    assert all(path.endswith("/entries/query") for path in asked)


def test_files_come_once_over_a_line_that_cuts_and_a_run_that_is_killed_and_a_changed_byte_is_mended(
    box: Sandbox, tmp_path: Path
) -> None:
    uploads = [box.add_entries(PER_UPLOAD, file_bytes=FILE_BYTES) for _ in range(WITH_FILES // PER_UPLOAD)]
    line = Cutter(box.port, CUT_BYTES, bytes_per_s=8 << 20 if SOAK else 2 << 20)
    env = environment(box, box.api_url_v1.replace(box.url, line.url), tmp_path)
    box.faults.plan("503:0.03@raw", "429:0.02@raw")
    folder = tmp_path / "copy"
    words = ["run", "--everything", "--archives", "--to", str(folder), "--profile", "shop"]
    for number in range(KILLS):
        time_to = time.monotonic() + random.uniform(0, 0.5)

        def ready(number: int = number, time_to: float = time_to) -> bool:
            return len(done_keys(folder)) > number and in_an_item(folder) and time.monotonic() > time_to

        box.requests.clear()
        done = done_keys(folder)
        assert killed(env, words, ready)
        for upload_id in (key.partition("/")[2] for key in done if key.startswith("files/")):
            assert not box.requests.of(f"uploads/{upload_id}/raw")  # type: ignore[attr-defined]
    line.bytes_per_s = 0
    said(env, "run", "--to", str(folder), "--resume", "--profile", "shop")
    told = json.loads(said(env, "verify", str(folder), "-o", "json").stdout)
    assert (told["totals"]["files"], told["totals"]["listed"], told["good"]) == (WITH_FILES, WITH_FILES, True)
    for upload_id in uploads:
        for number in range(PER_UPLOAD):
            path = folder / upload_id / f"synthetic/{number:06d}/main.out"
            assert path.read_bytes() == content_of(number, FILE_BYTES)
    box.faults.clear()
    _mended(box, env, folder, uploads[3])
    _nothing_but_the_listing(box, env, words)
    line.close()


def _mended(box: Sandbox, env: Mapping[str, str], folder: Path, upload_id: str) -> None:
    name = f"{upload_id}/synthetic/000004/main.out"
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    assert name in said(env, "verify", str(folder), code=8).stderr
    box.requests.clear()
    said(env, "run", "--to", str(folder), "--resume", "--profile", "shop")
    asked = box.requests.of("/uploads/")  # type: ignore[attr-defined]
    assert asked
    assert all(name.partition("/")[2] in path for path in asked)
    said(env, "verify", str(folder))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[[Mapping[str, str]], tuple[str, list[int]]]]:
    """Starts a Dask scheduler and two workers in processes of their own; gives its address and their ids."""
    running: list[subprocess.Popen[bytes]] = []

    def start(env: Mapping[str, str]) -> tuple[str, list[int]]:
        file = tmp_path / "scheduler.json"
        quiet = {"env": dict(env), "cwd": tmp_path, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        scheduler = ["-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard", "--host", "127.0.0.1"]
        worker = ["-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        to_file = ["--scheduler-file", str(file)]
        running.append(subprocess.Popen([sys.executable, *scheduler, *to_file], **quiet))  # type: ignore[call-overload]
        end = time.monotonic() + 60
        while not file.exists() and time.monotonic() < end:
            time.sleep(0.05)
        for _ in range(2):
            running.append(subprocess.Popen([sys.executable, *worker, *to_file], **quiet))  # type: ignore[call-overload]
        return str(json.loads(file.read_text())["address"]), [process.pid for process in running[1:]]

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_a_dask_cluster_that_loses_a_worker_in_the_middle_of_a_file_brings_it_by_the_other_one(
    box: Sandbox, cluster: Callable[[Mapping[str, str]], tuple[str, list[int]]], tmp_path: Path
) -> None:
    uploads = [box.add_entries(5, file_bytes=20_000) for _ in range(6)]
    big = box.add_entries(1, file_bytes=BIG_BYTES)
    line = Cutter(box.port, 0, bytes_per_s=2 << 20)
    env = environment(box, box.api_url_v1.replace(box.url, line.url), tmp_path, requests_per_s=RATE)
    address, workers = cluster(env)
    folder = tmp_path / "copy"
    words = ["run", "--everything", "--archives", "--to", str(folder), "--profile", "shop", "--dask", address]
    _wait_for_workers(address, 2)
    box.requests.times.clear()  # type: ignore[attr-defined]
    with subprocess.Popen([*COMMAND, *words], env=env, stderr=subprocess.PIPE, text=True) as run:
        victim = _writer_of(folder / big, workers)
        os.kill(victim, 9)
        assert run.stderr is not None
        errors = run.stderr.read()
        assert run.wait(timeout=_PATIENCE_S) == 0, errors
    line.close()
    items = {item.key: item for item in Book(read_layout(folder).ledger).items("done")}
    assert items[f"files/{big}"].attempts == 2
    assert {items[f"files/{upload_id}"].attempts for upload_id in uploads} == {1}
    assert (folder / big / "synthetic/000000/main.out").read_bytes() == content_of(0, BIG_BYTES)
    said(env, "verify", str(folder))
    assert box.requests.busiest_second() <= RATE + 3  # type: ignore[attr-defined]  # three processes begin at once
    assert "password" not in errors


def _wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    with Client(address) as client:  # type: ignore[no-untyped-call]
        client.wait_for_workers(count, timeout=60)  # type: ignore[no-untyped-call]


def _writer_of(folder: Path, workers: list[int]) -> int:
    """Give the worker that has a part below a folder open, once a quarter of it is there."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        with suppress(OSError):
            if any(path.stat().st_size > BIG_BYTES // 4 for path in folder.rglob("*.part")):
                for pid in workers:
                    names = [str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()]
                    if any(name.startswith(str(folder)) for name in names):
                        return pid
        time.sleep(0.02)
    raise AssertionError("no worker was seen at the big file")
