"""OPTIMADE filters: what they find, and which are refused."""

from __future__ import annotations

import sqlite3

import pytest

from nomad_sandbox.optimade import BadFilter, read_filter

PROPERTIES = {
    "elements": "e",
    "nelements": "n",
    "chemical_formula_reduced": "f",
    "nsites": "s",
    "elements_ratios": "r",
    "species": "p",
}
ENTRIES: dict[int, dict[str, list[object]]] = {
    1: {"e": ["Si"], "n": [1], "f": ["Si"], "s": [2]},
    2: {"e": ["O", "Si"], "n": [2], "f": ["O2Si"], "s": [9]},
    3: {"e": ["H", "O"], "n": [2], "f": ["H2O"], "r": [0.5], "p": ["a", "b"]},
}


def found(text: str) -> set[int]:
    connection = sqlite3.connect(":memory:")
    connection.executescript("CREATE TABLE entries (entry); CREATE TABLE terms (quantity, value, entry)")
    for entry, terms in ENTRIES.items():
        connection.execute("INSERT INTO entries VALUES (?)", (entry,))
        rows = [(quantity, value, entry) for quantity, values in terms.items() for value in values]
        connection.executemany("INSERT INTO terms VALUES (?, ?, ?)", rows)
    bind: dict[str, object] = {}
    condition = read_filter(text, PROPERTIES).sql(bind)
    rows_found = connection.execute(f"SELECT entry FROM entries WHERE {condition}", bind).fetchall()
    connection.close()
    return {row[0] for row in rows_found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('elements HAS "Si"', {1, 2}),
        ('elements HAS ALL "Si","O"', {2}),
        ('elements HAS ANY "Si", "H"', {1, 2, 3}),
        ('elements HAS ONLY "Si","O"', {1, 2}),
        ("elements LENGTH 2", {2, 3}),
        ("elements LENGTH >= 1", {1, 2, 3}),
        ("elements_ratios LENGTH 2", {2, 3}),
        ("species LENGTH 2", {3}),
        ("species LENGTH != 2", {1, 2}),
        ("nelements=2", {2, 3}),
        ("2 > nelements", {1}),
        ("nelements != 2", {1}),
        ("nelements>=1 AND nsites < 9", {1}),
        ('NOT elements HAS "O"', {1}),
        ('(elements HAS "H" OR nsites=2) AND nelements<2', {1}),
        ('elements HAS "H" OR nsites=2 AND nelements<2', {1, 3}),
        ("nsites IS KNOWN", {1, 2}),
        ("nsites IS UNKNOWN", {3}),
        ('chemical_formula_reduced="H2O"', {3}),
        ('chemical_formula_reduced CONTAINS "2"', {2, 3}),
        ('chemical_formula_reduced STARTS WITH "O"', {2}),
        ('chemical_formula_reduced ENDS "Si"', {1, 2}),
        ('chemical_formula_reduced CONTAINS "*"', set()),
    ],
)
def test_a_filter_finds_what_it_says(text: str, expected: set[int]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "elements HAS",
        "",
        "nosuch=1",
        "nelements",
        "nelements=",
        "nelements=2 AND",
        "(nelements=2",
        "nelements=2)",
        "elements HAS Si",
        'elements HAS "Si',
        "nelements == 2",
        "nelements=2 nsites=3",
        "nsites IS",
        "elements LENGTH many",
        "(" * 500 + "nelements=2" + ")" * 500,
        "NOT " * 5000 + "nelements=2",
        "; DROP TABLE entries",
    ],
    ids=lambda text: text[:20],
)
def test_a_filter_with_a_slip_is_refused(text: str) -> None:
    with pytest.raises(BadFilter):
        read_filter(text, PROPERTIES)
