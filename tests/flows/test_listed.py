"""Records of a list: lazy, kept, and rows where somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import nomad_swagger as ns
from nomad_swagger.flows.listed import Listed
from nomad_swagger.flows.records import Upload
from tests.flows.conftest import Connect
from tests.flows.relay import Fault, Relay

COLUMNS = ("upload_id", "name", "published")


def listed(count: int, fetched: list[int]) -> Listed[Upload]:
    def records() -> Iterator[Upload]:
        for number in range(count):
            fetched.append(number)
            yield Upload(f"u{number}", name=f"<b>name {number}\x1b[2J")

    return Listed(records(), "uploads", COLUMNS, key="upload_id")


def test_records_are_fetched_when_they_are_asked_for_and_kept() -> None:
    fetched: list[int] = []
    found = listed(3, fetched)
    assert fetched == []
    assert next(found).upload_id == "u0"
    assert fetched == [0]
    assert [one.upload_id for one in found] == [one.upload_id for one in found] == ["u0", "u1", "u2"]
    assert next(found).upload_id == "u1", "next goes on where it was"
    assert fetched == [0, 1, 2]


def test_a_prompt_shows_rows_for_the_width_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert repr(listed(2, [])).splitlines() == [
        "upload_id  name              published",
        "u0         <b>name 0\\x1b[2J  no",
        "u1         <b>name 1\\x1b[2J  no",
        "2 uploads",
    ]


def test_a_long_list_is_not_fetched_to_be_shown() -> None:
    fetched: list[int] = []
    found = listed(1000, fetched)
    assert repr(found).splitlines()[-1] == "the first 20 uploads"
    assert "&lt;b&gt;name 19" in found._repr_html_()
    assert len(fetched) == 21


def test_nothing_is_said_to_be_nothing() -> None:
    assert repr(listed(0, [])) == "0 uploads"


def test_a_list_that_cannot_be_had_says_why_instead(connect: Connect) -> None:
    nobody = connect(None)
    assert repr(ns.list_uploads(nobody)).startswith("<uploads: ")
    assert "nomad-swagger login" in repr(ns.list_datasets(nobody))


def test_a_search_that_cannot_be_sent_says_why_instead(connect: Connect, relay: Relay) -> None:
    found = ns.search(connect(None, url=relay.url), elements="Si")
    relay.fault = lambda passing: Fault(status=400)
    assert repr(found).startswith("<Results of {'atoms': ['Si']} for owner public: ")
