"""``archive``: of one entry, and of all that a query finds."""

from __future__ import annotations

import io
import json
from pathlib import Path

import click
import pandas
import pytest

from nomad_sandbox import Sandbox
from nomad_swagger import settings
from nomad_swagger.cli.archive_paths import archive_paths
from tests.cli.conftest import Say

COUNT = 12
ENERGY = "section_run/-1/section_single_configuration_calculation/-1/energy_total"


@pytest.fixture(scope="session")
def synthetic(cli_sandbox: Sandbox) -> str:
    return cli_sandbox.add_entries(COUNT)


@pytest.fixture(scope="session")
def with_a_gap(cli_sandbox: Sandbox) -> str:
    return cli_sandbox.add_entries(COUNT, without_archive=[3])


@pytest.fixture
def entry_id(say: Say, synthetic: str) -> str:
    return say("search", f"upload_id={synthetic}", "-o", "ids", "--limit", "1").out.strip()


def test_an_archive_is_json_and_jmespath_picks_from_it(say: Say, entry_id: str) -> None:
    whole = json.loads(say("archive", entry_id).out)
    picked = say("archive", entry_id, "--query", "section_run[0].program_name").out
    assert json.loads(picked) == whole["section_run"][0]["program_name"]
    said = say("archive", entry_id, "--query", "section_run[", code=2)
    assert "is no JMESPath" in said.err
    said = say("archive", entry_id, "--query", "length(section_run[0].program_nam)", code=2)
    assert "does not fit the archive" in said.err


def test_one_value_of_it_in_a_unit(say: Say, entry_id: str) -> None:
    energy_J = float(say("archive", entry_id, "--at", ENERGY).out)
    energy_eV = float(say("archive", entry_id, "--at", ENERGY, "--unit", "eV").out)
    assert energy_eV == pytest.approx(energy_J / 1.602176634e-19, rel=1e-12)
    assert "section_runs" in say("archive", entry_id, "--at", "section_runs/0", code=4).err
    assert "evolts" in say("archive", entry_id, "--at", ENERGY, "--unit", "evolts", code=2).err


def test_only_the_required_parts_are_printed(say: Say, entry_id: str) -> None:
    part = json.loads(say("archive", entry_id, "--required", '{"section_run": {"program_name": "*"}}').out)
    assert list(part["section_run"][0]) == ["program_name"]
    assert "required" in say("archive", entry_id, "--required", '{"section_run": 3}', code=2).err


def test_the_archives_of_a_query_are_lines(say: Say, synthetic: str) -> None:
    said = say("archive", "--query-entries", f"upload_id={synthetic}", "--page-size", "5")
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [set(line) for line in lines] == [{"entry_id", "upload_id", "archive"}] * COUNT
    assert f"{COUNT} of {COUNT} archives" in said.err
    picked = say("archive", "--query-entries", f"upload_id={synthetic}", "--limit", "2", "--query", "keys(@)")
    assert [sorted(json.loads(line)["archive"]) for line in picked.out.splitlines()] == [
        sorted(lines[0]["archive"])
    ] * 2


def test_a_missing_archive_is_named_and_the_others_are_printed(say: Say, with_a_gap: str, tmp_path: Path) -> None:
    words = ("archive", "--query-entries", f"upload_id={with_a_gap}")
    said = say(*words, code=6)
    assert len(said.out.splitlines()) == COUNT - 1
    assert f"1 of {COUNT} entries have no archive to give: " in said.err
    said = say(*words, "--to", "gap.ndjson", code=6)
    assert f"1 of {COUNT} entries have no archive to give: " in said.err
    assert len(Path("gap.ndjson").read_text("utf-8").splitlines()) == COUNT - 1
    assert "is there already" in say(*words, "--to", "gap.ndjson", code=2).err


def test_a_table_of_values_as_text_csv_and_parquet(say: Say, synthetic: str) -> None:
    words = ("archive", "--query-entries", f"upload_id={synthetic}", "--column", f"energy_eV={ENERGY}")
    text = say(*words).out.splitlines()
    assert text[0].split() == ["entry_id", "energy_eV"]
    table = pandas.read_csv(io.StringIO(say(*words, "-o", "csv").out), index_col="entry_id")
    assert len(table) == len(text) - 1 == COUNT
    say(*words, "-o", "parquet", "--to", "energies.parquet")
    assert pandas.read_parquet("energies.parquet")["energy_eV"].tolist() == pytest.approx(table["energy_eV"].tolist())
    assert "is there already" in say(*words, "-o", "parquet", "--to", "energies.parquet", code=2).err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "give the id of one entry"),
        (("a", "b"), "give the id of one entry"),
        (("a", "--limit", "3"), "--limit goes with --query-entries"),
        (("a", "--to", "x"), "--to goes with --query-entries"),
        (("--query-entries", "elements=Si", "-o", "csv"), "needs --column NAME=PATH"),
        (("--query-entries", "elements=Si", "-o", "ndjson", "--column", "a=b"), "takes no --column"),
        (("--query-entries", "elements=Si", "--at", "a/b"), "--at is for one entry"),
        (("--query-entries", "elementz=Si"), "elementz"),
    ],
)
def test_what_does_not_go_together_is_refused(say: Say, words: tuple[str, ...], told: str) -> None:
    assert told in say("archive", *words, code=2).err


def test_the_paths_of_an_archive_are_listed_and_narrowed_by_a_word(say: Say, entry_id: str) -> None:
    listed = say("archive", entry_id, "--paths").out
    assert "section_run/*/section_system/*/atom_labels" in listed
    assert ENERGY.replace("-1", "*") in listed
    narrowed = say("archive", entry_id, "--paths", "energy").out
    assert "atom_labels" not in narrowed
    assert " J " in narrowed
    assert "no path with 'phonon' in it" in say("archive", entry_id, "--paths", "phonon", code=4).err
    assert "did you mean energy_total" in say("archive", entry_id, "--paths", "energi_total", code=4).err


def test_a_column_with_one_wrong_letter_is_refused_with_the_right_path(say: Say, synthetic: str) -> None:
    words = ("archive", "--query-entries", f"upload_id={synthetic}", "-o", "csv", "--column")
    said = say(*words, f"energy_eV={ENERGY[:-2]}{ENERGY[-1]}", code=2)
    assert f"did you mean {ENERGY!r}?" in said.err
    assert said.out == ""
    said = say(*words, f"energy_eV={ENERGY[:-1]}", "--missing-path", "warn")
    assert len(said.out.splitlines()) == COUNT + 1
    assert f"did you mean {ENERGY!r}?" in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--frames", "all"), "say --to set.extxyz"),
        (("--frames", "some", "--to", "x.extxyz"), "--frames is all, last, representative, a number"),
        (("--frames", "all", "--to", "x.csv", "-o", "csv"), "--frames writes -o extxyz or -o parquet"),
        (("-o", "extxyz"), "-o extxyz go with --frames"),
    ],
)
def test_what_frames_need_is_said(say: Say, synthetic: str, words: tuple[str, ...], told: str) -> None:
    assert told in say("archive", "--query-entries", f"upload_id={synthetic}", *words, code=2).err


def test_tab_offers_the_paths_of_the_archive_that_was_looked_at_last(say: Say, entry_id: str) -> None:
    def offered(typed: str) -> list[str]:
        return archive_paths(click.Context(click.Command("archive")), click.Option(["--at"]), typed)

    say("archive", entry_id, "--paths", "energy")
    assert ENERGY in offered("section_run/")
    assert offered(f"energy_eV={ENERGY[:-5]}") == [f"energy_eV={ENERGY}"]
    assert offered("section_run/0/section_single_configuration_calculation/3/energy_t") == [
        "section_run/0/section_single_configuration_calculation/3/energy_total"
    ]
    assert offered("nonsense") == []
    (settings.cache_folder() / "archive-paths.json").write_text("[")
    assert offered("section_run/") == []


@pytest.mark.parametrize(("frames", "count"), [("0", COUNT), ("-1", COUNT), ("::2", COUNT), ("1:", 0)])
def test_frames_are_numbers_and_slices_too(say: Say, synthetic: str, frames: str, count: int) -> None:
    words = ("archive", "--query-entries", f"upload_id={synthetic}", "--frames", frames, "--to", f"{count}.extxyz")
    assert f"{count} frames of {COUNT} entries" in say(*words, "--replace").err
