"""What CI says of instructions, by numbers; `make bench-check` counts them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bench import counted
from bench.gate import KEPT, fail_where_grown, kept
from bench.pinned import PYTHON
from bench.plan import Plan
from bench.ratios import Change, changes, ratios


def test_a_ratio_is_to_what_its_table_begins_with() -> None:
    counts = {"first-answer": {"requests": 500, "search": 1500}, "commands": {"pass": 40, "ops": 100, "TAB": 60}}
    assert ratios(counts) == {"first-answer": {"search": 3.0}, "commands": {"ops": 2.5, "TAB": 1.5}}


@pytest.mark.parametrize(
    ("kept", "seen", "fails", "said"),
    [
        (3.0, 3.0, False, "search: 3.00 -> 3.00 (+0.0%)"),
        (3.0, 3.29, False, "search: 3.00 -> 3.29 (+9.7%)"),
        (3.0, 3.31, True, "search: 3.00 -> 3.31 (+10.3%), MORE THAN 10%"),
        (3.0, 2.75, False, "search: 3.00 -> 2.75 (-8.3%)"),
        (3.0, 2.5, False, "search: 3.00 -> 2.50 (-16.7%), less: keep it so by `make bench-pin`"),
        (None, 3.0, True, "search: 3.00, NOT KEPT"),
        (3.0, None, True, "search: 3.00, NOT MEASURED any more"),
    ],
)
def test_a_tenth_more_fails_and_a_tenth_less_is_to_be_kept(
    kept: float | None, seen: float | None, fails: bool, said: str
) -> None:
    change = Change("search", kept, seen)
    assert change.fails is fails
    assert str(change) == said


def test_each_way_is_judged_that_is_kept_or_seen() -> None:
    kept = {"commands": {"ops": 2.0, "gone": 1.0}}
    seen = {"commands": {"ops": 2.1}, "first-answer": {"new": 3.0}}
    found = {change.way: (change.kept, change.seen) for change in changes(kept, seen)}
    assert found == {"commands, ops": (2.0, 2.1), "commands, gone": (1.0, None), "first-answer, new": (None, 3.0)}


def test_a_change_that_fails_ends_the_gate_after_all_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"1 of 2 .* `make bench-pin`"):
        fail_where_grown([Change("ops", 2.0, 2.5), Change("TAB", 2.0, 2.0)])
    assert capsys.readouterr().out == "ops: 2.00 -> 2.50 (+25.0%), MORE THAN 10%\nTAB: 2.00 -> 2.00 (+0.0%)\n"
    fail_where_grown([Change("TAB", 2.0, 2.0)])


def test_what_is_kept_is_what_is_counted() -> None:
    plan = Plan("http://127.0.0.1", "", Path(), Path(), quick=True)
    names = {table: [way.name for way in ways(plan)[1:]] for table, ways in counted.TABLES.items()}
    assert {table: list(ratios) for table, ratios in kept(KEPT).items()} == names


@pytest.mark.parametrize(
    ("text", "said"), [(None, "is not there"), ("python: '3.9'\nratios: {}", f"is of Python 3.9, not {PYTHON}")]
)
def test_what_cannot_be_judged_does_not_pass(text: str | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "instructions.yaml"
    if text:
        path.write_text(text)
    with pytest.raises(SystemExit, match=said):
        kept(path)


def test_the_hosted_ci_has_the_python_of_what_is_kept() -> None:
    jobs = yaml.safe_load((KEPT.parents[1] / ".github/workflows/ci.yml").read_text())["jobs"]
    assert jobs["instructions"]["steps"][1]["with"]["python-version"] == PYTHON
