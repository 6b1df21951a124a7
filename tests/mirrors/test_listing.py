"""The listing of a mirror: it goes on where it broke off, and asks for what is new alone where it can."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import nomad_swagger as ns
from nomad_swagger.mirrors import entries
from nomad_swagger.mirrors.layout import Layout, Wanted, open_layout
from nomad_swagger.mirrors.ledger import Book
from nomad_swagger.mirrors.listing import NOTE, Listing
from tests.mirrors.conftest import Shop
from tests.mirrors.test_run import no_sleep

DATA = Path(__file__).parents[1] / "sandbox" / "data"


def begin(shop: Shop, version: str, folder: Path, **wanted: Any) -> tuple[Any, Layout, Book]:
    client = shop.client(version)
    of = Wanted(client.nomad.api_url, {"upload_id": shop.uploads}, **wanted)
    layout = open_layout(folder, of)
    return client, layout, Book(layout.ledger)


class Broken(Exception):
    pass


def breaks(done: int, total: int) -> None:
    raise Broken


def test_a_listing_that_broke_off_goes_on_behind_the_last_entry_in_the_ledger(
    shop: Shop, version: str, tmp_path: Path
) -> None:
    client, layout, book = begin(shop, version, tmp_path / "copy", archives=True)
    with pytest.raises(Broken):
        Listing(client, layout, book, breaks, shard=3).everything()
    assert entries.count(book) == 3
    assert Listing(client, layout, book).due
    seen: list[int] = []
    Listing(client, layout, book, lambda done, total: seen.append(done), shard=3).everything()
    assert seen == ([6, 8] if version == "v1" else [3, 6, 8])  # v0 pages in no order
    assert (entries.count(book), book.note(NOTE)["total"]) == (8, 8)
    rows = pq.read_table(layout.folder / "metadata").column("entry_id").to_pylist()
    assert sorted(rows) == sorted(row.entry_id for row in entries.everything(book))
    keys = [item.key for item in book.to_do()]
    assert [key for key in keys if key.startswith("files/")] == sorted(f"files/{one}" for one in shop.uploads)
    assert not Listing(client, layout, book).due


def test_an_update_takes_nothing_that_was_not_processed_since(shop: Shop, version: str, tmp_path: Path) -> None:
    client, layout, book = begin(shop, version, tmp_path / "copy")
    Listing(client, layout, book, clock=lambda: time.time() + 86400).everything()
    shop.asked()
    seen: list[int] = []
    Listing(client, layout, book, lambda done, total: seen.append(done)).update()
    assert seen == ([] if version == "v1" else [8])
    assert shop.asked()["search"] == (2 if version == "v1" else 1)


def test_what_has_not_come_and_is_gone_by_now_is_not_waited_for(shop: Shop, tmp_path: Path) -> None:
    client = shop.client()
    upload = ns.wait(client, ns.upload(client, DATA / "si.out"))
    asked = {"upload_id": upload.upload_id}
    shop.box.faults.plan("404@/raw")
    with pytest.raises(ns.TransferError, match="1 of 2 items did not come"):
        ns.mirror(client, asked, tmp_path / "copy", owner="staging", sleep=no_sleep)
    shop.box.faults.clear()
    ns.delete(client, upload)
    made = ns.mirror(client, asked, tmp_path / "copy")
    assert (made.items, made.items_done, made.gone, made.complete) == (1, 1, 1, True)
