"""Every table of the command line at five widths, as it was looked at: ``golden/WIDTH.txt``.

After a change that is meant: ``NEW_SCREENS=1 pytest -n 0 tests/cli/test_screens.py``, and look at the difference.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from nomad_swagger.apispec.access import needs_login
from nomad_swagger.apispec.load import load_spec
from nomad_swagger.cli import console, file_rows
from nomad_swagger.cli.commands import dataset, doctor, edit, logins, ops, put, sandbox, search, spec_list, token, users
from nomad_swagger.cli.commands import upload as uploads
from nomad_swagger.cli.output import show_rows
from nomad_swagger.explore.operations import operations
from nomad_swagger.screen.cut import cell_len
from nomad_swagger.screen.tables import cell
from tests.cli.screens import Screen, without_styles

WIDTHS = (40, 60, 80, 120, 200)
GOLDEN = Path(__file__).with_name("golden")
COMMANDS = Path(uploads.__file__).parent
WHEN = datetime(2026, 11, 28, 18, 41, 7, tzinfo=timezone.utc)
UPLOADS = ("-bWc5Uw8T6KlqgBWhHZ3Lw", "iGbKmAQnSMGWlxEYwnK3xQ")
ENTRIES = ("nwwoQjZi0hjgrnfROzwJ1Zp0JAnX", "zvUhEDeW43JQjEHOdvmy8pRu-GEq")
LONG = "calculations/2026/silicon/relaxed/PBE/500eV/kpoints-8x8x8/vasprun.xml"


def _upload(upload_id: str, name: str, stage: str) -> dict[str, Any]:
    about = {"name": name, "status": "SUCCESS", "stage": stage, "entries": 12, "failed": 0, "published": True}
    return {"upload_id": upload_id, **about, "created": WHEN}


def _entry(entry_id: str, formula: str, code: str, mainfile: str) -> dict[str, Any]:
    about = {"formula": formula, "code": code, "mainfile": mainfile, "owner": "Leonard Hofstadter", "published": True}
    return {"entry_id": entry_id, **about, "with_embargo": False, "upload_id": UPLOADS[1]}


def _operation_rows() -> list[dict[str, Any]]:
    spec = load_spec("nomad-1.4.3")
    return [
        {
            "operation": one.full_name,
            "method": one.method,
            "path": one.path,
            "login": needs_login(spec, one),
            "summary": one.summary,
        }
        for one in operations(spec, "archive")
    ]


def _paths() -> list[dict[str, Any]]:
    path = "run/-1/calculation/-1/energy/total/value"
    example = {"type": "float", "shape": "", "unit": "J", "example": -3.45169e-17}
    forces = {"type": "array of float", "shape": "2 x 3", "unit": "N", "example": "[[0.0, 0.0, 0.0], …]"}
    return [{"path": path, **example}, {"path": f"{path[:22]}forces/total/value", **forces}]


_SNAPSHOT = {"origin": "shipped", "generation": "v0", "operations": 53, "sha256": "ab12" * 16}
_SERVER = "https://nomad-lab.eu/prod/v1/api/v1"
TABLES: dict[str, tuple[Sequence[str], str, list[dict[str, Any]]]] = {
    "search": (
        search.COLUMNS,
        "entry_id",
        [
            _entry(ENTRIES[0], "Si2", "Quantum Espresso", "silicon/si.out"),
            _entry(ENTRIES[1], "C12H22O11Fe3Zn4", "FHI-aims", LONG),
        ],
    ),
    "uploads": (
        uploads.LISTED,
        "upload_id",
        [
            _upload(UPLOADS[0], "silicon.zip", "cleanup"),
            _upload(UPLOADS[1], "All that we relaxed in 2026", "parse_all"),
        ],
    ),
    "upload, wait, publish": (uploads.COLUMNS, "upload_id", [_upload(UPLOADS[0], "silicon.zip", "publish/ed")]),
    "put": (
        put._COLUMNS,
        "upload_id",
        [
            {
                **_upload(UPLOADS[0], "silicon.zip", "cleanup"),
                "sent": [LONG, "silicon/si.out"],
                "kept": [],
                "entry_ids": {"silicon/notes.archive.yaml": ENTRIES[0]},
            }
        ],
    ),
    "mirror status": (
        ("kind", "state", "items", "holding", "bytes"),
        "kind",
        [
            {"kind": "archives", "state": "done", "items": 100, "holding": 100000, "bytes": 123456789},
            {"kind": "upload", "state": "failed", "items": 2, "holding": 31, "bytes": 0},
        ],
    ),
    "users": (
        users.COLUMNS,
        "user_id",
        [
            {
                "name": "Leonard Hofstadter",
                "email": "leonard.hofstadter@nomad-fairdi.tests.de",
                "user_id": "68878af7-6845-46c0-b2c1-250d4d8eb470",
            }
        ],
    ),
    "ls, download --list": (
        file_rows.IN_A_TABLE,
        "id",
        [
            {"path": "silicon/si.out", "size_bytes": 10844, "readable": True, "upload_id": UPLOADS[0]},
            {"path": LONG, "size_bytes": 123456789, "readable": False, "upload_id": UPLOADS[0]},
        ],
    ),
    "dataset list, create, doi": (
        dataset.COLUMNS,
        "dataset_id",
        [
            {
                "name": "Cut-offs of silicon",
                "dataset_id": UPLOADS[0],
                "doi": "10.17172/NOMAD/2020.03.18-1",
                "created": WHEN,
            }
        ],
    ),
    "dataset show": (
        (*dataset.COLUMNS, "entries", "published"),
        "dataset_id",
        [{"name": "steels", "dataset_id": UPLOADS[0], "doi": "", "created": WHEN, "entries": 1200, "published": 3}],
    ),
    "edit": (
        edit.COLUMNS,
        "quantity",
        [
            {"quantity": "comment", "value": "PBE, 500 eV, relaxed until the forces were small", "entries": 12},
            {"quantity": "references", "value": ["https://doi.org/10.17172/NOMAD/2020.03.18-1"], "entries": 12},
        ],
    ),
    "stats": (
        ("value", "entries", "share"),
        "value",
        [
            {"value": "VASP", "entries": 10432, "share": "83.1%"},
            {"value": "Quantum Espresso", "entries": 87, "share": "0.7%"},
        ],
    ),
    "archive --paths": (("path", "type", "shape", "unit", "example"), "path", _paths()),
    "archive --column": (
        ("entry_id", "energy_eV", "formula"),
        "entry_id",
        [{"entry_id": ENTRIES[0], "energy_eV": -215.4391234, "formula": "Si2"}],
    ),
    "ops": (ops.COLUMNS, "operation", _operation_rows()),
    "spec list, fetch": (
        spec_list.COLUMNS,
        "name",
        [
            {"name": f"{_SERVER}/openapi.json", **_SNAPSHOT, "origin": "cache", "age": "less than a minute ago"},
            {"name": "nomad-0.7.9", **_SNAPSHOT, "age": ""},
        ],
    ),
    "logins": (
        logins._COLUMNS,
        "server",
        [
            {
                "server": _SERVER,
                "who": "leonard.hofstadter@nomad-fairdi.tests.de",
                "kept": "an app token",
                "until": "2027-11-28 10:00 (in 365 days)",
                "where": "/home/leonard/.local/state/nomad-swagger/logins.json",
            }
        ],
    ),
    "token list": (
        token._COLUMNS,
        "id",
        [
            {
                "id": UPLOADS[0],
                "name": "nightly mirror",
                "scopes": ["uploads:read", "entries:read"],
                "expired_at": "2026-12-28T18:41:07.123456+00:00",
                "last_used_at": None,
                "revoked": False,
            }
        ],
    ),
    "config list": (
        ("key", "value", "source"),
        "key",
        [
            {"key": "default", "value": "our-oasis", "source": "/home/leonard/.config/nomad-swagger/config.yaml"},
            {
                "key": "profiles.historical.keycloak.server_url",
                "value": "https://nomad-lab.eu/fairdi/keycloak/auth/",
                "source": "built in",
            },
        ],
    ),
    "sandbox list": (
        sandbox._COLUMNS,
        "name",
        [
            {
                "name": "8000",
                "port": 8000,
                "pid": 12345,
                "url": "http://127.0.0.1:8000",
                "data": "/home/leonard/nomad",
                "started": "2026-11-28T18:41:07+00:00",
            }
        ],
    ),
    "doctor": (
        doctor._COLUMNS,
        "what",
        [
            {"what": "server", "state": "good", "words": f"{_SERVER} answers in 0.31 s: NOMAD 1.4.3"},
            {
                "what": "login",
                "state": "look",
                "words": "none: what is public can be had; `nomad-swagger login` makes one",
            },
        ],
    ),
}
# Which module's table stands where it is not the command's own name.
SHOWN_ELSEWHERE = {"publish": "upload", "wait": "upload"}


def screen_of(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give what a terminal of a width shows of a table, with the note below it."""
    columns, key, rows = TABLES[name]
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    show_rows(rows, columns=columns, fmt="table", key=key)
    return without_styles(screen.raw_text)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_table_looks_as_it_was_looked_at(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    console.begin()
    shown = "\n".join(f"== {name}\n{screen_of(name, width, monkeypatch)}" for name in TABLES)
    golden = GOLDEN / f"{width}.txt"
    if os.environ.get("NEW_SCREENS"):
        golden.write_text(shown, "utf-8")
    assert shown == golden.read_text("utf-8")


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_table_breaks_a_line_or_a_word(width: int, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for line in screen_of(name, width, monkeypatch).splitlines() if not line.startswith("no room for")]
    assert max(map(cell_len, lines)) <= width
    columns, key, rows = TABLES[name]
    written = " ".join(cell(value, short=True) for row in rows for value in row.values())
    whole = {*re.split(r"[\s/]+", written), *columns, *(str(row.get(key)) for row in rows)}
    broken = {word for line in lines for word in re.split(r"[\s/]+", line) if "…" not in word} - whole
    assert broken <= {"-", ""}


def test_every_command_that_prints_a_table_is_here() -> None:
    printing = {
        path.stem
        for path in COMMANDS.glob("*.py")
        if any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("show_rows", "show_files")
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
        )
    }
    named = {word for name in TABLES for word in re.findall(r"[a-z]+", name)} | set(SHOWN_ELSEWHERE)
    here = {path for path in printing if path.split("_")[0] in named or path in named}
    assert printing == here, f"add {printing - here} to TABLES, and look at the screens"
