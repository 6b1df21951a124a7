from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, replace
from datetime import datetime, timezone
from typing import Any

import pytest

from nomad_swagger.errors import ApiError
from nomad_swagger.flows.record_rules import as_utc, paths_of
from nomad_swagger.flows.records import Entry, FailedEntry, Upload, read_record
from nomad_swagger.generations.generation import GENERATIONS, load_generation

RULES = load_generation("v0").records
SPENT = {"upload_id": "u", "tasks_running": False, "process_running": True, "tasks_status": "SUCCESS"}


def test_an_upload_runs_while_its_tasks_or_a_process_run() -> None:
    for tasks, process in ((True, False), (False, True), (True, True)):
        upload = read_record(RULES, "upload", {**SPENT, "tasks_running": tasks, "process_running": process})
        assert upload.running
    assert not read_record(RULES, "upload", {**SPENT, "process_running": False}).running


def test_what_an_answer_does_not_tell_is_not_made_up() -> None:
    upload = read_record(RULES, "upload", SPENT)
    assert upload == Upload("u", running=True, status="SUCCESS", raw=SPENT)
    assert upload.entries is None
    assert upload.failed is None
    assert upload.created is None


def test_times_are_in_utc_whatever_their_spelling() -> None:
    noon = datetime(2020, 3, 18, 12, tzinfo=timezone.utc)
    for text in ("2020-03-18T12:00:00", "2020-03-18T12:00:00Z", "2020-03-18T14:00:00.000+02:00"):
        assert as_utc(text) == noon
    assert as_utc(None) is None


def test_an_entry_has_the_same_fields_from_the_flat_and_the_nested_form() -> None:
    common = {
        "calc_id": "c",
        "upload_id": "u",
        "mainfile": "a/si.out",
        "formula": "Si2",
        "atoms": ["Si"],
        "uploader": {"name": "Leonard Hofstadter"},
        "published": True,
        "with_embargo": False,
        "datasets": [{"name": "one", "dataset_id": "1"}, {"name": "two"}],
        "references": ["https://example.org"],
    }
    flat = read_record(RULES, "entry", {**common, "code_name": "VASP"})
    nested = read_record(RULES, "entry", {**common, "dft": {"code_name": "VASP"}})
    for entry in (flat, nested):
        assert entry == Entry(
            "c",
            "u",
            "a/si.out",
            "Si2",
            ("Si",),
            "VASP",
            "Leonard Hofstadter",
            published=True,
            references=("https://example.org",),
            datasets=("one", "two"),
            raw=entry.raw,
        )


def test_a_failed_entry_carries_nomads_words() -> None:
    answer = {"mainfile": "a.out", "tasks_status": "FAILURE", "errors": ["parser failed with exception"]}
    assert read_record(RULES, "failed_entry", answer) == FailedEntry(
        "a.out", failed=True, errors=("parser failed with exception",), raw=answer
    )


def test_raw_is_left_out_of_the_repr() -> None:
    assert "raw" not in repr(read_record(RULES, "upload", SPENT))


def test_the_paths_of_every_kind_of_rule_are_known() -> None:
    rules = RULES["entry"] | RULES["failed_entry"] | RULES["upload"]
    assert all(paths_of(rule) for rule in rules.values())
    assert paths_of({"each": ["datasets"], "take": ["name"]}) == ["datasets"]


def test_a_record_that_was_not_read_yet_is_like_one_that_was() -> None:
    rules = load_generation("v0").records
    answer = {"calc_id": "e", "upload_id": "u", "formula": "Si2", "atoms": ["Si"], "dft": {"code_name": "VASP"}}
    entry = read_record(rules, "entry", answer)
    made = Entry("e", "u", formula="Si2", elements=("Si",), code="VASP", raw=answer)
    assert entry == made
    assert repr(entry) == repr(made)
    for again in (pickle.loads(pickle.dumps(read_record(rules, "entry", answer))), copy.deepcopy(entry)):
        assert again == made
    assert replace(entry, formula="Ge2") == replace(made, formula="Ge2")
    assert asdict(entry) == asdict(made)
    with pytest.raises(FrozenInstanceError):
        entry.formula = "x"
    with pytest.raises(AttributeError, match="'Entry' has no attribute 'nowhere'"):
        entry.nowhere


@pytest.mark.parametrize(
    "answer", [None, 7, "hi", [], {}, {"upload_id": 3}, {"upload_id": "u", "upload_create_time": 5}]
)
@pytest.mark.parametrize("kind", ["upload", "entry", "dataset", "failed_entry", "user", "file"])
def test_what_is_no_record_of_nomads_is_an_error_of_ours(kind: str, answer: Any) -> None:
    for name in GENERATIONS:
        rules = load_generation(name).records
        if kind == "upload" and isinstance(answer, dict) and "upload_create_time" in answer and name == "v0":
            continue  # v0 has another name for that
        with pytest.raises(ApiError, match="where NOMAD has a record of the kind") as caught:
            read_record(rules, kind, answer)
        assert caught.value.status == 200
