"""jsonschema judges the same formats and bravado reads the same, whether their libraries came early or late."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from nomad_swagger.late_imports import FORMATS, READERS

ONE_OF_EACH = {
    "duration": ("P1DT2H", "two hours"),
    "uri": ("https://nomad-lab.eu/a", "a b"),
    "uri-reference": ("/a?b#c", "\\a"),
    "uri-template": ("/raw/{path}", "/raw/{path"),
    "color": ("fuchsia", "#12"),
    "iri": ("https://nomad-lab.eu/ä", "a b"),
    "iri-reference": ("/ä", "a\\b"),
    "hostname": ("nomad-lab.eu", "-nomad"),
    "date-time": ("2026-01-02T03:04:05Z", "yesterday"),
    "json-pointer": ("/a/b", "a"),
    "relative-json-pointer": ("1/a", "a"),
    "uuid": ("5f1c0b9e-7f3e-4f0a-9d5c-2f6b1a7e8c3d", "5f1c0b9e"),
}

SCRIPT = """
import json, sys
hooks = list(sys.meta_path)
if sys.argv[1] == "late":
    from nomad_swagger.late_imports import import_jsonschema
    import_jsonschema()
import jsonschema
from jsonschema import validators
libraries, values = json.loads(sys.argv[2]), json.loads(sys.argv[3])
loaded = [name for name in libraries if name in sys.modules]
checkers = {draft.__name__: draft.FORMAT_CHECKER for draft in validators._META_SCHEMAS.values()}
checkers[""] = jsonschema.FormatChecker()
judged = {
    name: [[value, checker.conforms(value, name)] for value in both]
    for checker in checkers.values()
    for name, both in values.items()
    if name in checker.checkers
}
multiple = [validators.Draft7Validator({"multipleOf": part}).is_valid(1e308) for part in (0.5, 0.3)]
print(json.dumps({
    "multiple": multiple,
    "loaded": loaded,
    "known": {draft: sorted(checker.checkers) for draft, checker in checkers.items()},
    "judged": judged,
    "hooked": len(sys.meta_path) - len(hooks),
    "odd": sorted(
        name for name in libraries if type(sys.modules.get(name)).__name__ not in ("module", "NoneType")
    ),
    "none": [name for name, module in sys.modules.items() if module is None],
    "come": [name for name in libraries if name in sys.modules],
}))
"""


def seen(how: str) -> dict[str, Any]:
    words = (json.dumps(FORMATS), json.dumps(ONE_OF_EACH))
    done = subprocess.run([sys.executable, "-c", SCRIPT, how, *words], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def both() -> tuple[dict[str, Any], dict[str, Any]]:
    return seen("plain"), seen("late")


def test_every_draft_knows_the_same_formats_and_judges_values_the_same(
    both: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    plain, late = both
    assert late["known"] == plain["known"]
    assert late["judged"] == plain["judged"]
    assert late["multiple"] == plain["multiple"] == [True, False]
    verdicts = {verdict for values in late["judged"].values() for _, verdict in values}
    assert verdicts == {True, False}


def test_the_libraries_wait_until_a_value_is_checked_and_nothing_hidden_is_left_behind(
    both: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    plain, late = both
    assert plain["loaded"] == plain["come"] == late["come"]
    assert late["loaded"] == late["odd"] == late["none"] == []
    assert late["hooked"] == plain["hooked"]


BRAVADO = """
import json, sys, tempfile
from datetime import datetime
if sys.argv[1] == "late":
    from nomad_swagger.late_imports import import_bravado
    import_bravado()
from bravado.client import SwaggerClient
from bravado.swagger_model import load_file
from bravado_core.formatter import DEFAULT_FORMATS
from bravado.http_future import unmarshal_response_inner
loaded = [name for name in json.loads(sys.argv[2]) if name in sys.modules]
document = '''
swagger: "2.0"
info: {title: t, version: "1"}
schemes: [http]
host: localhost
paths:
  /a:
    get:
      tags: [x]
      operationId: a
      produces: [application/msgpack]
      responses: {200: {description: a time, schema: {type: string, format: date-time}}}
  /b:
    get:
      tags: [x]
      operationId: b
      responses: {200: {description: a ring, schema: {$ref: "#/definitions/ring"}}}
definitions:
  ring: {type: object, x-model: ring, properties: {next: {$ref: "#/definitions/link"}}}
  link: {type: object, x-model: link, properties: {name: {type: string}}}
'''
with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
    file.write(document)
    file.flush()
    read = load_file(file.name)
import msgpack
class Answer:
    status_code, reason, text = 200, "OK", ""
    headers, raw_bytes = {"content-type": "application/msgpack"}, msgpack.packb("2026-01-02T03:04:05Z")
client = SwaggerClient.from_spec(read, config={"internally_dereference_refs": True})
operation = client.x.a.operation
followed = client.swagger_spec.deref_flattened_spec["paths"]["/b"]["get"]["responses"]["200"]["schema"]
print(json.dumps({
    "loaded": loaded,
    "read": read["info"],
    "followed": followed["properties"],
    "day": str(DEFAULT_FORMATS["date"].to_python("2026-01-02")),
    "wire": DEFAULT_FORMATS["date-time"].to_wire(datetime(2026, 1, 2)),
    "answer": str(unmarshal_response_inner(Answer(), operation)),
    "odd": [name for name, module in sys.modules.items() if type(module).__module__.startswith("nomad_swagger")],
    "come": [name for name in json.loads(sys.argv[2]) if name in sys.modules],
}))
"""


def test_bravado_reads_times_and_messages_and_follows_references_by_libraries_that_came_late() -> None:
    def seen_of(how: str) -> dict[str, Any]:
        command = [sys.executable, "-W", "ignore", "-c", BRAVADO, how, json.dumps(READERS)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    plain, late = seen_of("plain"), seen_of("late")
    assert set(plain.pop("loaded")) == set(READERS)
    assert late.pop("loaded") == []
    assert plain == late
    assert late["answer"].startswith("2026-01-02")
    assert late["followed"]["next"]["properties"] == {"name": {"type": "string"}}
    assert (late["odd"], set(late["come"])) == ([], set(READERS))
