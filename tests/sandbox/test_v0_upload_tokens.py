from __future__ import annotations

from typing import Any

import requests


def _error(response: requests.Response) -> tuple[int, str]:
    body = response.json()
    assert body["code"] == response.status_code
    return response.status_code, body.get("message", body["description"])


def test_an_upload_token_uploads_and_does_nothing_else(
    leonard: Any, nobody: Any, silicon: dict[str, bytes], zip_of: Any
) -> None:
    token = leonard.json("/auth/")["upload_token"]
    sent = nobody.call("PUT", "/uploads/", params={"token": token}, data=zip_of(silicon))
    assert sent.headers["Content-Type"].startswith("text/plain")
    assert sent.text.startswith("\nThanks for uploading your data to nomad.\nGo back to http")
    as_json = {"Accept": "application/json"}
    upload = nobody.call("PUT", "/uploads/", params={"token": token}, data=zip_of(silicon), headers=as_json).json()
    assert leonard.wait(upload["upload_id"])["processed_calcs"] == 1
    refused = nobody.get("/uploads/", params={"token": token})
    assert _error(refused) == (401, "Query param token not supported for this endpoint")
    assert nobody.call("PUT", "/uploads/", params={"token": token[:-2] + "AA"}, data=b"").status_code == 401
    broken = nobody.call("PUT", "/uploads/", params={"token": "nodot"}, data=b"")
    assert broken.json() == {
        "code": 500,
        "description": "No description available",
        "name": "Internal Server Error",
    }


def test_nobody_uploads_nothing(nobody: Any) -> None:
    response = nobody.call("PUT", "/uploads/", data=b"x" * 3_000_000)
    assert _error(response) == (401, "Authentication is required for this endpoint")


def test_commands_carry_the_token_and_the_known_slip(leonard: Any) -> None:
    commands = leonard.json("/uploads/command")
    assert commands["upload_url"].endswith("/uploads/command")
    assert set(commands) == {
        *("upload_url", "upload_command", "upload_command_with_name"),
        *("upload_progress_command", "upload_command_form", "upload_tar_command"),
    }
    assert leonard.json("/auth/")["upload_token"] in commands["upload_command"]
