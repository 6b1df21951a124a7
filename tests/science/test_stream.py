from __future__ import annotations

import io
import json
import math
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nomad_swagger.science.stream import value_from_stream
from nomad_swagger.science.values import value

NAMES = st.sampled_from(["a", "b", "2", ""])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
DOCUMENTS = st.recursive(LEAVES, lambda below: st.lists(below, max_size=4) | st.dictionaries(NAMES, below, max_size=3))
SECTIONS: Any = st.deferred(lambda: st.lists(st.dictionaries(NAMES, SECTIONS | LEAVES, max_size=2), max_size=4))
PATHS = st.lists(st.sampled_from(["a", "b", "0", "1", "2", "-1", "-2", "-3", "*"]), max_size=5).map("/".join)


def stream(document: Any) -> io.BytesIO:
    return io.BytesIO(json.dumps(document).encode())


@given(DOCUMENTS | SECTIONS, PATHS)
def test_a_value_in_a_stream_is_the_one_in_the_whole_document(document: Any, path: str) -> None:
    try:
        expected = repr(value(document, path))
    except KeyError:
        expected = "nothing"
    try:
        found = repr(value_from_stream(stream(document), path))
    except KeyError:
        found = "nothing"
    assert found == expected


@pytest.mark.parametrize(
    ("document", "path", "expected"),
    [
        ({"run": [{"a": {"b": 1}}, {"a": {"b": 2}}]}, "run/-1/a/b", 2),
        ({"run": [{"a": {"b": 1}}, {"a": {"b": 2}}]}, "run/-2/a/b", 1),
        ({"run": [{"a": [1]}, {"a": [2, 3]}]}, "run/*/a/-1", [1, 3]),
        ({"run": [{"a": [[1.5, 2]]}, {}]}, "run/0/a", [[1.5, 2]]),
        ({"run": {"a": 2**80}}, "run/-1/a", 2**80),
        ({"run": []}, "run/*/a", []),
        ([1, 2], "-1", 2),
        ({"a": None}, "a", None),
        ({"a": 1}, "", {"a": 1}),
    ],
)
def test_a_path_leads_to_a_value(document: Any, path: str, expected: Any) -> None:
    found = value_from_stream(stream(document), path)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("path", ["run/-1/a/b", "run/-3/a/b", "run/2/a/b", "run/*/a/b", "run/a", "x", "run/0/a/b/c"])
def test_where_there_is_nothing_the_path_is_named(path: str) -> None:
    document = {"run": [{"a": {"b": 1}}, {"a": {}}]}
    with pytest.raises(KeyError) as caught:
        value_from_stream(stream(document), path)
    assert str(caught.value) == f"nothing at {path!r}"


def test_numbers_are_read_as_json_reads_them() -> None:
    text = b"[1e400, -0.0, 123456789012345678901234567890, 1E5, 0.1]"
    assert repr(value_from_stream(io.BytesIO(text), "")) == repr(json.loads(text))
    assert math.isinf(value_from_stream(io.BytesIO(text), "0"))


@pytest.mark.parametrize(
    "text", [b'{"a": [1, 2', b"<html>", b"", b'{"a": NaN}', b'{"a": 1} {"b": 2}', b'{"a": "\xff"}']
)
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="no JSON"):
        value_from_stream(io.BytesIO(text), "b/-1")


class Made:
    """A document that is made while it is read, and counts how much was."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._rest, self.read_bytes = parts, b"", 0

    def read(self, size: int) -> bytes:
        while len(self._rest) < size and (part := next(self._parts, b"")):
            self._rest += part
        got, self._rest = self._rest[:size], self._rest[size:]
        self.read_bytes += len(got)
        return got


SYSTEM = json.dumps({"atom_labels": ["Si"] * 30, "comment": "x" * 18_000, "energy": 1.5}).encode()


def big_archive(systems: int) -> Made:
    def parts() -> Iterator[bytes]:
        yield b'{"section_run": [{"program_name": "VASP", "section_system": ['
        for number in range(systems):
            yield (b", " if number else b"") + SYSTEM
        yield b', {"energy": 2.5}]}]}'

    return Made(parts())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("section_run/0/section_system/-1/energy", 2.5),
        ("section_run/0/section_system/-2/energy", 1.5),
        ("section_run/0/section_system/*/energy", [1.5] * 1000 + [2.5]),
    ],
)
def test_memory_stays_small_however_big_the_document_is(path: str, expected: Any) -> None:
    made = big_archive(1000)
    tracemalloc.start()
    try:
        found = value_from_stream(made, path)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == expected
    assert made.read_bytes > 16e6
    assert peak_bytes < 2e6


def test_a_value_at_the_beginning_is_read_without_the_rest() -> None:
    made = big_archive(1000)
    assert value_from_stream(made, "section_run/0/program_name") == "VASP"
    assert made.read_bytes < 1e6
