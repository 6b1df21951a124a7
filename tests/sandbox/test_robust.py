"""What no client means and some send: far numbers, NUL, long paths, deep bodies, big heads. None breaks the sandbox."""

from __future__ import annotations

import json
import re
import socket
import time
from typing import Any

import pytest

from nomad_sandbox import Sandbox
from nomad_sandbox.limits import HEAD_BYTES, JSON_DEPTH, LINE_BYTES

FAR = "1" + "0" * 24
PATHS = ("%00", "a" * 5000, "a/" * 2500, "%FF", "%ED%A0%80", "..%2F..%2F..")
BODIES = {
    "deep": "[" * 100_000,
    "nested": '{"query":' + '{"not":' * JSON_DEPTH + "{}" + "}" * JSON_DEPTH + "}",
    "far": json.dumps({"query": {"n": 10**24}, "pagination": {"page_size": 10**24}}),
    "endless": '{"n": ' + "9" * 5000 + "}",
    "half a pair": '{"query": {"upload_id": "\\ud800"}, "dataset_name": "\\ud800", "name": "\\ud800"}',
    "nul": '{"query": {"upload_id": "\\u0000"}, "name": "\\u0000"}',
    "nan": '{"query": {"x": NaN}}',
    "no utf-8": b'{"a": "\xff"}',
    "a list": "[1]",
    "nothing": "null",
}


def document_of(api: Any) -> Any:
    return api.json("/openapi.json" if api.url.endswith("v1") else "/swagger.json")


def operations(api: Any, *methods: str) -> list[tuple[str, str, Any]]:
    rows = document_of(api)["paths"].items()
    return [(method, path, item[method]) for path, item in rows for method in methods if method in item]


def filled(path: str, value: str) -> str:
    return re.sub(r"{\w+}", lambda _: value, path)


@pytest.fixture(params=["0.7.9", "0.8.6", "v1"])
def api(request: pytest.FixtureRequest, users: Any) -> Any:
    return users.v1("leonard") if request.param == "v1" else users.api("leonard", request.param)


def is_integer(parameter: Any) -> bool:
    schema = parameter.get("schema", parameter)
    return "integer" in [schema.get("type"), *(option.get("type") for option in schema.get("anyOf", ()))]


def test_a_number_beyond_all_is_refused(api: Any) -> None:
    asked = 0
    for method, path, operation in operations(api, "get", "post"):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query" and is_integer(parameter) and parameter["name"] not in ("offset", "length"):
                for number in (FAR, "9" * 5000, "²"):
                    answer = api.call(method.upper(), filled(path, "x"), params={parameter["name"]: number}, json={})
                    assert answer.status_code in (400, 401, 403, 404, 422, 501), (path, parameter["name"], answer.text)
                    asked += 1
    assert asked > 20


@pytest.mark.parametrize("value", PATHS, ids=lambda value: value[:12])
def test_an_odd_path_leads_nowhere(value: str, api: Any) -> None:
    for method, path, _ in operations(api, "get", "delete"):
        if "{" in path and "{quantity}" not in path:  # v0 breaks on quantities that it does not know
            answer = api.call(method.upper(), filled(path, value))
            assert answer.status_code < 500 or answer.status_code == 501, (path, answer.text)


@pytest.mark.parametrize("kind", BODIES)
def test_an_odd_body_is_refused(kind: str, api: Any) -> None:
    for method, path, _ in operations(api, "post", "put"):
        if "upload" in path or path == "/suggestions":  # NOMAD breaks on a suggestion without its input
            continue
        headers = {"Content-Type": "application/json"}
        answer = api.call(method.upper(), filled(path, "x"), data=BODIES[kind], headers=headers)
        assert answer.status_code < 500 or answer.status_code == 501, (path, answer.text)


def test_a_part_that_begins_beyond_all_files_is_empty(users: Any, silicon: dict[str, bytes]) -> None:
    api = users.v1("leonard")
    upload_id = api.process_v1(silicon)["upload_id"]
    answer = api.get(f"/uploads/{upload_id}/raw/AcAg/si/si.out", params={"offset": 2**62})
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /x?" + b"a" * LINE_BYTES + b" HTTP/1.1\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"X-Long: " + b"a" * HEAD_BYTES + b"\r\n", 413),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: a\r\n" % number for number in range(20_000)), 413),
        (b"nonsense\r\n", 400),
    ],
)
def test_a_head_that_is_too_big_or_none_is_refused(head: bytes, status: int, sandbox: Sandbox) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=10) as connection:
        connection.sendall(head + b"\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 %d" % status)


def test_a_body_of_too_much_json_is_refused_before_it_is_read(nobody_v1: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nomad_sandbox.json_body.JSON_BYTES", 1000)
    begin = time.monotonic()
    for data in (b" " * 2000, iter([b" " * 600] * 2)):
        answer = nobody_v1.call("POST", "/entries/query", data=data, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
    assert time.monotonic() - begin < 5
