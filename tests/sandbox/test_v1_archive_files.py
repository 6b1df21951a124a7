"""Archive files as entries: what they say is kept, whatever it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

NOTE = {"data": {"m_def": "nomad.datamodel.metainfo.eln.ElnBaseSection", "name": "a note", "lot": 3}}
SILICON = {"results": {"material": {"elements": ["Si"], "chemical_formula_hill": "Si2"}}}


def entries(api: Any, upload_id: str) -> dict[str, dict[str, Any]]:
    return {row["mainfile"]: row for row in api.json(f"/uploads/{upload_id}/entries")["data"]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("note.archive.json", json.dumps(NOTE)),
        ("archive.json", json.dumps(NOTE)),
        ("note.archive.yaml", "data:\n  m_def: a.b.Note\n  name: a note\n  lot: 3\n  day: 2026-11-28\n"),
    ],
)
def test_an_archive_file_is_an_entry_with_its_data(leonard_v1: Any, name: str, content: str) -> None:
    upload = leonard_v1.process_v1({f"deep/{name}": content.encode(), "deep/other.json": b"{}"})
    (row,) = entries(leonard_v1, upload["upload_id"]).values()
    assert (row["mainfile"], row["process_status"], row["parser_name"]) == (
        f"deep/{name}",
        "SUCCESS",
        "parsers/archive",
    )
    archive = leonard_v1.json(f"/entries/{row['entry_id']}/archive")["data"]["archive"]
    assert (archive["data"]["name"], archive["data"]["lot"]) == ("a note", 3)
    assert archive["metadata"]["entry_id"] == row["entry_id"]


def test_one_that_is_put_into_an_upload_is_one_entry_more(leonard_v1: Any, silicon: Any) -> None:
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    told = {**NOTE, **SILICON, "metadata": {"comment": "by hand", "references": ["https://a.org"]}}
    params = {"file_name": "m.archive.json", "wait_for_processing": "true"}
    put = leonard_v1.call("PUT", f"/uploads/{upload_id}/raw/", data=json.dumps(told), params=params)
    assert put.json()["data"]["entries"] == 2
    entry_id = entries(leonard_v1, upload_id)["m.archive.json"]["entry_id"]
    (found,) = leonard_v1.search({"comment": "hand", "upload_id": upload_id})
    assert found == entry_id
    assert leonard_v1.search({"results.material.elements": "Si", "entry_id": entry_id}) == [entry_id]
    assert leonard_v1.call("DELETE", f"/uploads/{upload_id}/raw/m.archive.json").status_code == 200
    assert leonard_v1.wait_v1(upload_id)["entries"] == 1


def test_one_that_describes_the_calculation_beside_it_is_no_entry_of_its_own(leonard_v1: Any, silicon: Any) -> None:
    """The observed servers read archive files and no codes: of the two files they made one entry."""
    twin, note = json.dumps({**NOTE, **SILICON}).encode(), json.dumps(NOTE).encode()
    folder = "AcAg/si"
    files = {
        **silicon,
        f"{folder}/a.archive.json": twin,
        f"{folder}/b.archive.json": twin,
        f"{folder}/n.archive.json": note,
    }
    upload_id = leonard_v1.process_v1(files)["upload_id"]
    assert list(entries(leonard_v1, upload_id)) == [
        f"{folder}/b.archive.json",
        f"{folder}/n.archive.json",
        f"{folder}/si.out",
    ]


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_one_that_cannot_be_read_fails_alone(leonard_v1: Any, content: bytes) -> None:
    upload = leonard_v1.process_v1({"x.archive.json": content, "y.archive.json": json.dumps(NOTE).encode()})
    states = {name: row["process_status"] for name, row in entries(leonard_v1, upload["upload_id"]).items()}
    assert states == {"x.archive.json": "FAILURE", "y.archive.json": "SUCCESS"}


def test_an_upload_by_v0_has_no_such_entries(leonard: Any) -> None:
    upload = leonard.process({"note.archive.json": json.dumps(NOTE).encode()})
    assert leonard.json(f"/uploads/{upload['upload_id']}")["calcs"]["pagination"]["total"] == 0


def test_one_is_found_by_its_kind_its_labs_id_its_own_quantities_and_what_it_refers_to(leonard_v1: Any) -> None:
    sample = {"data": {"m_def": "lab.schema.Sample", "name": "wafer", "lab_id": "S-17", "steps": [{"hot": 900}]}}
    scan = {
        "data": {
            "m_def": "lab.schema.Scan",
            "lab_id": "M-3",
            "of": {"name": "S-17", "reference": "../upload/archive/mainfile/lab/s.archive.json#/data"},
        }
    }
    files = {"lab/s.archive.json": json.dumps(sample).encode(), "lab/x.archive.json": json.dumps(scan).encode()}
    upload_id = leonard_v1.process_v1(files)["upload_id"]
    found = {name: row["entry_id"] for name, row in entries(leonard_v1, upload_id).items()}

    def search(quantity: str, value: Any) -> list[str]:
        return leonard_v1.search({quantity: value, "upload_id": upload_id})

    wafer, scanned = found["lab/s.archive.json"], found["lab/x.archive.json"]
    assert search("entry_type", "Sample") == [wafer]
    assert search("results.eln.lab_ids", "S-17") == [wafer]
    assert search("data.lab_id#lab.schema.Sample", "S-17") == [wafer]
    assert search("data.lab_id#lab.schema.Scan", "S-17") == []
    assert search("data.steps.hot#lab.schema.Sample", {"gte": 900}) == [wafer]
    assert search("entry_references.target_entry_id", wafer) == [scanned]
    row = leonard_v1.json(f"/entries/{scanned}")["data"]
    assert row["results"]["eln"]["lab_ids"] == ["M-3"]
    assert row["entry_references"] == [{"target_entry_id": wafer}]
