"""``download``, ``ls`` and ``cat`` as typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nomad_swagger.transfers.parts import claimed

Say = Callable[..., Any]


@pytest.fixture
def upload_id(say: Say) -> str:
    data = Path(__file__).parents[2] / "tutorials" / "data" / "silicon-cutoffs"
    return str(say("upload", str(data), "--publish", "--yes", "-o", "ids").out.strip())


V1 = ("--url", "sandbox-v1")


def test_what_there_is_can_be_listed_in_every_format_and_nothing_comes(
    say: Say, upload_id: str, tmp_path: Path
) -> None:
    for api in ((), V1):
        said = say("download", upload_id, "--list", "--include", "*.out", "-o", "json", *api)
        rows = json.loads(said.out)
        assert {row["path"].rpartition("/")[2] for row in rows} == {"si.out"}
        total = sum(row["size_bytes"] for row in rows)
        assert f"{len(rows)} files, {total / 1000:.3g} kB" in said.err
        assert len(say("download", upload_id, "--list", "-o", "ids", *api).out.split()) == 2 * len(rows)
        assert say("download", upload_id, "--list", "-o", "csv", *api).out.startswith("upload_id,path,size_bytes")
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_says_what_would_come_and_where_to(say: Say, upload_id: str, tmp_path: Path) -> None:
    said = say("download", upload_id, "--include", "*.in", "--to", "runs", "--dry-run", *V1)
    assert f"→ runs/{upload_id}/silicon-cutoffs/10Ry/si.in" in said.out
    assert "6 files" in said.err
    assert "nothing was downloaded" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_selection_comes_as_files_and_the_same_again_is_done(say: Say, upload_id: str, tmp_path: Path) -> None:
    for api in ((), V1):
        to = f"runs{len(api)}"
        words = ("download", upload_id, "--include", "*Ry/si.in", "--exclude", "*/4*", "--to", to, "--jobs", "3", *api)
        assert say(*words).out.strip() == f"{to}/{upload_id}"
        assert len(list((tmp_path / to).rglob("si.in"))) == 5
        say(*words)


def test_two_files_of_one_name_go_below_their_uploads(say: Say, upload_id: str, tmp_path: Path) -> None:
    targets = [f"{upload_id}/silicon-cutoffs/{cutoff}Ry/si.out" for cutoff in (10, 15)]
    printed = say("download", *targets, "--jobs", "2").out.split()
    assert printed == [upload_id, upload_id]
    assert len(list(tmp_path.rglob("si.out"))) == 2


def test_several_targets_are_extracted_one_after_the_other(say: Say, upload_id: str, tmp_path: Path) -> None:
    targets = [f"{upload_id}/silicon-cutoffs/{cutoff}Ry/" for cutoff in (10, 15)]
    for api in ((), V1):
        to = f"to{len(api)}"
        printed = say("download", *targets, "--extract", "--jobs", "4", "--to", to, *api).out.split()
        assert printed == [f"{to}/{upload_id}"] * 2
        assert len([path for path in (tmp_path / to).rglob("*") if path.is_file()]) == 4


def test_parts_of_earlier_downloads_are_cleaned_away(say: Say, tmp_path: Path) -> None:
    with claimed(tmp_path / "deep" / "x", "s", "1") as part:
        part.file.write(b"half")
    assert "1 part of earlier downloads removed" in say("download", "--clean").err
    assert not part.path.exists()
    assert "what?" in say("download", code=2).err


def test_folders_are_looked_through_and_files_printed(say: Say, upload_id: str) -> None:
    top = say("ls", upload_id, *V1).out
    assert "silicon-cutoffs/" in top
    rows = json.loads(say("ls", f"{upload_id}/silicon-cutoffs", "-o", "json", *V1).out)
    assert {row["path"] for row in rows} == {f"silicon-cutoffs/{cutoff}Ry/" for cutoff in (10, 15, 20, 25, 30, 40)}
    assert len(say("ls", upload_id, "-R", "-o", "ids").out.split()) == 12
    entry_id = say("search", f"upload_id={upload_id}", "--limit", "1", "-o", "ids").out.strip()
    assert len(say("ls", entry_id, "-o", "ids").out.split()) == 2
    say("ls", f"{upload_id}/nowhere", *V1, code=4)
    for words in ((f"{upload_id}/silicon-cutoffs/10Ry/si.in",), (f"{upload_id}/silicon-cutoffs/10Ry/si.in", *V1)):
        assert "ecutwfc" in say("cat", *words).out
    assert "PWSCF" in say("cat", entry_id).out
    assert "say which file" in say("cat", upload_id, code=2).err
