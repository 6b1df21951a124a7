"""A mirror from its beginning to its end: what comes, what comes again, what stops it."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import nomad_swagger as ns
from nomad_sandbox.synthetic import content_of
from nomad_swagger.mirrors.executors import Hands, Width, width_of
from nomad_swagger.mirrors.layout import LAYOUT, read_layout
from nomad_swagger.mirrors.ledger import Book
from nomad_swagger.mirrors.orders import Brought, Order
from nomad_swagger.mirrors.verify import verify
from nomad_swagger.transfers.space import NoRoom, Room, room_of
from tests.mirrors.conftest import FILE_BYTES, Shop

DATA = Path(__file__).parents[1] / "sandbox" / "data"


def query_of(shop: Shop) -> dict[str, Any]:
    return {"upload_id": shop.uploads}


def book_of(folder: Path) -> Book:
    return Book(read_layout(folder).ledger)


def no_sleep(_: float) -> None:
    pass


def test_a_mirror_has_files_metadata_and_archives_and_a_finished_one_asks_for_the_listing_alone(
    shop: Shop, version: str, tmp_path: Path
) -> None:
    client, folder = shop.client(version), tmp_path / "copy"
    made = ns.mirror(client, query_of(shop), folder, archives=True)
    assert (made.entries, made.files, made.archives, made.complete) == (8, 8, 8, True)
    for upload_id in shop.uploads:
        for number in range(4):
            path = folder / upload_id / f"synthetic/{number:06d}/main.out"
            assert path.read_bytes() == content_of(number, FILE_BYTES)
    rows = pq.read_table(folder / "metadata").to_pylist()
    lines = [json.loads(line) for line in (folder / "archives/archives-00001.ndjson").read_text().splitlines()]
    assert {row["entry_id"] for row in rows} == {line["entry_id"] for line in lines}
    assert json.loads(rows[0]["raw"])["upload_id"] == rows[0]["upload_id"]
    assert verify(read_layout(folder)).good
    shop.asked()
    again = ns.mirror(client, query_of(shop), folder)
    assert set(shop.asked()) == {"search"}
    assert again == made


def test_a_changed_byte_is_named_and_the_next_run_mends_that_file_alone(
    shop: Shop, version: str, tmp_path: Path
) -> None:
    client, folder = shop.client(version), tmp_path / "copy"
    ns.mirror(client, query_of(shop), folder, archives=True)
    spoilt = f"{shop.uploads[0]}/synthetic/000002/main.out"
    content = bytearray((folder / spoilt).read_bytes())
    content[777] ^= 1
    (folder / spoilt).write_bytes(content)
    (folder / "mine.txt").write_text("not NOMAD's")
    found = verify(read_layout(folder))
    assert found.spoilt == {spoilt: "changed"}
    assert found.foreign == ("mine.txt",)
    others = {path: path.stat().st_mtime_ns for path in folder.rglob("main.out") if spoilt not in str(path)}
    shop.asked()
    ns.mirror(client, None, folder)
    assert shop.asked()["raw"] == 2  # its folder's listing, and the file
    assert {path: path.stat().st_mtime_ns for path in others} == others
    assert (folder / spoilt).read_bytes() == content_of(2, FILE_BYTES)
    after = verify(read_layout(folder))
    assert (after.good, after.totals.files) == (True, 8)
    assert (folder / "mine.txt").read_text() == "not NOMAD's"


@pytest.mark.parametrize("shard", ["metadata/entries-00001.parquet", "archives/archives-00001.ndjson"])
def test_a_lost_shard_comes_again_as_it_was(shop: Shop, shard: str, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    ns.mirror(shop.client(), query_of(shop), folder, files="none", archives=True)
    before = {path: path.read_bytes() for path in folder.glob("*/*-0*")}
    (folder / shard).unlink()
    assert verify(read_layout(folder)).spoilt == {shard: "missing"}
    ns.mirror(shop.client(), None, folder)
    assert verify(read_layout(folder)).good
    if shard.startswith("archives"):
        assert (folder / shard).read_bytes() == before[folder / shard]
    else:
        assert pq.read_table(folder / shard).num_rows == 8


def test_a_folder_that_is_something_else_is_refused(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(ns.UsageError, match="is something else"):
        ns.mirror(shop.client(), query_of(shop), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_another_query_a_newer_version_and_another_server_are_refused(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    ns.mirror(shop.client(), query_of(shop), folder, files="none")
    with pytest.raises(ns.UsageError, match="Choose another folder"):
        ns.mirror(shop.client(), {"code": "VASP"}, folder)
    with pytest.raises(ns.UsageError, match="Choose another folder"):
        ns.mirror(shop.client("v0"), None, folder)
    told = json.loads((folder / LAYOUT).read_text())
    (folder / LAYOUT).write_text(json.dumps({**told, "version": 99}))
    with pytest.raises(ns.UsageError, match="version 99"):
        ns.mirror(shop.client(), None, folder)
    with pytest.raises(ns.UsageError, match="is no mirror"):
        ns.mirror(shop.client(), None, tmp_path / "nowhere")
    with pytest.raises(ns.UnknownArgument):
        ns.mirror(shop.client(), {"nonsense": 1}, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_foreign_file_in_the_place_of_one_is_left_alone_and_its_upload_does_not_come(
    shop: Shop, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    ns.mirror(shop.client(), query_of(shop), folder, files="none")
    mine = folder / shop.uploads[0] / "synthetic/000001/main.out"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    with pytest.raises(ns.TransferError, match=r"1 of 3 items did not come: .*is there already.*mirror run --to"):
        ns.mirror(shop.client(), query_of(shop), folder, files="stored", sleep=no_sleep)
    assert mine.read_text() == "mine"


def test_more_can_be_wanted_of_a_mirror_that_is_there(shop: Shop, tmp_path: Path) -> None:
    client, folder = shop.client(), tmp_path / "copy"
    assert ns.mirror(client, query_of(shop), folder, files="none").items == 1
    more = ns.mirror(client, None, folder, files="stored", archives=True, include="*main.out", exclude="*000003*")
    assert (more.files, more.archives) == (6, 8)
    all_of_it = ns.mirror(client, None, folder, exclude=())
    assert (all_of_it.files, all_of_it.archives) == (8, 8)


def test_an_unpublished_upload_comes_file_by_file_and_the_entries_files_alone_where_asked(
    shop: Shop, version: str, tmp_path: Path
) -> None:
    client, source = shop.client(version), tmp_path / "up"
    (source / "si").mkdir(parents=True)
    (source / "water").mkdir()
    (source / "si/si.out").write_bytes((DATA / "si.out").read_bytes())
    (source / "water/h2o.out").write_bytes((DATA / "h2o.out").read_bytes())
    (source / "README").write_text("beside no entry")
    upload = ns.wait(client, ns.upload(client, source))
    found = ns.search(client, owner="staging", upload_id=upload.upload_id)
    formula = next(entry.formula for entry in found if entry.mainfile == "up/si/si.out")
    asked = {"upload_id": upload.upload_id, "formula": formula}
    own = ns.mirror(client, asked, tmp_path / "own", owner="staging", files="entries")
    whole = ns.mirror(client, asked, tmp_path / "whole", owner="staging")
    assert (own.entries, own.files, whole.files) == (1, 1, 3)
    assert (tmp_path / "own" / upload.upload_id / "up/si/si.out").read_bytes() == (DATA / "si.out").read_bytes()
    assert (tmp_path / "whole" / upload.upload_id / "up/README").read_text() == "beside no entry"
    ns.delete(client, upload)
    ns.mirror(client, asked, tmp_path / "own", owner="staging")
    kept = verify(read_layout(tmp_path / "own"))
    assert (kept.totals.gone, kept.good) == (1, True)  # listed, and not deleted here


def test_an_update_asks_for_what_was_processed_since_and_replaces_what_changed(
    shop: Shop, version: str, tmp_path: Path
) -> None:
    client, folder = shop.client(version), tmp_path / "copy"
    upload_id = shop.box.add_entries(3, file_bytes=1000)
    asked = {"code": ["Quantum Espresso", "VASP", "FHI-aims"], "upload_id": [upload_id, *shop.uploads]}
    first = ns.mirror(client, asked, folder, archives=True)
    entry = next(iter(ns.search(client, upload_id=upload_id)))
    ns.edit(client, entry, comment="looked at again")
    more = shop.box.add_entries(2, file_bytes=1000)
    shop.asked()
    same = ns.mirror(client, asked, folder, update=True)
    assert same.listed == first.listed
    assert shop.asked()["archive"] <= 1
    assert more not in {path.name for path in folder.iterdir()}
    rows = [row for row in pq.read_table(folder / "metadata").to_pylist() if row["entry_id"] == entry.entry_id]
    if version == "v0":  # this one looks at all of them, and an edit is no processing
        assert [row["comment"] for row in rows] == ["looked at again"]
    lines = (folder / "archives").glob("*.ndjson")
    ids = [json.loads(line)["entry_id"] for path in lines for line in path.read_text().splitlines()]
    assert sorted(ids) == sorted(set(ids))
    assert verify(read_layout(folder)).good
    ns.mirror(client, asked, folder)
    rows = [row for row in pq.read_table(folder / "metadata").to_pylist() if row["entry_id"] == entry.entry_id]
    assert [row["comment"] for row in rows] == ["looked at again"]
    assert verify(read_layout(folder)).good


def test_a_line_that_cuts_and_a_server_that_refuses_in_bursts_end_in_a_whole_mirror(
    shop: Shop, version: str, tmp_path: Path
) -> None:
    client = shop.client(version)
    shop.box.faults.plan("cut:9kB,times=3@raw", "503,times=2@archive", "429,times=2@search", "503:0.2,times=9@raw")
    client.nomad.transport.policy = client.nomad.transport.policy.__class__(sleep=no_sleep)
    client.nomad.transport.backoff._sleep = no_sleep
    made = ns.mirror(client, query_of(shop), tmp_path / "copy", archives=True, sleep=no_sleep)
    assert (made.files, made.archives) == (8, 8)
    assert verify(read_layout(tmp_path / "copy")).good


def test_a_server_that_fails_at_everything_stops_the_run_with_the_line_to_type(shop: Shop, tmp_path: Path) -> None:
    client, folder = shop.client(anonymous=True), tmp_path / "copy"
    ns.mirror(client, query_of(shop), folder, files="none")
    shop.box.faults.plan("500@/archive")
    waits: list[float] = []
    with pytest.raises(ns.NomadError, match=f"mirror run --to {folder} --resume"):
        ns.mirror(client, None, folder, archives=True, sleep=waits.append)
    shop.box.faults.clear()
    assert ns.mirror(client, None, folder).archives == 8


class Disk:
    """A disk that has so many bytes for a folder."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes

    def __call__(self, folder: Path) -> Room:
        used = sum(path.stat().st_size for path in folder.rglob("main.out*"))
        return Room(self.size_bytes - used, self.size_bytes)


def test_a_disk_that_is_full_at_60_percent_stops_the_run_before_and_a_bigger_one_goes_on(
    shop: Shop, version: str, tmp_path: Path
) -> None:
    client, folder = shop.client(version), tmp_path / "copy"
    disk = Disk(int(8 * FILE_BYTES * 0.6))
    with pytest.raises(NoRoom, match=f"about to be full.*mirror run --to {folder} --resume"):
        ns.mirror(client, query_of(shop), folder, room=disk, jobs=1)
    assert disk(folder).free_bytes >= 0
    shop.asked()
    made = ns.mirror(client, None, folder, jobs=1)
    assert made.files == 8
    assert verify(read_layout(folder)).good


def test_a_login_that_runs_out_stops_the_run_with_the_line_to_type(shop: Shop, tmp_path: Path) -> None:
    class Ends:
        left = 3

        def matches(self, url: str) -> bool:
            return "/api" in url

        def apply(self, request: Any) -> Any:
            self.left -= 1
            request.headers["Authorization"] = "Bearer gone" if self.left < 0 else f"Bearer {token}"
            return request

    good = shop.client()
    token = good.nomad.transport.authenticator.token if hasattr(good.nomad.transport.authenticator, "token") else ""
    if not token:
        answer = good.auth.get_token(grant_type="password", username="leonard", password="password")
        token = answer.response().result["access_token"]
    client = shop.client(authenticator=Ends())
    folder = tmp_path / "copy"
    with pytest.raises(ns.Unauthorized, match=f"mirror run --to {folder} --resume"):
        ns.mirror(client, query_of(shop), folder, archives=True, jobs=1, sleep=no_sleep)
    assert ns.mirror(good, None, folder).complete


def test_workers_elsewhere_get_no_secret_and_log_in_by_themselves(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = shop.client(per_s=30.0)
    hands = pickle.dumps(Hands(client, room_of))
    assert b"password" not in hands.replace(b"\x8c\x08password", b"")  # the field's name, which is empty
    assert b"leonard" not in hands
    remote: Hands = pickle.loads(hands)
    order = Order(book_with_one(shop, tmp_path), str(tmp_path / "copy"), per_s=10.0)
    with pytest.raises(ns.NoCredentials, match="worker on .* has no login"):
        remote(order)
    monkeypatch.setenv("NOMAD_CLIENT_USER", "leonard")
    monkeypatch.setenv("NOMAD_CLIENT_PASSWORD", "password")
    brought = remote(order)
    assert (brought.item.count, brought.tries) == (4, 2)  # the first one began, and had no login


def book_with_one(shop: Shop, tmp_path: Path) -> Any:
    folder = tmp_path / "copy"
    ns.mirror(shop.client(), {"upload_id": shop.uploads[0]}, folder, files="none")
    from nomad_swagger.mirrors.ledger import Item

    return Item(f"files/{shop.uploads[0]}", "files", attempts=1)


class Lossy(Executor):
    """Loses the worker of the first order, as a cluster's node that is switched off."""

    def __init__(self) -> None:
        self._pool, self.lost = ThreadPoolExecutor(2), 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.lost:
            return self._pool.submit(fn, *args, **kwargs)
        self.lost += 1
        future: Future[Any] = Future()
        future.set_exception(RuntimeError("KilledWorker"))
        return future


def test_the_item_of_a_lost_worker_goes_back_and_the_ledger_shows_the_second_attempt(
    shop: Shop, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    made = ns.mirror(shop.client(), query_of(shop), folder, executor=Lossy(), sleep=no_sleep)
    assert made.complete
    attempts = sorted(item.attempts for item in book_of(folder).items("done") if item.kind == "files")
    assert attempts == [1, 2]
    assert verify(read_layout(folder)).good


def test_the_rate_of_a_server_is_divided_over_the_processes() -> None:
    assert Width(8, 4).share(30) == 6  # this one counts, too
    assert Width(4, 0).share(30) == 30
    assert width_of(ThreadPoolExecutor(3)) == Width(3, 0)


def test_archives_that_are_not_there_are_named_and_not_asked_for_again(shop: Shop, tmp_path: Path) -> None:
    upload_id = shop.box.add_entries(5, without_archive={1, 3})
    folder = tmp_path / "copy"
    made = ns.mirror(shop.client(), {"upload_id": upload_id}, folder, files="none", archives=True)
    assert (made.archives, made.absent, made.complete) == (3, 2, True)
    shop.asked()
    ns.mirror(shop.client(), {"upload_id": upload_id}, folder)
    assert set(shop.asked()) == {"search"}


def test_files_that_the_server_keeps_back_are_named_in_the_ledger(shop: Shop, version: str, tmp_path: Path) -> None:
    upload_id = shop.box.add_entries(3, file_bytes=100)
    (shop.box.store.raw_folder(upload_id) / "synthetic/000001/main.out").unlink()
    made = ns.mirror(shop.client(version), {"upload_id": upload_id}, tmp_path / "copy")
    assert (made.files, made.complete) == (2, True)
    (item,) = book_of(tmp_path / "copy").troubled(5)
    assert item.error.startswith("the server kept back 1 of 3 files: ")
    assert item.error.endswith("synthetic/000001/main.out")
    names = {path.name for path in (tmp_path / "copy").iterdir()}
    assert names == {upload_id, "ledger.sqlite", "metadata", "nomad-mirror.json", ".nomad-mirror.lock"}


def test_two_runs_into_one_folder_do_not_mix(shop: Shop, tmp_path: Path) -> None:
    folder, inner = tmp_path / "copy", []

    def meanwhile(_: Any) -> None:
        with pytest.raises(ns.TransferError, match="another process"):
            ns.mirror(shop.client(), query_of(shop), folder)
        inner.append(1)

    ns.mirror(shop.client(), query_of(shop), folder, progress=meanwhile, files="none")
    assert inner


def test_what_a_worker_gives_back_can_be_pickled() -> None:
    from nomad_swagger.mirrors.ledger import Item, Kept

    brought = Brought(Item("files/x", "files"), (Kept("x/a", 1, "00"),))
    assert pickle.loads(pickle.dumps(brought)) == brought
    error = NoRoom("full")
    assert str(pickle.loads(pickle.dumps(error))) == "full"
