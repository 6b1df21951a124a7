"""The command ``stats``: a table for eyes, data for pipes, a picture for a paper."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from nomad_sandbox import Sandbox
from tests.cli.conftest import Say

COUNT = 130


@pytest.fixture(scope="module")
def upload_id(cli_sandbox: Sandbox) -> str:
    return cli_sandbox.add_entries(COUNT)


def test_a_table_has_counts_and_shares_and_a_note_the_sum(say: Say, upload_id: str) -> None:
    said = say("stats", "code", f"upload_id={upload_id}")
    head, first, *others = said.out.splitlines()
    assert head.split() == ["value", "entries", "share"]
    assert first.split() == ["Quantum", "Espresso", "33", "25.4%"]
    assert len(others) == 3
    assert f"4 of 4 values of code_name in {COUNT} entries" in said.err


def test_a_table_shows_the_twenty_most_frequent_unless_told(say: Say, upload_id: str) -> None:
    said = say("stats", "formula", f"upload_id={upload_id}")
    assert len(said.out.splitlines()) == 21
    assert "20 of 85 values" in said.err
    assert len(say("stats", "formula", f"upload_id={upload_id}", "--limit", "30").out.splitlines()) == 31
    assert len(say("stats", "formula", f"upload_id={upload_id}", "-o", "csv").out.splitlines()) == 86


def test_json_and_csv_have_numbers(say: Say, upload_id: str) -> None:
    rows = json.loads(say("stats", "code", f"upload_id={upload_id}", "elements=Si", "-o", "json").out)
    assert rows[0].keys() == {"value", "entries", "share"}
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    table = csv.DictReader(io.StringIO(say("stats", "code", f"upload_id={upload_id}", "elements=Si", "-o", "csv").out))
    assert [int(row["entries"]) for row in table] == [row["entries"] for row in rows]


def test_values_alone_are_ids(say: Say, upload_id: str) -> None:
    assert say("stats", "code", f"upload_id={upload_id}", "--limit", "2", "-o", "ids").out == "Quantum Espresso\nVASP\n"


def test_a_metric_is_a_column(say: Say, upload_id: str) -> None:
    said = say("stats", "code", f"upload_id={upload_id}", "--metric", "calculations", "-o", "csv")
    head, _, second, *_ = said.out.splitlines()
    assert (head, second) == ("value,entries,share,calculations", f"VASP,33,{33 / COUNT},33")


def test_times_are_iso(say: Say, upload_id: str) -> None:
    (row,) = json.loads(say("stats", "upload_time", f"upload_id={upload_id}", "-o", "json").out)
    assert row["value"].endswith("-01T00:00:00+00:00")
    assert row["entries"] == COUNT


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
@pytest.mark.parametrize("quantity", ["elements", "code", "upload_time"])
def test_a_picture_is_written_besides(say: Say, upload_id: str, quantity: str, kind: str) -> None:
    said = say("stats", quantity, f"upload_id={upload_id}", "--plot", f"picture.{kind}")
    assert said.out.startswith("value")
    assert f"drawn: picture.{kind}" in said.err
    assert Path(f"picture.{kind}").stat().st_size > 5000


@pytest.mark.parametrize("name", ["picture.jpg", "picture"])
def test_an_unknown_kind_of_picture_is_refused_before_the_server_is_asked(
    say: Say, closed_port: str, name: str
) -> None:
    said = say("stats", "code", "--plot", name, "--url", closed_port, code=2)
    assert ".png or .svg or .pdf" in said.err


def test_a_window_without_a_display_is_refused_before_the_server_is_asked(
    say: Say, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import matplotlib

    monkeypatch.setitem(matplotlib.rcParams, "backend", "agg")
    assert "no display" in say("stats", "code", "--show", "--url", closed_port, code=2).err


def test_without_matplotlib_the_extra_is_named(say: Say, closed_port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    said = say("stats", "code", "--plot", "picture.png", "--url", closed_port, code=2)
    assert "pip install 'nomad-swagger[plot]'" in said.err


def test_an_unknown_quantity_is_a_mistake_of_usage(say: Say) -> None:
    assert "did you mean 'elements'" in say("stats", "elemnts", code=2).err


def test_nothing_found_is_an_empty_answer_and_no_error(say: Say) -> None:
    said = say("stats", "code", "elements=Og", "--plot", "nothing.png")
    assert said.out == ""
    assert "0 of 0 values of code_name in 0 entries" in said.err
    assert Path("nothing.png").exists()
