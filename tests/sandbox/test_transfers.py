"""The transfer layer: stored zips and parts of them, the storage gateway, limits, rate, connections."""

from __future__ import annotations

import io
import os
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from cheroot.workers.threadpool import WorkerThread

from nomad_sandbox import Sandbox
from nomad_sandbox.conditions import CENTRAL, Gate, Rate, read_rate
from nomad_sandbox.limits import Limits, read_limits

Pack = Callable[[Mapping[str, bytes]], bytes]


class Put:
    """One published upload."""

    def __init__(self, api: Any, files: Mapping[str, bytes], **embargo: Any) -> None:
        self.upload_id = api.process_v1(files)["upload_id"]
        self.before = api.get(f"/uploads/{self.upload_id}/raw")
        api.act(self.upload_id, "publish", **embargo)
        self.path = f"/uploads/{self.upload_id}/raw"


@pytest.fixture(scope="module")
def files(silicon: dict[str, bytes]) -> dict[str, bytes]:
    return {**silicon, "AcAg/big.bin": os.urandom(600_000)}


@pytest.fixture(scope="module")
def put(users: Any, files: dict[str, bytes]) -> Put:
    return Put(users.v1("leonard"), files)


def test_the_zip_of_a_published_upload_is_a_stored_file(put: Put, nobody_v1: Any, files: dict[str, bytes]) -> None:
    answer = nobody_v1.get(put.path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert {"ETag", "Last-Modified"} <= answer.headers.keys()
    assert not {"Content-Disposition", "Transfer-Encoding"} & answer.headers.keys()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert {info.filename: archive.read(info) for info in archive.infolist()} == files
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    assert nobody_v1.get(put.path).content == answer.content


@pytest.mark.parametrize(
    ("asked", "begin", "end"), [("0-99", 0, 100), ("100-", 100, None), ("-100", -100, None), ("5-9999999", 5, None)]
)
def test_a_part_of_it_is_given(asked: str, begin: int, end: int | None, put: Put, nobody_v1: Any) -> None:
    whole = nobody_v1.get(put.path).content
    part = nobody_v1.get(put.path, headers={"Range": f"bytes={asked}"})
    assert (part.status_code, part.content) == (206, whole[begin:end])
    first = begin % len(whole)
    assert part.headers["Content-Range"] == f"bytes {first}-{first + len(part.content) - 1}/{len(whole)}"
    assert int(part.headers["Content-Length"]) == len(part.content)


def test_a_part_beyond_the_end_is_refused_with_the_size(put: Put, nobody_v1: Any) -> None:
    size = int(nobody_v1.get(put.path).headers["Content-Length"])
    beyond = nobody_v1.get(put.path, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")


def test_a_part_is_given_only_of_the_file_that_it_was_begun_with(put: Put, nobody_v1: Any) -> None:
    told = nobody_v1.get(put.path).headers
    for condition, status in ((told["ETag"], 206), (told["Last-Modified"], 206), ('"other"', 200), ("nonsense", 200)):
        part = nobody_v1.get(put.path, headers={"Range": "bytes=0-99", "If-Range": condition})
        assert (part.status_code, len(part.content) == 100) == (status, status == 206), condition


@pytest.mark.parametrize("odd", ["lines=0-9", "bytes=9-0", "bytes=a-b", "bytes=0-9,20-29"])
def test_a_range_that_is_not_understood_is_passed_over(odd: str, put: Put, nobody_v1: Any) -> None:
    assert nobody_v1.get(put.path, headers={"Range": odd}).status_code == 200


def test_head_is_no_method_of_v1(put: Put, nobody_v1: Any) -> None:
    for path in (put.path, "/info", f"{put.path}/AcAg/big.bin"):
        answer = nobody_v1.call("HEAD", path)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_the_zip_is_there_for_published_uploads_alone(put: Put) -> None:
    assert put.before.status_code == 400


def test_the_zip_under_embargo_is_for_the_upload_s_people(users: Any, files: dict[str, bytes]) -> None:
    held = Put(users.v1("leonard"), files, embargo_length=3)
    assert users.v1(None).get(held.path).status_code == 403
    part = users.v1("leonard").get(held.path, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content[:2]) == (206, b"PK")


def test_licensed_files_are_not_in_the_zip(users: Any, files: dict[str, bytes]) -> None:
    put = Put(users.v1("leonard"), {**files, "AcAg/POTCAR": b"secret\nEnd of Dataset\n"})
    with zipfile.ZipFile(io.BytesIO(users.v1(None).get(put.path).content)) as archive:
        assert {*files, "AcAg/POTCAR.stripped"} == set(archive.namelist())


def test_the_zip_follows_what_an_admin_changes(users: Any, files: dict[str, bytes]) -> None:
    put, admin = Put(users.v1("leonard"), files), users.v1("admin")
    assert admin.call("PUT", f"{put.path}/", params={"file_name": "new.txt"}, data=b"new").status_code == 200
    with zipfile.ZipFile(io.BytesIO(admin.get(put.path).content)) as archive:
        assert archive.read("new.txt") == b"new"


def test_a_file_of_v1_comes_in_chunks_without_ranges(put: Put, nobody_v1: Any, files: dict[str, bytes]) -> None:
    answer = nobody_v1.get(f"{put.path}/AcAg/big.bin", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, files["AcAg/big.bin"])
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert not {"Content-Length", "Accept-Ranges"} & answer.headers.keys()


@pytest.mark.parametrize(("asked", "size"), [((100, 50), 50), ((599_990, 50), 10), ((700_000, 50), 0)])
def test_offset_and_length_choose_on_both_faces(
    asked: tuple[int, int], size: int, put: Put, users: Any, files: dict[str, bytes]
) -> None:
    offset, length = asked
    expected = files["AcAg/big.bin"][offset : offset + length]
    assert len(expected) == size
    for api, path in (
        (users.v1("leonard"), f"{put.path}/AcAg/big.bin"),
        (users.api("leonard"), f"/raw/{put.upload_id}/AcAg/big.bin"),
    ):
        answer = api.get(path, params={"offset": offset, "length": length})
        assert (answer.status_code, answer.content) == (200, expected)
        assert not {"Content-Length", "Accept-Ranges"} & answer.headers.keys()
        assert answer.headers["Content-Type"] == "application/octet-stream"


@pytest.fixture(scope="module")
def remote(users: Any, files: dict[str, bytes]) -> Iterator[tuple[Any, Put, Put]]:
    with Sandbox(storage_gateway=True) as box:
        own = type(users)(box)
        yield own, Put(own.v1("leonard"), files), Put(own.v1("leonard"), files, embargo_length=1)


@pytest.fixture(scope="module")
def narrow(users: Any) -> Iterator[Any]:
    with Sandbox(limits=Limits(unpublished=2, upload_bytes=50_000)) as box:
        yield type(users)(box)


class TestStorageGateway:
    """Downloads of what is public come from another port."""

    def test_an_address_on_another_port_is_given_and_it_gives_ranges(self, remote: tuple[Any, Put, Put]) -> None:
        users, put, _ = remote
        sent = users.v1(None).get(put.path, allow_redirects=False)
        address = sent.headers["Location"]
        assert sent.status_code == 307
        assert address.split("/")[2] != users.sandbox.url.split("/")[2]
        part = requests.get(address, headers={"Range": "bytes=0-99"}, timeout=20)
        assert (part.status_code, len(part.content)) == (206, 100)
        whole = requests.get(address, timeout=20)
        assert zipfile.ZipFile(io.BytesIO(whole.content)).testzip() is None

    def test_the_address_is_for_what_it_was_signed_for(self, remote: tuple[Any, Put, Put]) -> None:
        users, put, other = remote
        address = users.v1(None).get(put.path, allow_redirects=False).headers["Location"]
        assert requests.get(address.replace(put.upload_id, other.upload_id), timeout=20).status_code == 403
        assert requests.get(address.replace("X-Expires=1", "X-Expires=2"), timeout=20).status_code == 403
        assert requests.head(address, timeout=20).status_code == 403
        # a client that brings its token along gives it away: object stores refuse that
        assert requests.get(address, headers={"Authorization": "Bearer x"}, timeout=20).status_code == 400

    def test_what_is_under_embargo_comes_from_nomad_itself(self, remote: tuple[Any, Put, Put]) -> None:
        users, _, held = remote
        assert users.v1("leonard").get(held.path, allow_redirects=False).status_code == 200


class TestLimits:
    """Unpublished uploads, and their size."""

    def test_one_unpublished_upload_too_many_is_refused_on_both_faces(self, narrow: Any, zip_of: Pack) -> None:
        for number in range(2):
            narrow.api("leonard").process({"a.txt": b"%d" % number})
        body = zip_of({"a.txt": b"3"})
        v0 = narrow.api("leonard").call("PUT", "/uploads/", data=body)
        v1 = narrow.v1("leonard").call("POST", "/uploads", data=body)
        text = "Limit of unpublished uploads exceeded for user."
        assert (v0.status_code, v0.json()["message"]) == (400, text)
        assert (v1.status_code, v1.json()["detail"]) == (400, text)
        narrow.api("admin").process({"a.txt": b"3"})

    @pytest.mark.parametrize("kind", ["whole", "chunked", "form"])
    def test_an_upload_that_is_too_big_is_refused_and_leaves_nothing(self, kind: str, narrow: Any) -> None:
        folder = narrow.sandbox.store.folder
        for api, method in ((narrow.api("sheldon"), "PUT"), (narrow.v1("sheldon"), "POST")):
            body: dict[str, Any] = {"data": b"x" * 60_000}
            if kind == "chunked":
                body = {"data": iter([b"x" * 30_000] * 2)}
            elif kind == "form":
                body = {"files": {"file": ("a", b"x" * 60_000)}}
            answer = api.call(method, "/uploads/" if method == "PUT" else "/uploads?file_name=a", **body)
            assert (answer.status_code, "50000 bytes" in answer.text) == (400, True)
        assert list((folder / "incoming").iterdir()) == []
        assert list(folder.glob("receive-*")) == []

    @pytest.mark.parametrize("odd", ["", "many", "10,huge", "-1"])
    def test_limits_that_cannot_be_read_say_how_they_are_written(self, odd: str) -> None:
        with pytest.raises(ValueError, match="GiB"):
            read_limits(odd)


class TestRate:
    """What a proxy lets through."""

    def test_one_request_too_many_a_second_gets_the_proxy_s_page(self, users: Any) -> None:
        with Sandbox(rate=Rate(0.001)) as box:  # so rare that a busy machine is not too slow to be too quick
            info = f"{box.api_url_v1}/info"
            answers = [requests.get(info, timeout=20) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 503]
        assert answers[1].headers["Content-Type"] == "text/html"
        assert "Retry-After" not in answers[1].headers

    def test_requests_come_back_with_time_and_each_address_has_its_own(self) -> None:
        now = [0.0]
        gate = Gate(Rate(2, at_once=1, status=429), clock=lambda: now[0])
        assert gate.enter("a") is None
        crowded = gate.enter("a")
        assert crowded is not None
        assert (crowded.status, crowded.retry_after_s) == (429, 1)
        gate.leave("a")
        assert gate.enter("a") is None
        gate.leave("a")
        assert gate.enter("a") is not None
        assert gate.enter("b") is None
        now[0] = 0.5
        assert gate.enter("a") is None

    def test_central_s_rate_has_a_name(self) -> None:
        assert read_rate("central") == CENTRAL
        for odd in ("", "fast", "0", "3,at-once=x", "3,status=200", "3,colour=1"):
            with pytest.raises(ValueError, match="central"):
                read_rate(odd)


def test_an_answer_comes_after_the_latency() -> None:
    with Sandbox(latency_s=0.1) as box:
        begin = time.monotonic()
        requests.get(f"{box.api_url_v1}/info", timeout=20)
        assert time.monotonic() - begin >= 0.1


def workers() -> int:
    return sum(isinstance(thread, WorkerThread) for thread in threading.enumerate())


@pytest.fixture
def connect_to(sandbox: Sandbox) -> Iterator[Callable[[], socket.socket]]:
    made: list[socket.socket] = []

    def connect() -> socket.socket:
        made.append(socket.create_connection(("127.0.0.1", sandbox.port), timeout=60))
        return made[-1]

    yield connect
    for connection in made:
        connection.close()


@pytest.mark.parametrize("said", [b"", b"GET /prod/v1", b"GET /prod/v1/api/v1/info HTTP/1.1\r\nHost: x\r\n"])
def test_two_hundred_idle_connections_cost_no_worker(
    said: bytes, connect_to: Callable[[], socket.socket], nobody_v1: Any
) -> None:
    nobody_v1.get("/info")
    before = workers()
    idle = [connect_to() for _ in range(200)]
    for connection in idle:
        connection.sendall(said)
    assert nobody_v1.post("/entries/query", {})["data"] is not None
    assert workers() <= before + 1
    for connection in idle:
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):  # it is open still, and was told nothing
            connection.recv(1)


def test_a_request_may_come_in_pieces(connect_to: Callable[[], socket.socket]) -> None:
    connection = connect_to()
    for piece in (b"G", b"ET /prod/v1/api/v1/info HTTP/1.1\r\nHost: x\r\nConnec", b"tion: close\r\n", b"\r\n"):
        connection.sendall(piece)
        time.sleep(0.01)
    answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert answer.startswith(b"HTTP/1.1 200")


def test_a_folder_of_an_older_sandbox_gets_its_zips_when_they_are_asked_for(
    tmp_path: Path, users: Any, files: dict[str, bytes]
) -> None:
    with Sandbox(data=tmp_path) as box:
        put = Put(type(users)(box).v1("leonard"), files)
        (tmp_path / "uploads" / put.upload_id / "raw.zip").unlink()
        assert type(users)(box).v1(None).get(put.path).status_code == 200
