from __future__ import annotations

import csv
import io
import os
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Say

DATA = Path(__file__).parents[1] / "sandbox" / "data"


@pytest.fixture
def silicon(say: Say, tmp_path: Path) -> str:
    """A published upload; gives its id."""
    folder = tmp_path / "silicon"
    folder.mkdir()
    folder.joinpath("si.out").write_bytes(DATA.joinpath("si.out").read_bytes())
    return say("upload", str(folder), "--publish", "--yes", "-o", "ids").out.strip()


def parquet(say: Say, monkeypatch: pytest.MonkeyPatch, *words: str) -> pa.Table:
    """Give what a search writes when it is sent into a file."""
    with Path("found.parquet").open("w", encoding="utf-8") as file, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", file)
        say("search", *words, "-o", "parquet")
    return pq.read_table("found.parquet")


def test_parquet_and_csv_have_the_same_columns(silicon: str, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    table = parquet(say, monkeypatch, f"upload_id={silicon}")
    (row,) = csv.DictReader(io.StringIO(say("search", f"upload_id={silicon}", "-o", "csv").out))
    assert table.column_names == list(row)
    (entry,) = table.to_pylist()
    assert entry["entry_id"] == row["entry_id"]
    assert entry["formula"] == row["formula"] == "Si2"
    assert entry["elements"] == ["Si"]
    assert entry["published"] is True
    assert (entry["references"], row["references"]) == ([], "")


def test_a_search_that_finds_nothing_has_the_same_types(
    silicon: str, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = parquet(say, monkeypatch, f"upload_id={silicon}")
    empty = parquet(say, monkeypatch, "upload_id=none", "--limit", "5")
    assert empty.num_rows == 0
    assert empty.schema == full.schema
    assert pa.types.is_list(full.schema.field("datasets").type)
    assert pa.types.is_string(full.schema.field("datasets").type.value_type)


def test_a_terminal_gets_no_bytes(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.openpty()
    with os.fdopen(writer, "w", encoding="utf-8") as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", terminal)
        said = say("search", "elements=Si", "-o", "parquet", code=2)
    os.close(reader)
    assert "send it into a file, … -o parquet > entries.parquet" in said.err


def test_other_commands_write_no_parquet(say: Say) -> None:
    assert "'parquet' is not one of" in say("uploads", "-o", "parquet", code=2).err


def test_without_pyarrow_the_extra_that_brings_it_is_named(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    said = say("search", "elements=Si", "-o", "parquet", code=2)
    assert "needs pyarrow: pip install 'nomad-swagger[pandas]'" in said.err


def test_columns_are_fields_and_whatever_nomad_answers(silicon: str, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    words = (f"upload_id={silicon}", "--columns", "formula,upload_time,license,mainfile,parser")
    (row,) = csv.DictReader(io.StringIO(say("search", *words, "-o", "csv").out))
    assert list(row) == ["formula", "upload_time", "license", "mainfile", "parser"]
    assert row["formula"] == "Si2"
    assert row["upload_time"].startswith("20")
    assert row["parser"] == "parsers/quantum-espresso"
    assert "Si2" in say("search", *words).out
    table = parquet(say, monkeypatch, *words)
    assert table.column_names == list(row)
    assert pa.types.is_timestamp(table.schema.field("upload_time").type)
    assert "--columns is for a table" in say("search", *words, "-o", "json", code=2).err


@pytest.mark.parametrize(
    ("typed", "meant"), [("formla", "formula"), ("parsr", "parser"), ("uploader.nam", "uploader.name")]
)
def test_a_column_that_nothing_has_is_refused_with_the_nearest(silicon: str, say: Say, typed: str, meant: str) -> None:
    said = say("search", f"upload_id={silicon}", "--columns", f"entry_id,{typed}", "-o", "csv", code=2)
    assert f"no column {typed!r} in the hits; did you mean {meant}" in said.err
    assert said.out == ""


def test_a_query_is_pasted_as_nomads_pages_hand_it_out(silicon: str, say: Say, tmp_path: Path) -> None:
    query = '{"upload_id": "' + silicon + '"}'
    whole = '{"owner": "public", "query": ' + query + ', "pagination": {"page_size": 10}}'
    tmp_path.joinpath("query.json").write_text(f"\ufeff{whole}", "utf-8")  # as editors on Windows write it
    for words in (
        (f"query={query}",),
        (f"query={whole}",),
        (f"query=@{tmp_path / 'query.json'}",),
        ("--query", f"@{tmp_path / 'query.json'}"),
        ("--query", query),
    ):
        assert len(say("search", *words, "-o", "ids").out.split()) == 1
    assert "is no JSON" in say("search", "query={", code=2).err
    assert "a query is a JSON object" in say("search", "--query", "[1]", code=2).err


def test_the_newest_and_an_order_can_be_asked_for(silicon: str, say: Say) -> None:
    assert len(say("search", "elements=si", "--newest", "1", "-o", "ids").out.split()) == 1
    ids = say("search", "elements=Si", "--order-by", "entry_id", "--order", "desc", "-o", "ids").out.split()
    assert ids == sorted(ids, reverse=True)
    assert "order_by is one of" in say("search", "elements=Si", "--order-by", "weight", code=2).err


def test_whose_entries_a_pasted_request_was_about_is_not_dropped_in_silence(silicon: str, say: Say) -> None:
    whole = '{"owner": "visible", "query": {"upload_id": "' + silicon + '"}}'
    assert "say --owner visible" in say("search", "--query", whole, "-o", "ids").err
    assert "owner" not in say("search", "--query", whole, "--owner", "visible", "-o", "ids").err


def test_a_filter_in_optimades_language_is_an_option(silicon: str, say: Say) -> None:
    filter_ = 'elements HAS "Si" AND nelements=1'
    there = say("search", "--optimade", filter_, f"upload_id={silicon}", "-o", "ids").out.split()
    assert len(there) == 1
    same = say("search", "--optimade", filter_, f"upload_id={silicon}", "-o", "ids", "--url", "sandbox-v1")
    assert same.out.split() == there
    refused = say("search", "--optimade", "elements HAS", "--url", "sandbox-v1", code=1)
    assert "could not parse optimade filter" in refused.err
    assert "join them" in say("search", "--optimade", filter_, "optimade=nelements=1", code=2).err
