"""What ``read_document`` makes of good, odd and hostile bytes."""

from __future__ import annotations

import codecs
import contextlib
import json
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nomad_swagger.apispec.read import document_kind, read_document
from nomad_swagger.errors import SpecError

DOCUMENT = {"swagger": "2.0", "info": {"title": "Größe", "version": "1"}, "paths": {}}
YAML = """
swagger: 2.0
info: {title: Größe, version: "1"}
paths:
  /uploads/:
    get:
      responses:
        200: {description: on}
"""


def refusal(content: bytes | str, content_type: str = "") -> str:
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(SpecError) as caught:
        read_document(raw, where="http://x/swagger.json", content_type=content_type)
    message = str(caught.value)
    assert message.startswith("http://x/swagger.json")
    return message


def nested(depth: int) -> str:
    return '{"swagger":"2.0","paths":{},"x":' + "[" * depth + "]" * depth + "}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_document_is_read_in_every_encoding_of_unicode(encoding: str) -> None:
    assert read_document(json.dumps(DOCUMENT, ensure_ascii=False).encode(encoding), where="x") == DOCUMENT


def test_yaml_in_utf_16_is_read_where_its_mark_tells() -> None:
    content = codecs.BOM_UTF16_BE + YAML.encode("utf-16-be")
    assert read_document(content, where="x")["info"]["title"] == "Größe"


def test_latin_1_is_read_when_the_server_says_so_and_explained_when_it_does_not() -> None:
    content = json.dumps(DOCUMENT, ensure_ascii=False).encode("latin-1")
    read = read_document(content, where="x", content_type='application/json; charset="ISO-8859-1"')
    assert read == DOCUMENT
    assert "byte 40 is not UTF-8" in refusal(content)
    assert "encoding that its server names" in refusal(content, "text/plain; charset=klingon")


def test_yaml_keys_are_text_and_versions_without_quotes_are_understood() -> None:
    document = read_document(YAML.encode(), where="x")
    assert document["swagger"] == "2.0"
    assert document["paths"]["/uploads/"]["get"]["responses"] == {"200": {"description": "on"}}


def test_yaml_values_are_those_of_json() -> None:
    text = "{swagger: '2.0', paths: {}, x: [2020-01-01, 12:30:45, no, 017, 0x10, 1e3, '1', ~, true, -2, .5]}"
    assert read_document(text.encode(), where="x")["x"] == [
        *("2020-01-01", "12:30:45", "no", 17, 16, 1000.0, "1", None, True, -2, 0.5)
    ]


def test_modest_yaml_anchors_and_merge_keys_work() -> None:
    text = "swagger: '2.0'\npaths: {}\nx-a: &a {p: 1, q: 2}\nx-b: {<<: *a, q: 3}\nx-c: {<<: [{r: 1}, *a], d: *a}\n"
    document = read_document(text.encode(), where="x")
    assert document["x-b"] == {"p": 1, "q": 3}
    assert document["x-c"] == {"r": 1, "p": 1, "q": 2, "d": {"p": 1, "q": 2}}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \r\n\t", "is empty"),
        (
            "<!DOCTYPE html><html><title>NOMAD  GUI</title><body>hi",
            "a web page, not an API description (its title: 'NOMAD GUI')",
        ),
        ("<html><title>Sign in to fairdi</title><form id=kc-form-login><input type='password'>", "asks for a login"),
        ("<?xml version='1.0'?><a/>", "it is XML"),
        ('{"code": 404, "name": "Not Found", "message": "no such url"}', '"code": 404'),
        ('{"detail": "Not Found"}', '{"detail": "Not Found"}'),
        (
            '{"total": 3, "results": [], "a": 1, "b": 2, "c": 3, "d": 4, "e": 5}',
            "'total', 'results', 'a', 'b', 'c', 'd', …",
        ),
        ("[1, 2]", "it is a list: [1, 2]"),
        ("null", "it is null"),
        ("42", "it is a number: 42"),
        ("Bad Gateway", "it is plain text: Bad Gateway"),
        ('{"swaggerVersion": "1.2", "apis": []}', "another kind: a Swagger 1 document"),
        ("asyncapi: 2.6.0\ninfo: {}", "another kind: an AsyncAPI document"),
        ("#%RAML 1.0\ntitle: x\n", "another kind: a RAML document"),
        ('{"swagger": "1.1", "paths": {}}', "another kind: swagger 1.1"),
        ('{"openapi": "4.0.0", "paths": {}}', "another kind: openapi 4.0.0"),
        (b"\x1f\x8b\x08\x00rest", "compressed with gzip"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"\x80\x81\x82 nothing", "byte 0 is not UTF-8"),
    ],
)
def test_what_is_no_description_is_named(content: bytes | str, words: str) -> None:
    assert words in refusal(content)


@pytest.mark.parametrize("length", range(1, 75))
def test_json_cut_anywhere_is_called_cut(length: int) -> None:
    whole = '{"swagger": "2.0", "a": [true, null, -1.5e-3, "q\\u00e4"], "paths": {"x": 1}}'
    assert f"cut off: it ends at byte {length} " in refusal(whole[:length])


def test_broken_json_says_line_and_column() -> None:
    message = refusal('{"swagger": "2.0",\n "paths": {}; "x": 1}')
    assert "not good JSON" in message
    assert "line 2, column 13" in message


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(constant: str) -> None:
    assert f"{constant} is not a number in JSON" in refusal(f'{{"swagger": "2.0", "paths": {{}}, "x": {constant}}}')


@pytest.mark.parametrize("constant", [".nan", ".inf", "-.Inf"])
def test_numbers_that_json_does_not_have_are_refused_in_yaml(constant: str) -> None:
    assert "line 3: " + constant in refusal(f"swagger: '2.0'\npaths: {{}}\nx: {constant}\n")


def test_a_key_that_stands_twice_is_named() -> None:
    assert "the key 'get' stands twice" in refusal('{"swagger": "2.0", "paths": {"/a": {"get": 1, "get": 2}}}')
    assert "line 5: the key 'get' stands twice" in refusal("swagger: '2.0'\npaths:\n  /a:\n    get: 1\n    get: 2\n")


def test_huge_integers_are_kept_and_absurd_ones_refused() -> None:
    number = 10**400
    content = json.dumps({**DOCUMENT, "x": number}).encode()
    assert read_document(content, where="x")["x"] == number
    assert "integer" in refusal('{"swagger": "2.0", "x": ' + "9" * 10_000 + "}")
    assert "integer" in refusal("swagger: '2.0'\nx: " + "9" * 10_000)


def test_half_a_character_is_refused_and_a_whole_pair_is_not() -> None:
    assert read_document(b'{"swagger": "2.0", "x": "\\ud83d\\ude00"}', where="x")["x"] == "\N{GRINNING FACE}"
    assert "half a character" in refusal('{"swagger": "2.0", "x": "\\ud800"}')


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!local", "!!binary"])
@pytest.mark.parametrize("value", ["[touch x]", "{a: b}", "text"])
def test_yaml_tags_are_refused_and_nothing_is_run(tag: str, value: str, tmp_path: Path) -> None:
    message = refusal(f"swagger: '2.0'\npaths: {{}}\nx: {tag} {value}\n")
    assert "line 3: the tag" in message
    assert "refused" in message


def test_tags_of_plain_data_are_taken() -> None:
    text = "swagger: !!str 2.0\npaths: !!map {}\nx: ! 12"
    document = read_document(text.encode(), where="x")
    assert document["swagger"] == "2.0"
    assert document["x"] == "12"


@pytest.mark.parametrize("width", [9, 60])
def test_a_yaml_bomb_is_refused_within_bounds(width: int) -> None:
    lines = ["swagger: '2.0'", "paths: {}", "a0: &a0 [lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, 30)]
    tracemalloc.start()
    started = time.monotonic()
    message = refusal("\n".join(lines))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "YAML bomb" in message
    assert time.monotonic() - started < 20
    assert peak < 20_000_000


def test_an_alias_within_itself_has_no_end() -> None:
    assert "stands inside what it names" in refusal("swagger: '2.0'\nx: &x {y: [*x]}\n")


def test_an_alias_of_nothing_and_a_second_document_are_refused() -> None:
    assert "names nothing before it" in refusal("swagger: '2.0'\nx: *y\n")
    assert "a second YAML document" in refusal("swagger: '2.0'\n---\nswagger: '2.0'\n")


def test_a_hundred_levels_are_fine() -> None:
    assert read_document(nested(100).encode(), where="x")["swagger"] == "2.0"
    yaml_text = "swagger: '2.0'\nx: " + "[" * 100 + "]" * 100
    assert read_document(yaml_text.encode(), where="x")["swagger"] == "2.0"


@pytest.mark.parametrize("depth", [201, 900, 100_000])
def test_endless_nesting_is_refused_in_both_notations(depth: int) -> None:
    assert "nested more than 200 levels" in refusal(nested(depth))
    assert "nested more than 200 levels" in refusal("swagger: '2.0'\nx: " + "[" * depth + "]" * depth)


def test_nesting_through_aliases_counts() -> None:
    lines = ["swagger: '2.0'", "x0: &x0 {a: 1}"]
    lines += [f"x{n}: &x{n} " + "{a: " * 50 + f"*x{n - 1}" + "}" * 50 for n in range(1, 10)]
    assert "levels deep through its aliases" in refusal("\n".join(lines))


def test_a_document_of_50_mb_is_read_in_bounded_time_and_65_mib_are_not_read() -> None:
    model = json.dumps({"type": "object", "description": "d" * 5000}).encode()
    models = b",".join(b'"m%d":%b' % (n, model) for n in range(10_000))
    content = b'{"swagger":"2.0","paths":{},"definitions":{' + models + b"}}"
    assert len(content) > 50_000_000
    started = time.monotonic()
    assert len(read_document(content, where="x")["definitions"]) == 10_000
    assert time.monotonic() - started < 30
    assert "too long for an API description" in refusal(b" " * (65 * 1024 * 1024))


def test_kinds_are_named() -> None:
    assert document_kind({"swagger": "2.0"}) == "swagger-2.0"
    assert document_kind({"openapi": "3.0.3"}) == "openapi-3.0"
    assert document_kind({"openapi": "3.1.0"}) == "openapi-3.1"
    with pytest.raises(SpecError, match="neither 'swagger' nor 'openapi'"):
        document_kind({"paths": {}})


def test_numbers_beyond_floats_are_refused() -> None:
    assert "1e999 is too large for a number" in refusal('{"swagger": "2.0", "paths": {}, "x": 1e999}')
    assert "1e999 is too large for a number" in refusal("swagger: '2.0'\nx: 1e999")


def test_millions_of_tiny_values_are_refused_before_they_take_memory() -> None:
    content = b'{"swagger":"2.0","paths":{},"x":[' + b"[]," * 15_000_000 + b"[]]}"
    tracemalloc.start()
    assert "more than 4,000,000 values" in refusal(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000_000


def test_a_key_that_stands_twice_among_a_million_is_found_in_time() -> None:
    content = b'{"swagger":"2.0",' + b",".join(b'"%d":0' % n for n in range(1_000_000)) + b',"999999":1}'
    started = time.monotonic()
    assert "the key '999999' stands twice" in refusal(content)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("depth", [201, 400, 800, 950, 990])
def test_a_list_nested_almost_too_deep_to_parse_is_explained_too(depth: int) -> None:
    assert "nested more than 200 levels" in refusal("[" * depth + "]" * depth)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_document_or_our_error(content: bytes) -> None:
    with contextlib.suppress(SpecError):
        assert isinstance(read_document(content, where="x"), dict)


@given(st.text(alphabet="{}[]:,\"'&*!<>|-#%@ \n\tab1.~?swagger", max_size=120))
def test_any_text_of_yaml_signs_gives_a_document_or_our_error(text: str) -> None:
    with contextlib.suppress(SpecError):
        assert isinstance(read_document(f"swagger: '2.0'\n{text}".encode(), where="x"), dict)
