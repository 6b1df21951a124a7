from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nomad_swagger.transport.decode import LONG_BYTES, decode, orjson_loads

EACH = pytest.mark.parametrize("long_bytes", [0, LONG_BYTES], ids=["by orjson", "by Python"])
NUMBERS = st.integers() | st.floats(allow_nan=False) | st.integers(2**53, 2**70) | st.integers(-(2**70), -(2**53))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda below: st.lists(below) | st.dictionaries(st.text(), below),
    max_leaves=30,
)


@given(VALUES)
def test_what_json_says_comes_out_the_same_with_its_types(value: Any) -> None:
    assert orjson_loads() is not None
    text = json.dumps(value)
    spaced = json.dumps(value, indent=2, ensure_ascii=False)
    for long_bytes in (0, LONG_BYTES):
        assert repr(decode(text.encode(), long_bytes=long_bytes)) == repr(json.loads(text))
        read = decode(spaced.encode("utf-8", "surrogatepass"), long_bytes=long_bytes)
        assert repr(read) == repr(json.loads(spaced))


@pytest.mark.parametrize("text", ["9223372036854775808", "-9223372036854775809", "18446744073709551616", "1" * 60])
@EACH
@pytest.mark.parametrize("around", ["{}", "[{}]", '{{"a": {}}}', "[1,{}]", "[\n{}\n]"])
def test_an_integer_beyond_64_bits_stays_exact(text: str, around: str, long_bytes: int) -> None:
    value = decode(around.format(text).encode(), long_bytes=long_bytes)
    while isinstance(value, (list, dict)):
        value = list(value.values() if isinstance(value, dict) else value)[-1]
    assert value == int(text)
    assert isinstance(value, int)


@EACH
def test_what_nomad_writes_for_no_number_is_taken(long_bytes: int) -> None:
    first, second, third = decode(b'{"a": [NaN, Infinity, -Infinity]}', long_bytes=long_bytes)["a"]
    assert math.isnan(first)
    assert (second, third) == (math.inf, -math.inf)


@EACH
def test_small_fractions_with_many_digits_do_not_look_like_huge_integers(long_bytes: int) -> None:
    assert decode(b"[0.00012345678901234567, 1.2345678901234567e-17]", long_bytes=long_bytes) == [
        0.00012345678901234567,
        1.2345678901234567e-17,
    ]


@EACH
@pytest.mark.parametrize("text", [b"", b"<html>", b'{"a": ', b"[1,]", b"\xff\xfe"])
def test_what_is_no_json_is_refused(text: bytes, long_bytes: int) -> None:
    with pytest.raises(ValueError):
        decode(text, long_bytes=long_bytes)


def test_without_orjson_python_decodes() -> None:
    code = (
        "import sys; sys.modules['orjson'] = None\n"
        "from nomad_swagger.transport import decode\n"
        "assert decode.orjson_loads() is None\n"
        "print(decode.decode(b'[36893488147419103232, 0.1]', long_bytes=0))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "[36893488147419103232, 0.1]\n"
