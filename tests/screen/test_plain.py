from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nomad_swagger.screen.plain import fitting, fitting_json, plain, plain_json, readable

HOSTILE = [
    "\x00",
    "\x07",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "\x7f",
    "\x85",
    "\x9b31m",
    "\x9d",
    "\u202e",
    "\u2066",
    "\u061c",
]
HOSTILE += ["\u200b", "\u2028", "\ufeff", "\ud800", "\U000e0041", "\r"]


def harmless(text: str) -> bool:
    return all(unicodedata.category(one) not in ("Cc", "Cs", "Zl", "Zp") for one in text if one != "\n")


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_commands_a_terminal_is_shown_as_an_escape(text: str) -> None:
    assert harmless(plain(f"a{text}b", lines=True))
    assert plain(text).isascii(), "and nothing of it is left"


@given(st.text())
def test_no_text_at_all_commands_a_terminal(text: str) -> None:
    assert harmless(plain(text))
    assert "\n" not in plain(text)


def test_what_people_write_stays_as_it_is() -> None:
    written = "Ångström, 硅, नमस्ते, می‌خواهم, 👩‍🔬, Fe₂O₃ → 500 eV"
    assert plain(written) == written


@given(st.text())
def test_json_says_the_same_in_every_encoding_and_commands_nothing(text: str) -> None:
    written = json.dumps(text, ensure_ascii=False)
    for encoding in ("ascii", "cp1252", "latin-1", "utf-8"):
        shown = fitting_json(plain_json(written), encoding)
        shown.encode(encoding)
        assert json.loads(shown) == text
        assert harmless(shown)


def test_an_encoding_shows_what_it_has_no_bytes_for_as_an_escape() -> None:
    assert fitting("Å → 硅", "cp1252") == "Å \\u2192 \\u7845"


def test_a_file_is_read_across_the_ends_of_its_blocks() -> None:
    blocks = [b"a\tb \xc3", b"\x85\r", b"\n\x1b[31m\xff", b"", b"end"]
    assert "".join(readable(blocks)) == "a       b Å\n\\x1b[31m\\xffend"
