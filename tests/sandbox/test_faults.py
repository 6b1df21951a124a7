"""Each planned fault, seen on the socket."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from nomad_sandbox import Sandbox
from nomad_sandbox.faults import KINDS, TARGETS, Faults, read_fault

SIZE = 300_000
PATH = "/prod/v1/api/v1/info"


@pytest.fixture(autouse=True)
def clean_staging() -> None:
    """Nothing is uploaded here but what a test counts."""


@dataclass(frozen=True)
class Seen:
    """What came over a socket until its end."""

    data: bytes
    was_reset: bool

    @property
    def status(self) -> int:
        return int(self.data.split(b" ", 2)[1]) if self.data else 0

    @property
    def head(self) -> str:
        return self.data.partition(b"\r\n\r\n")[0].decode().lower()

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]


def talk(sandbox: Sandbox, sent: bytes) -> Seen:
    received = b""
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=20) as connection:
        try:
            connection.sendall(sent)
            while piece := connection.recv(1 << 16):
                received += piece
        except (ConnectionResetError, BrokenPipeError):
            return Seen(received, was_reset=True)
    return Seen(received, was_reset=False)


def ask(sandbox: Sandbox, path: str = PATH, *, method: str = "GET", head: str = "", body: bytes = b"") -> Seen:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    request = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}{length}\r\n"
    return talk(sandbox, request.encode() + body)


@pytest.fixture(scope="module")
def stormy() -> Iterator[Sandbox]:
    with Sandbox(seed=1) as running:
        yield running


@pytest.fixture
def storm(stormy: Sandbox) -> Iterator[Sandbox]:
    stormy.faults.clear()
    stormy.requests.clear()
    yield stormy
    stormy.faults.clear()


def test_a_cut_answer_ends_after_exactly_so_many_bytes_of_its_body(storm: Sandbox) -> None:
    whole = ask(storm)
    storm.faults.plan("cut:1kB@/info")
    cut = ask(storm)
    assert len(whole.body) > 1000
    assert (cut.body, cut.was_reset) == (whole.body[:1000], False)
    assert cut.head == whole.head.replace(whole.head.split("date: ")[1][:29], cut.head.split("date: ")[1][:29])


def test_an_answer_that_is_not_longer_than_the_cut_is_whole(storm: Sandbox) -> None:
    whole = ask(storm)
    storm.faults.plan(f"cut:{len(whole.body)}")
    assert ask(storm).body == whole.body


def test_a_reset_answer_ends_with_a_reset(storm: Sandbox) -> None:
    whole = ask(storm)
    storm.faults.plan("reset:1kB")
    seen = ask(storm)
    assert seen.was_reset
    assert whole.body.startswith(seen.body)
    assert len(seen.body) <= 1000


def test_a_reset_without_a_size_comes_before_anything_is_done(storm: Sandbox) -> None:
    storm.faults.plan("reset")
    assert ask(storm) == Seen(b"", was_reset=True)
    assert list(storm.requests) == [("GET", PATH, 0)]


def test_a_stalled_answer_says_nothing_more_for_its_time_and_is_reset_then(storm: Sandbox) -> None:
    storm.faults.plan("stall:100,seconds=0.3")
    begin = time.monotonic()
    seen = ask(storm)
    assert (len(seen.body), seen.was_reset) == (100, True)
    assert time.monotonic() - begin >= 0.3


def test_a_slow_answer_is_whole_and_takes_its_time(storm: Sandbox) -> None:
    whole = ask(storm)
    storm.faults.plan(f"slow:{len(whole.body) * 4}")
    begin = time.monotonic()
    assert ask(storm).body == whole.body
    assert time.monotonic() - begin >= 0.2


def test_an_answer_is_lost_after_the_call_was_done(storm: Sandbox) -> None:
    storm.faults.plan("lost-answer")
    assert ask(storm) == Seen(b"", was_reset=True)
    assert list(storm.requests) == [("GET", PATH, 200)]


@pytest.mark.parametrize(
    ("plan", "status", "header"),
    [
        ("html", 200, "content-type: text/html"),
        ("html:status=502", 502, "content-type: text/html"),
        ("503", 503, "content-type: text/html"),
        ("429:retry-after=2", 429, "retry-after: 2"),
    ],
)
def test_a_proxy_answers_in_the_place_of_nomad(plan: str, status: int, header: str, storm: Sandbox) -> None:
    storm.faults.plan(plan)
    seen = ask(storm, method="POST", path="/prod/v1/api/v1/entries/query", body=b"{}" * SIZE)
    assert (seen.status, seen.was_reset) == (status, False)
    assert header in seen.head
    assert seen.body.startswith(b"<html>")
    assert list(storm.requests) == [("POST", "/prod/v1/api/v1/entries/query", status)]


def test_an_upload_breaks_off_and_leaves_nothing(storm: Sandbox) -> None:
    storm.faults.plan("cut-upload:100kB@upload")
    token = requests.get(f"{storm.api_url_08}/auth/", auth=("leonard", "password"), timeout=20).json()["access_token"]
    head = f"Authorization: Bearer {token}\r\n"
    seen = ask(storm, "/prod/rae-0.8/api/uploads/", method="PUT", head=head, body=b"x" * SIZE)
    assert seen == Seen(b"", was_reset=True)
    assert list((storm.store.folder / "incoming").iterdir()) == []
    assert storm.store.value("SELECT count(*) FROM uploads") == 0


def test_chances_are_those_of_the_seed() -> None:
    def course(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.plan("503:0.3")
        return [bool(faults.of("GET", "/info")) for _ in range(200)]

    assert course(1) == course(1) != course(2)
    assert 30 < sum(course(1)) < 90


def test_a_fault_can_wait_and_end() -> None:
    faults = Faults(1)
    faults.plan("503:after=1,times=2")
    assert [bool(faults.of("GET", "/info")) for _ in range(5)] == [False, True, True, False, False]
    assert faults.happened() == {"503:after=1,times=2": 2}
    assert read_fault("lost-answer,times=1@publish").times == read_fault("lost-answer:times=1").times == 1


CALLS = {
    "raw": ("GET /raw/UP/a/b.txt", "GET /uploads/UP/raw", "GET /uploads/UP/raw/a/b", "POST /entries/raw/query"),
    "archive": ("GET /archive/UP/C", "POST /entries/archive/query", "GET /entries/E/archive", "POST /archive/query"),
    "search": ("GET /repo/", "POST /entries/query", "GET /entries"),
    "upload": ("PUT /uploads/", "POST /uploads", "PUT /uploads/UP/raw/a/b"),
    "uploads": ("GET /uploads/", "GET /uploads", "GET /uploads/UP"),
    "publish": ("POST /uploads/UP", "POST /uploads/UP/action/publish"),
    "process": ("POST /uploads/UP", "POST /uploads/UP/action/process"),
    "delete": ("DELETE /uploads/UP",),
    "edit": ("POST /repo/edit", "POST /uploads/UP/edit", "POST /entries/edit"),
    "dataset": ("PUT /datasets/", "GET /datasets", "POST /datasets/D/action/doi"),
    "login": ("POST /realms/r/protocol/openid-connect/token", "GET /auth/", "POST /auth/token"),
    "spec": ("GET /swagger.json", "GET /openapi.json"),
}


def test_every_target_means_its_calls_and_no_others() -> None:
    assert CALLS.keys() == TARGETS.keys()
    for target in TARGETS:
        fault = read_fault(f"503@{target}")
        met = {call for calls in CALLS.values() for call in calls if fault.meets(*call.split())}
        assert met == set(CALLS[target]), target


@pytest.mark.parametrize("plan", ["quake", "cut@raw", "cut:much@raw", "503:7", "503:x=1", "503:times=few", "503@moon"])
def test_a_plan_that_cannot_be_read_says_how_it_is_written(plan: str) -> None:
    with pytest.raises(ValueError, match=plan):
        read_fault(plan)


def test_every_kind_is_told_in_the_documentation() -> None:
    from nomad_sandbox import faults

    assert faults.__doc__ is not None
    assert all(f"``{kind}" in faults.__doc__ for kind in KINDS)
