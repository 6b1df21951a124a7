"""jsonschema knows and judges the same formats, whether its libraries came with it or late."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from nomad_swagger.late_formats import LIBRARIES

ONE_OF_EACH = {
    "duration": ("P1DT2H", "two hours"),
    "uri": ("https://nomad-lab.eu/a", "a b"),
    "uri-reference": ("/a?b#c", "\\a"),
    "uri-template": ("/raw/{path}", "/raw/{path"),
    "color": ("fuchsia", "#12"),
    "iri": ("https://nomad-lab.eu/ä", "a b"),
    "iri-reference": ("/ä", "a\\b"),
}

SCRIPT = """
import json, sys
hooks = list(sys.meta_path)
if sys.argv[1] == "late":
    from nomad_swagger.late_formats import import_jsonschema
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
import importlib
print(json.dumps({
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
    words = (json.dumps(LIBRARIES), json.dumps(ONE_OF_EACH))
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
    verdicts = {verdict for values in late["judged"].values() for _, verdict in values}
    assert verdicts == {True, False}


def test_the_libraries_wait_until_a_value_is_checked_and_nothing_hidden_is_left_behind(
    both: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    plain, late = both
    assert plain["loaded"] == plain["come"] == late["come"]
    assert late["loaded"] == late["odd"] == late["none"] == []
    assert late["hooked"] == plain["hooked"]
