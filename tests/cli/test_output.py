from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest

from nomad_swagger.cli.output import plural, show_rows, stage_notes, transfer_bars
from nomad_swagger.flows.records import Upload

UPLOADS = [
    Upload(
        "u1", "a, b", status="SUCCESS", entries=3, published=True, created=datetime(2020, 3, 18, tzinfo=timezone.utc)
    ),
    Upload("u2", "[bold]", raw={"upload_id": "u2"}),
]
COLUMNS = ("upload_id", "name", "entries", "published", "created")


def shown(fmt: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert show_rows(iter(UPLOADS), columns=COLUMNS, fmt=fmt, key="upload_id") == 2
    return capsys.readouterr().out


def test_ids_are_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown("ids", capsys) == "u1\nu2\n"


def test_json_is_one_list_with_everything(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = json.loads(shown("json", capsys))
    assert first["created"] == "2020-03-18T00:00:00+00:00"
    assert (second["raw"], second["entries"]) == ({"upload_id": "u2"}, None)


def test_ndjson_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert [json.loads(line)["upload_id"] for line in shown("ndjson", capsys).splitlines()] == ["u1", "u2"]


def test_csv_quotes_what_needs_it_and_leaves_the_unknown_empty(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.reader(io.StringIO(shown("csv", capsys))))
    assert rows == [
        list(COLUMNS),
        ["u1", "a, b", "3", "yes", "2020-03-18T00:00:00+00:00"],
        ["u2", "[bold]", "", "no", ""],
    ]


def test_csv_takes_values_of_several_lines(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"id": "a", "comment": "two\nlines"}, {"id": "b", "comment": 'a\r"quote"'}]
    show_rows(rows, columns=("id", "comment"), fmt="csv", key="id")
    read = list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))
    assert read == [["id", "comment"], ["a", "two\nlines"], ["b", 'a\r"quote"']]


def test_a_table_shows_names_as_they_are_and_never_folds_an_id(capsys: pytest.CaptureFixture[str]) -> None:
    head, first, second = shown("table", capsys).splitlines()
    assert head.split() == list(COLUMNS)
    assert first.startswith("u1")
    assert "[bold]" in second, "somebody else's name is no markup"


def test_rows_are_printed_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    def endless() -> Iterator[Upload]:
        yield UPLOADS[0]
        assert capsys.readouterr().out == "u1\n", "the first is out before the second is asked for"
        yield UPLOADS[1]

    show_rows(endless(), columns=COLUMNS, fmt="ids", key="upload_id")


def test_no_rows_are_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_rows([], columns=COLUMNS, fmt="table", key="upload_id") == 0
    assert capsys.readouterr().out == ""


def test_without_a_terminal_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with transfer_bars() as bar:
        bar("file")(1, 2)
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_transfers_of_several_threads_share_one_display(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with transfer_bars() as bar, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: bar(f"file {number}")(1, 2), range(4)))
    out, err = capsys.readouterr()
    assert out == "", "progress is no result"
    assert "file 3" in err


def test_each_stage_is_noted_once(capsys: pytest.CaptureFixture[str]) -> None:
    tell = stage_notes()
    parsing = Upload("u", status="RUNNING", stage="parse_all", entries=1)
    for seen in (parsing, parsing, Upload("u", status="SUCCESS", stage="cleanup", entries=3, failed=1)):
        tell(seen)
    assert capsys.readouterr().err.splitlines() == [
        "upload u: parse_all (RUNNING), 1 entry",
        "upload u: cleanup (SUCCESS), 3 entries, 1 failed",
    ]


def test_one_is_not_many() -> None:
    assert [plural("entry", count) for count in (0, 1, 2, None)] == ["entries", "entry", "entries", "entries"]
