"""What NOMAD makes of files: entries counted while it works, and why some failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_swagger.flows.processing import count_entries, reasons
from nomad_swagger.flows.records import FailedEntry
from nomad_swagger.flows.told_records import Embargo
from nomad_swagger.transport.retry import RetryPolicy
from tests.conftest import Asked, Reply, Web


def test_entries_done_are_counted_as_nomad_counts_them(
    each: Any, silicon: dict[str, bytes], put: Callable[..., ns.Upload]
) -> None:
    done = put(each, {**silicon, "broken/a.out": silicon["AcAg/si/si.out"][:400]})
    counted = count_entries(each, done)
    assert counted is not None
    assert (counted.over, counted.failed, counted.total) == (2, 1, 2)


LOG = [
    {"level": "INFO", "event": "parser executed"},
    {
        "level": "ERROR",
        "event": "parser failed with exception",
        "exception": "Traceback …\n  x\nKeyError: 'energies'\n",
    },
    {"level": "ERROR", "event": "normalizer failed"},
]


@pytest.mark.parametrize("spec", ["nomad-0.8.6", "nomad-1.4.3"])
def test_where_the_errors_say_nothing_the_log_of_the_processing_says_why(web: Web, spec: str) -> None:
    v1 = spec == "nomad-1.4.3"

    def answer(asked: Asked) -> Reply:
        if v1:
            assert (asked.method, asked.path.endswith("/entries/e1/archive/query")) == ("POST", True)
            return Reply.json({"entry_id": "e1", "data": {"archive": {"processing_logs": LOG}}})
        assert asked.path.endswith("/archive/logs/u1/e1")
        return Reply.json(LOG)

    web.answer = answer
    client = ns.connect(f"{web.url}/api", spec=spec, token="a-token")
    client.nomad.transport.policy = RetryPolicy(retries=0)
    silent = FailedEntry("a.out", "e1", True, ("parser failed with exception",))
    assert reasons(client, "u1", silent) == (
        "parser failed with exception",
        "KeyError: 'energies'",
        "normalizer failed",
    )
    asked = len(web.asked)
    said = FailedEntry("a.out", "e1", True, ("parser failed with exception", "no energy"))
    assert reasons(client, "u1", said) == said.errors
    assert len(web.asked) == asked, "the errors said it"
    web.answer = lambda asked: Reply.json({"detail": "no"}, 404)
    assert reasons(client, "u1", silent) == silent.errors


@pytest.mark.parametrize(
    ("since", "months", "end"),
    [("2026-01-31", 1, "2026-02-28"), ("2026-11-30", 3, "2027-02-28"), ("2026-12-01", 12, "2027-12-01")],
)
def test_an_embargo_ends_after_calendar_months(since: str, months: int, end: str) -> None:
    begun = datetime.fromisoformat(since).replace(tzinfo=timezone.utc)
    found = Embargo(months, begun).end
    assert found is not None and found.date().isoformat() == end
    assert Embargo(0, begun).end is None and Embargo(months).end is None
