"""The keys of v0's records are those that NOMAD 0.8.6 was seen to give: no more, no fewer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

FACTS = Path(__file__).parents[1] / "conformance" / "facts" / "observed-0.8.6.json"
PARSED = ("dft", "encyclopedia", "ems")  # what depends on a parser is left out of the facts


def observed(probe: str, below: str = "") -> set[str]:
    """Give the keys of the object at a path that a probe saw."""
    shape = next(one["shape"] for one in json.loads(FACTS.read_text("utf-8"))["probes"] if one["name"] == probe)
    paths: Iterable[str] = (line.rpartition(" ")[0] for line in shape)
    start = f"{below}." if below else ""
    keys = {path.removeprefix(start) for path in paths if path.startswith(start) and path not in (".", below)}
    return {key for key in keys if "." not in key and "[" not in key}


def keys(record: dict[str, Any]) -> set[str]:
    return {key for key in record if key not in PARSED}


@pytest.fixture(scope="module")
def entry(users: Any, silicon: dict[str, bytes]) -> dict[str, Any]:
    api = users.api("leonard")
    upload_id = api.process(silicon, name="records")["upload_id"]
    api.publish(upload_id, comment="seen", references=["http://example.org"])
    found: dict[str, Any] = api.json("/repo/", upload_id=upload_id)["results"][0]
    return found


def test_an_entry_has_the_keys_that_were_observed(entry: dict[str, Any], nobody: Any) -> None:
    one = nobody.json(f"/repo/{entry['upload_id']}/{entry['calc_id']}")
    assert keys(one) == observed("entry.one")
    assert keys(entry) == observed("entry.one") - {"code"}


@pytest.mark.parametrize("who", ["authors", "owners"])
def test_people_have_the_keys_that_were_observed(who: str, entry: dict[str, Any]) -> None:
    assert keys(entry[who][0]) == observed("entry.one", f"{who}[]")
    assert keys(entry["uploader"]) == observed("entry.one", "uploader")


def test_an_upload_has_the_keys_that_were_observed(entry: dict[str, Any], leonard: Any) -> None:
    upload = leonard.json(f"/uploads/{entry['upload_id']}")
    assert keys(upload) == observed("record.published")
    calc = upload["calcs"]["results"][0]
    assert keys(calc) == observed("record.published", "calcs.results[]")
    assert keys(calc["metadata"]) == observed("record.published", "calcs.results[].metadata")


def test_a_dataset_has_the_keys_that_were_observed(leonard: Any) -> None:
    made = leonard.call("PUT", "/datasets/", json={"name": "records"}).json()
    assert keys(made) == observed("dataset.create")


def test_a_search_has_the_keys_that_were_observed(entry: dict[str, Any], nobody: Any) -> None:
    assert set(nobody.json("/repo/", upload_id=entry["upload_id"])) == observed("search.plain")
