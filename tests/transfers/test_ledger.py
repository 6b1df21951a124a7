"""The SQLite room: rows whole or not there, of many writers, in a file that says what it is."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
from pathlib import Path

import pytest

from nomad_swagger.errors import UsageError
from nomad_swagger.transfers.ledger import VERSION, Ledger


def test_rows_come_back_the_oldest_first(tmp_path: Path) -> None:
    clock = iter([3.0, 2.0, 1.0, 4.0])
    ledger = Ledger(tmp_path / "deep" / "x.sqlite", "test", clock=lambda: next(clock))
    ledger.put("b", {"n": 1})
    ledger.put("a", {"n": 2})
    ledger.put("b", {"n": 3})
    assert list(ledger.rows()) == [("a", {"n": 2}), ("b", {"n": 3})]
    ledger.drop("b")
    assert (ledger.get("a"), ledger.get("b")) == ({"n": 2}, None)
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600


def write(path: Path, number: int) -> None:
    ledger = Ledger(path, "test")
    for row in range(20):
        ledger.put(f"{number}-{row}", {"row": row})


def test_many_processes_write_one_ledger(tmp_path: Path) -> None:
    path, context = tmp_path / "x.sqlite", multiprocessing.get_context("spawn")
    writers = [context.Process(target=write, args=(path, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(list(Ledger(path, "test").rows())) == 60


def test_another_kind_a_newer_version_and_what_is_no_ledger_are_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    Ledger(path, "one kind").put("a", {})
    with pytest.raises(UsageError, match="is a one kind, not a other kind"):
        Ledger(path, "other kind")
    with sqlite3.connect(path) as base:
        base.execute(f"PRAGMA user_version = {VERSION + 1}")
    base.close()
    with pytest.raises(UsageError, match="of version 2, and this program knows 1"):
        Ledger(path, "one kind")
    text = tmp_path / "notes"
    text.write_text("my notes, which are no database" * 10)
    with pytest.raises(UsageError, match="cannot be used as"):
        Ledger(text, "one kind")
    assert text.read_text().startswith("my notes")
    foreign = tmp_path / "foreign.sqlite"
    with sqlite3.connect(foreign) as base:
        base.execute("CREATE TABLE t (a)")
    base.close()
    with pytest.raises(UsageError, match="a database of something else"):
        Ledger(foreign, "one kind")


def test_more_tables_stand_beside_the_rows_and_change_with_them_or_not_at_all(tmp_path: Path) -> None:
    ledger = Ledger(
        tmp_path / "x.sqlite", "test", tables=["CREATE TABLE files (path TEXT)", "CREATE INDEX i ON files (path)"]
    )
    with ledger.changing() as base:
        base.execute("INSERT INTO files VALUES ('a')")
    with pytest.raises(sqlite3.OperationalError), ledger.changing() as base:
        base.executescript("BEGIN; INSERT INTO files VALUES ('b'); INSERT INTO nowhere VALUES ('c')")
    ledger.put("a", {"n": 1})
    again = Ledger(tmp_path / "x.sqlite", "test", tables=["CREATE TABLE files (path TEXT)"])
    with again.reading() as base:
        assert base.execute("SELECT path FROM files").fetchall() == [("a",)]
    assert list(again.rows()) == [("a", {"n": 1})]
