"""Pictures of counts: what must be on them, that texts stay apart, and that they are read on paper."""

from __future__ import annotations

import doctest
import itertools
from collections.abc import Iterator
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from matplotlib import colormaps
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from nomad_swagger.errors import UsageError
from nomad_swagger.science import colours, labels, periodic_table, picture, plots
from nomad_swagger.science.colours import contrast, contrasting, luminance
from nomad_swagger.science.periodic_table import F_BLOCKS, HEIGHT, PLACES
from nomad_swagger.science.picture import Caption

SAID = Caption(
    "14 entries by code", "owner = public, elements = Si, O", "code", "entries", "https://nomad.example/api, 2026", 14
)
LONG = Caption(
    "1 entry by code", "a long query of many words, " * 20, "code", "entries", "https://nomad.example/" * 9, 1
)
ALL = {symbol: 10 ** (1 + number % 7) - 1 for number, symbol in enumerate(PLACES)}
CODES = {
    f"a simulation program with a very long name, number {number}": 10 ** (number / 8) // 1 for number in range(60)
}
MONTHS = {
    datetime(2014 + month // 12, month % 12 + 1, 1, tzinfo=timezone.utc): month**3 % 997_001 for month in range(150)
}

PICTURES = {
    "no values": (plots.plot_values, {}, SAID),
    "one value": (plots.plot_values, {"VASP": 1}, SAID),
    "60 long values": (plots.plot_values, CODES, SAID),
    "dollars": (plots.plot_values, {"$\\frac{": 3, "a_$b$": 1}, Caption("x", "comment = $\\frac{", "code", "entries")),
    "a long query": (plots.plot_values, {"VASP": 3, "exciting": 0}, LONG),
    "no times": (plots.plot_histogram, {}, SAID),
    "one time": (plots.plot_histogram, dict(list(MONTHS.items())[5:6]), SAID),
    "150 months": (plots.plot_histogram, MONTHS, SAID),
    "numbers": (plots.plot_histogram, {0.0: 3, 1.6e-19: 10_000_000, 3.2e-19: 1}, SAID),
    "whole numbers": (plots.plot_histogram, {1: 3, 2: 0, 3: 12}, SAID),
    "no elements": (plots.plot_elements, {}, SAID),
    "one element": (plots.plot_elements, {"Si": 1}, SAID),
    "all elements": (plots.plot_elements, ALL, SAID),
    "strange elements": (plots.plot_elements, ALL | {f"X{number}": 10**number for number in range(30)}, LONG),
}
each_picture = pytest.mark.parametrize("name", PICTURES)


def drawn(name: str) -> Any:
    draw, counts, caption = PICTURES[name]
    axes = draw(counts, caption)
    axes.figure.draw_without_rendering()
    return axes


# What only looks at a picture looks at the one that another test drew.
kept = cache(drawn)


def texts(axes: Any) -> Iterator[Text]:
    return (text for text in axes.figure.findobj(Text) if text.get_visible() and text.get_text().strip())


def said(axes: Any) -> str:
    return "\n".join(text.get_text() for text in texts(axes))


@each_picture
def test_no_two_texts_overlap(name: str) -> None:
    axes = kept(name)
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(axes) if _is_drawn(axes, text)]
    for (one, here), (other, there) in itertools.combinations(boxes, 2):
        assert not here.padded(-1).overlaps(there.padded(-1)), (one, other)


@each_picture
def test_every_text_is_on_the_sheet(name: str) -> None:
    axes = kept(name)
    sheet = axes.figure.bbox.padded(1)
    for text in texts(axes):
        if _is_drawn(axes, text):
            box = text.get_window_extent()
            assert sheet.contains(box.x0, box.y0), text.get_text()
            assert sheet.contains(box.x1, box.y1), text.get_text()


@pytest.mark.parametrize("asked", range(4))
@pytest.mark.parametrize("small", range(4))
def test_the_table_is_whole_however_much_is_said_around_it(asked: int, small: int) -> None:
    axes = plots.plot_elements(ALL, Caption("all of it", "a word " * 17 * asked, source="a source of it " * 12 * small))
    axes.figure.draw_without_rendering()
    box = axes.get_tightbbox()
    assert box.x0 >= 0 and box.y0 >= 0
    assert box.x1 <= axes.figure.bbox.x1 and box.y1 <= axes.figure.bbox.y1
    assert axes.get_window_extent().width >= 0.97 * axes.figure.bbox.x1


def _is_drawn(axes: Any, text: Text) -> bool:
    """Tell whether a label of a tick is one of those that are shown."""
    hidden = set()
    for each in [axes, *axes.child_axes]:
        for axis in (each.xaxis, each.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                shown = each.axison and low <= tick.get_loc() <= high
                hidden |= set() if shown else {id(tick.label1), id(tick.label2)}
                hidden.add(id(tick.label2))
            hidden |= set() if each.axison else {id(axis.label), id(axis.get_offset_text())}
    return id(text) not in hidden


@each_picture
def test_title_query_and_source_are_on_it(name: str) -> None:
    words, caption = said(kept(name)), PICTURES[name][2]
    assert caption.title in words
    assert caption.subtitle[:40] in words.replace("\n", " ")
    assert caption.source[:20] in words


@pytest.mark.parametrize("name", ["one value", "60 long values", "150 months", "numbers", "one time"])
def test_both_axes_say_what_they_have(name: str) -> None:
    axes = kept(name)
    assert {axes.get_xlabel().removesuffix(" (UTC)"), axes.get_ylabel()} == {"code", "entries"}


@pytest.mark.parametrize("name", ["no values", "no times", "no elements"])
def test_nothing_is_said_to_be_nothing(name: str) -> None:
    assert "no entries" in said(kept(name))


def test_bars_carry_their_numbers_and_shares_the_longest_first() -> None:
    axes = plots.plot_values({"exciting": 1, "VASP": 12_000, "CP2K": 0}, Caption("x", total=16_000))
    assert [text.get_text() for text in axes.texts[:3]] == ["12\u2009000 (75%)", "1 (< 1%)", "0 (< 1%)"]
    assert [bar.get_width() for bar in axes.patches] == [12_000, 1, 0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["VASP", "exciting", "CP2K"]


def test_a_dollar_sign_is_no_mathematics() -> None:
    axes = kept("dollars")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["$\\frac{", "a_$b$"]
    assert axes.get_yticklabels()[1].get_parse_math() is False


def test_what_is_left_out_is_stated() -> None:
    axes = plots.plot_values({str(number): number for number in range(1, 31)}, SAID, top=5)
    assert len(axes.patches) == 5
    assert axes.get_yticklabels()[-1].get_text() == "25 more"
    assert "at most 25 each" in said(axes)


def test_an_interval_is_as_wide_as_it_is_and_a_gap_stays_a_gap() -> None:
    def next_month(start: datetime) -> datetime:
        return start.replace(month=start.month + 1)

    counts = {datetime(2021, month, 1, tzinfo=timezone.utc): 1 for month in (1, 2, 6)}
    axes = plots.plot_histogram(counts, Caption("x", end=next_month))
    assert [round(bar.get_width()) for bar in axes.patches] == [31, 28, 30]


def test_whole_numbers_stand_under_the_middle_of_their_bars() -> None:
    axes = plots.plot_histogram({1: 3, 2: 1}, SAID)
    assert [bar.get_x() + bar.get_width() / 2 for bar in axes.patches] == [1, 2]
    halves = plots.plot_histogram({1.0: 3, 1.5: 1}, SAID)
    assert [bar.get_x() for bar in halves.patches] == [1.0, 1.5]


def test_every_element_has_its_own_cell() -> None:
    assert len(PLACES) == 118
    assert len({*PLACES.values(), *F_BLOCKS.values()}) == 120
    assert (PLACES["H"], PLACES["He"], PLACES["Og"], PLACES["Zn"]) == ((0, 0), (17, 0), (17, 6), (11, 3))
    assert PLACES["La"][0] == PLACES["Ac"][0] == 2
    assert max(row for _, row in PLACES.values()) + 1 == HEIGHT


def test_the_elements_are_those_that_ase_knows() -> None:
    from ase.data import chemical_symbols

    assert sorted(PLACES) == sorted(chemical_symbols[1:119])


def test_each_cell_has_symbol_and_number_in_an_ink_that_is_read() -> None:
    axes = kept("all elements")
    cells = {(patch.get_x(), patch.get_y()): patch.get_facecolor() for patch in axes.patches}
    for text in axes.texts:
        if text.get_text() in PLACES:
            ratio = contrast(luminance(to_rgb(text.get_color())), luminance(cells[PLACES[text.get_text()]]))
            assert ratio >= 4.5, text.get_text()
    assert {labels.compact(number) for number in ALL.values()} <= {text.get_text() for text in axes.texts}


def test_dark_is_much_on_paper_too() -> None:
    axes = plots.plot_elements({"H": 1, "C": 10, "O": 1000, "Si": 10**7}, SAID)
    cells = {(patch.get_x(), patch.get_y()): luminance(patch.get_facecolor()) for patch in axes.patches}
    light = [cells[PLACES[symbol]] for symbol in ("H", "C", "O", "Si")]
    assert light == sorted(light, reverse=True)
    assert light[0] - light[-1] > 0.6


def test_ink_can_be_read_on_every_colour_of_the_scale() -> None:
    for step in range(256):
        fill = colormaps["viridis_r"](step)
        assert contrast(luminance(fill), luminance(to_rgb(contrasting(fill)))) >= 4.5


def test_what_is_no_element_is_named() -> None:
    assert "Not in the table: X (12)" in said(plots.plot_elements({"Si": 3, "X": 12}, SAID))


@pytest.mark.parametrize(("kind", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_a_picture_becomes_a_file_of_the_kind_that_its_name_says(tmp_path: Path, kind: str, begins: bytes) -> None:
    path = picture.save(drawn("one value"), tmp_path / f"codes.{kind.upper()}")
    assert path.read_bytes().startswith(begins)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_png_has_300_dots_per_inch(tmp_path: Path) -> None:
    content = picture.save(drawn("all elements"), tmp_path / "elements.png").read_bytes()
    assert int.from_bytes(content[16:20], "big") == 3000


def test_another_kind_of_file_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    for name in ("codes.jpg", "codes", "codes.png.gz"):
        with pytest.raises(UsageError, match=r"\.png or \.svg or \.pdf"):
            picture.save(drawn("one value"), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_cannot_be_drawn_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path, axes = tmp_path / "codes.png", plots.sheet(3, 2)
    path.write_bytes(b"old")
    axes.set_title("$broken")
    axes.set_xlabel(r"$\nonsense{$")
    with pytest.raises(ValueError, match="nonsense"):
        picture.save(axes, path)
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_without_a_display_there_is_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib

    monkeypatch.setitem(matplotlib.rcParams, "backend", "agg")
    with pytest.raises(UsageError, match="no display"):
        plots.window(3, 2)


@pytest.mark.parametrize("module", [colours, labels, periodic_table, picture, plots])
def test_the_examples_in_the_docstrings_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0
