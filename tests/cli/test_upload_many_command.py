"""``upload-many``: a table in, a table out, the same again is done; asks before it publishes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from nomad_swagger.cli.upload_table import read_table
from nomad_swagger.errors import UsageError
from tests.cli.conftest import Say

DATA = Path(__file__).parents[1] / "sandbox" / "data"


def test_folders_go_up_by_a_table_and_the_same_again_makes_none(say: Say, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "si.out").write_bytes((DATA / "si.out").read_bytes())
    (tmp_path / "table.csv").write_text(
        "folder,comment,references\none,PBE,https://a.example;https://b.example\ntwo,,\n"
    )
    words = ("upload-many", "--table", "table.csv", "--publish", "--dataset", "a table's", "-o", "csv")
    assert "There is nobody to ask" in say(*words, code=2).err
    shown = say(*words, "--dry-run")
    assert "Make 2 uploads of 2 files" in shown.out and "publish each" in shown.out
    said = say(*words, "--yes")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [(Path(row["folder"]).name, row["entries"], row["failed"], row["published"]) for row in rows] == [
        ("one", "1", "0", "yes"),
        ("two", "1", "0", "yes"),
    ]
    again = list(csv.DictReader(io.StringIO(say(*words, "--yes").out)))
    assert [row["upload_id"] for row in again] == [row["upload_id"] for row in rows]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("folder,coment\none,x\n", "comment"),
        ("folder,comment\n,x\n", "names no folder"),
        ("folder,comment\none,x\n./one,y\n", "has a row already"),
        ("folder,embargo_months\none,many\n", "number of months"),
        ("folder,embargo_months\none,40\n", "0 to 36"),
    ],
)
def test_a_table_with_a_slip_is_refused_by_its_row(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=words):
        read_table(path)


def test_a_table_in_yaml_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("folder;comment;datasets\none;PBE, 500 eV;a\n")
    (tmp_path / "t.yaml").write_text("- {folder: one, comment: 'PBE, 500 eV', datasets: [a]}\n")
    (tmp_path / "m.yaml").write_text("one: {comment: 'PBE, 500 eV', dataset: a}\n")
    assert read_table(tmp_path / "t.csv") == read_table(tmp_path / "t.yaml") == read_table(tmp_path / "m.yaml")
