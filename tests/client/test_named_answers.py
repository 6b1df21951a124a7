"""An answer that names an id is held against the id that was asked for."""

from __future__ import annotations

from typing import Any

import pytest

import nomad_swagger as ns
from tests.conftest import Reply, Web


@pytest.mark.parametrize(
    ("spec", "path", "answer", "ask"),
    [
        (
            "nomad-1.4.3",
            "api/v1",
            {"entry_id": "other", "data": {"entry_id": "other", "archive": {"run": []}}},
            ns.archive,
        ),
        (
            "nomad-1.4.3",
            "api/v1",
            {"upload_id": "other", "data": {"upload_id": "other", "process_running": False}},
            ns.get_upload,
        ),
        ("nomad-0.8.6", "api", {"upload_id": "other", "tasks_running": False}, ns.get_upload),
    ],
)
def test_an_answer_about_something_else_is_none(web: Web, spec: str, path: str, answer: Any, ask: Any) -> None:
    web.script(Reply.json(answer))
    client = ns.connect(f"{web.url}/{path}", spec=spec)
    with pytest.raises(ns.ApiError, match="mine was asked for, and 'an answer about other' came"):
        ask(client, "mine")
