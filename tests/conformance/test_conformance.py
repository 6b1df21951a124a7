"""The machinery of conformance: its copies, its table, and how it counts. (`make conformance` runs it.)"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.conformance.comparison import HERE, MOST_ON_PURPOSE, Purpose, compare, read_faces, read_facts

ROOT = HERE.parents[1]
SHARED = ROOT.parent / "shared"
COPIES = {
    **{f"facts/{path.name}": f"facts/{path.name}" for path in (HERE / "facts").glob("*.json")},
    **{f"observe_probes/{path.name}": f"tools/observe_probes/{path.name}" for path in HERE.glob("observe_probes/*.py")},
    "observe": "tools/observe",
}
DOCS = (ROOT / "docs" / "conformance.md").read_text("utf-8")


def probe(name: str, status: int = 200, **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": name.partition(".")[0], "note": "", "status": status, "type": "", **more}


def compared(facts: list[dict[str, Any]], seen: list[dict[str, Any]], *purposes: Purpose) -> tuple[int, int, int]:
    found = compare({"probes": facts}, {"probes": seen}, purposes)
    return len(found.same), len(found.on_purpose), found.probes_that_differ


@pytest.mark.skipif(not SHARED.is_dir(), reason="the observed facts are not beside this checkout")
@pytest.mark.parametrize("copy", sorted(COPIES))
def test_the_copies_are_what_was_observed(copy: str) -> None:
    assert (HERE / copy).read_bytes() == (SHARED / COPIES[copy]).read_bytes()


def test_an_answer_that_agrees_is_the_same() -> None:
    assert compared([probe("a.b")], [probe("a.b")]) == (1, 0, 0)


def test_a_probe_that_was_not_asked_is_a_difference() -> None:
    assert compared([probe("a.b")], []) == (0, 0, 1)


def test_what_a_stand_in_decided_is_not_compared() -> None:
    assert compared([probe("a.b", stand_in=True)], [probe("a.b", 404)]) == (0, 0, 0)


def test_a_difference_on_purpose_is_counted_as_such() -> None:
    assert compared([probe("a.b")], [probe("a.b", 404)], Purpose("a.b", "why")) == (0, 1, 0)


def test_a_purpose_covers_only_the_aspects_that_it_names() -> None:
    facts, seen = [probe("a.b", values={"x": 1})], [probe("a.b", 404, values={"x": 2})]
    assert compared(facts, seen, Purpose("a.b", "why", ("x",))) == (0, 0, 1)


def test_a_501_is_never_on_purpose() -> None:
    assert compared([probe("a.b")], [probe("a.b", 501)], Purpose("a.b", "why")) == (0, 0, 1)


def test_a_purpose_that_is_no_longer_needed_is_a_difference() -> None:
    assert compared([probe("a.b")], [probe("a.b")], Purpose("a.b", "why")) == (0, 0, 1)


def test_a_purpose_for_an_unknown_probe_is_a_difference() -> None:
    assert compared([], [], Purpose("a.b", "why")) == (0, 0, 1)


@pytest.mark.parametrize("name", sorted(read_faces()))
def test_few_differences_are_on_purpose_and_none_is_about_a_stand_in(name: str) -> None:
    face = read_faces()[name]
    probes = {one.probe for one in face.on_purpose}
    stand_ins = {fact["name"] for fact in read_facts(face.facts)["probes"] if fact.get("stand_in")}
    assert len(face.on_purpose) <= MOST_ON_PURPOSE
    assert len(probes) == len(face.on_purpose)
    assert not probes & stand_ins


def rows_of_docs(name: str) -> list[str]:
    section = DOCS.partition(f"### {name}\n")[2].partition("\n#")[0]
    return [line for line in section.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("name", sorted(read_faces()))
def test_the_docs_have_each_difference_that_is_on_purpose(name: str) -> None:
    told = [
        f"| `{one.probe}` | {', '.join(one.aspects) or 'all'} | {one.reason.strip()} |"
        for one in read_faces()[name].on_purpose
    ]
    assert rows_of_docs(name) == told


def test_the_docs_have_what_is_assumed_of_versions_that_nobody_observed() -> None:
    versions = yaml.safe_load((ROOT / "nomad_sandbox" / "v0" / "versions.yaml").read_text("utf-8"))
    assumed = [line.strip() for row in versions.values() for line in row.get("assumed", ())]
    section = DOCS.partition("## Assumed\n")[2].partition("\n## ")[0]
    assert [line.removeprefix("- ") for line in section.splitlines() if line.startswith("- ")] == assumed
