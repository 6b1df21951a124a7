from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nomad_swagger.screen.cut import cell_len, in_path, in_the_middle, in_words
from nomad_swagger.screen.tables import cell, lay_out

COLUMNS = ("entry_id", "formula", "comment", "mainfile", "entries", "created")
ENTRY_ID = "nwwoQjZi0hjgrnfROzwJ1Zp0JAnX"
ROWS: list[dict[str, Any]] = [
    {
        "entry_id": ENTRY_ID,
        "formula": "Si2",
        "comment": "a comment that somebody wrote in one long sentence about silicon",
        "mainfile": "calculations/silicon/relaxed/with/many/folders/si.out",
        "entries": 12345,
        "created": datetime(2020, 3, 18, 10, 20, 30, tzinfo=timezone.utc),
    },
    {"entry_id": "硅" * 14, "formula": None, "comment": "", "mainfile": "si.out", "entries": 3, "created": None},
]


def lines(width: int | None, rows: list[dict[str, Any]] = ROWS, columns: tuple[str, ...] = COLUMNS) -> list[str]:
    return [line for line, _ in lay_out(rows, columns, key="entry_id", width=width).lines]


@pytest.mark.parametrize("width", range(24, 200, 7))
def test_no_line_is_wider_than_the_terminal_and_no_id_is_cut(width: int) -> None:
    shown = lines(width)
    assert max(map(cell_len, shown)) <= width
    assert width < 28 or any(ENTRY_ID in line for line in shown)


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_word_is_broken(width: int) -> None:
    words = {word for row in ROWS for value in row.values() for word in re.split(r"[\s/]+", cell(value, short=True))}
    shown = {word for line in lines(width) for word in re.split(r"[\s/]+", line)}
    assert shown - words <= {*COLUMNS, "…"}


def test_what_finds_no_room_is_named_and_the_most_important_stays() -> None:
    laid = lay_out(ROWS, COLUMNS, key="entry_id", width=80)
    assert laid.lines[0][0].split() == ["entry_id", "formula", "comment", "mainfile"]
    assert laid.left_out == ("entries", "created")


def test_below_sixty_columns_a_record_is_a_few_lines() -> None:
    assert lines(48)[:4] == [
        ENTRY_ID,
        "  formula   Si2",
        "  comment   a comment that somebody wrote in one",
        "            long sentence about silicon",
    ]


def test_an_id_that_finds_no_room_beside_its_name_has_a_line_of_its_own() -> None:
    rows = [{"value": "x", "a_long_name_of_a_column_id": ENTRY_ID}]
    shown = [line for line, _ in lay_out(rows, list(rows[0]), key="value", width=40).lines]
    assert shown == ["x", "  a_long_name_of_a_column_id", f"    {ENTRY_ID}"]


def test_numbers_stand_right_and_times_are_short() -> None:
    head, first, second = lines(200)
    assert head.index("entries") + len("entries") == first.index("12345") + 5
    assert second.rstrip().endswith(" 3")
    assert "2020-03-18 10:20" in first


def test_without_a_width_everything_is_there_in_whole() -> None:
    head, first, _ = lines(None)
    assert head.split() == list(COLUMNS)
    assert "2020-03-18T10:20:30+00:00" in first
    assert ROWS[0]["comment"] in first


def test_sentences_are_read_in_whole() -> None:
    words = "the server answers in 0.02 s and says that it is NOMAD of some version that nobody has seen"
    rows = [{"what": "server", "state": "good", "words": words}]
    shown = [line for line, _ in lay_out(rows, list(rows[0]), key="what", width=60).lines]
    assert len(shown) > 2
    assert " ".join(" ".join(shown[1:]).split()) == f"server good {words}"


def test_a_strangers_text_is_harmless_and_on_one_line() -> None:
    rows = [{"entry_id": "x", "comment": "two\nlines\x1b[2J\u202e"}]
    assert lines(80, rows, ("entry_id", "comment"))[1] == "x         two\\nlines\\x1b[2J\\u202e"


@pytest.mark.parametrize("cut", [in_the_middle, in_path, in_words])
@given(text=st.text(alphabet="ab/ 硅é", min_size=1, max_size=40), width=st.integers(1, 30))
def test_a_cut_is_never_wider_than_it_may_be(cut: Any, text: str, width: int) -> None:
    shown = cut(text, width)
    assert cell_len(shown) <= width
    assert cell_len(text) > width or shown == text


def test_a_path_keeps_its_name_and_loses_whole_steps() -> None:
    assert in_path("calculations/silicon/relaxed/si.out", 29) == "calculations/silicon/…/si.out"
    assert in_path("calculations/silicon/relaxed/", 20) == "…/silicon/relaxed/"
