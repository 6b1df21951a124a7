"""Logins and tokens, users, and the shapes of errors on v1."""

from __future__ import annotations

from typing import Any

import pytest
import requests


@pytest.fixture
def upload(leonard_v1: Any, silicon: Any) -> tuple[str, str]:
    """An unpublished upload of leonard: its id and its entry's."""
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    return upload_id, leonard_v1.json(f"/uploads/{upload_id}/entries")["data"][0]["entry_id"]


def me(url: str, token: str) -> requests.Response:
    return requests.get(url + "/users/me", headers={"Authorization": f"Bearer {token}"}, timeout=60)


def test_a_password_buys_a_token(nobody_v1: Any) -> None:
    form = {"grant_type": "password", "username": "leonard", "password": "password"}
    answer = nobody_v1.call("POST", "/auth/token", data=form)
    assert answer.json()["token_type"] == "Bearer"
    assert me(nobody_v1.url, answer.json()["access_token"]).json()["username"] == "leonard"
    wrong = nobody_v1.call("POST", "/auth/token", data={**form, "password": "no"})
    assert (wrong.status_code, wrong.json()) == (401, {"detail": "Incorrect username or password"})
    for broken in ({**form, "grant_type": "other"}, {"username": "leonard", "password": "password"}):
        refused = nobody_v1.call("POST", "/auth/token", data=broken)
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["loc"] == ["body", "grant_type"]


def test_a_wrong_token_is_refused_also_where_none_is_needed(nobody_v1: Any) -> None:
    answer = requests.get(nobody_v1.url + "/info", headers={"Authorization": "Bearer rubbish"}, timeout=60)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Could not validate credentials."})
    anonymous = nobody_v1.get("/users/me")
    assert (anonymous.status_code, anonymous.json()) == (401, {"detail": "Authentication required."})


def test_an_app_token_and_a_cookie_log_in(leonard_v1: Any) -> None:
    token = leonard_v1.json("/auth/app_token", expires_in=3600)["app_token"]
    assert token.count(".") == 2
    assert me(leonard_v1.url, token).json()["username"] == "leonard"
    cookie = {"Authorization": f"Bearer%20{token}"}
    assert requests.get(leonard_v1.url + "/users/me", cookies=cookie, timeout=60).status_code == 200
    for seconds in (0, 2592001):
        assert leonard_v1.get("/auth/app_token", params={"expires_in": seconds}).status_code == 422
    assert leonard_v1.get("/auth/app_token").status_code == 422


def test_a_personal_access_token_lives_until_it_is_renewed_or_revoked(leonard_v1: Any, sheldon_v1: Any) -> None:
    body = {"metadata": {"name": "ci", "scopes": ["users:read"]}, "expires_in_days": 30}
    made = leonard_v1.post("/auth/pats", body, 201)
    pat_id, first = made["pat"]["id"], made["raw_token"]
    assert first.startswith("nomad_pat_")
    assert me(leonard_v1.url, first).json()["username"] == "leonard"
    assert first not in leonard_v1.get("/auth/pats").text
    assert leonard_v1.json(f"/auth/pats/{pat_id}")["name"] == "ci"
    assert sheldon_v1.get(f"/auth/pats/{pat_id}").status_code == 404
    second = leonard_v1.post(f"/auth/pats/{pat_id}/rotate", None)["raw_token"]
    assert (me(leonard_v1.url, first).status_code, me(leonard_v1.url, second).status_code) == (401, 200)
    assert leonard_v1.call("DELETE", f"/auth/pats/{pat_id}").status_code == 204
    assert me(leonard_v1.url, second).status_code == 401
    assert [row["revoked"] for row in leonard_v1.json("/auth/pats")["data"]] == [True]
    too_long = {**body, "expires_in_days": 366}
    assert leonard_v1.call("POST", "/auth/pats", json=too_long).status_code == 400


def test_an_upload_token_speaks_for_its_user_and_a_signature_in_the_query_does_not(
    leonard_v1: Any, upload: tuple[str, str]
) -> None:
    command = leonard_v1.json("/uploads/command-examples")["upload_command"]
    token = command.split("Upload-Token: ")[1].split("'")[0]
    headers = {"Upload-Token": token, "Accept": "application/json"}
    answer = requests.post(
        leonard_v1.url + "/uploads", data=b"x", params={"file_name": "x"}, headers=headers, timeout=60
    )
    assert answer.status_code == 200
    leonard_v1.wait_v1(answer.json()["upload_id"])
    signature = leonard_v1.json("/auth/signature_token")["signature_token"]
    link = f"{leonard_v1.url}/entries/{upload[1]}/raw/si.in"
    # NOMAD 1.4.3 makes signature tokens still, and opens nothing by them (auth.signature-used)
    assert requests.get(link, params={"signature_token": signature}, timeout=60).status_code == 404
    assert requests.get(link, timeout=60).status_code == 404


def test_an_app_token_makes_no_further_tokens(leonard_v1: Any) -> None:
    app = {"Authorization": "Bearer " + leonard_v1.json("/auth/app_token", expires_in=60)["app_token"]}
    body = {"metadata": {"name": "x", "scopes": ["users:read"]}}
    statuses = [
        requests.get(leonard_v1.url + "/auth/app_token", params={"expires_in": 60}, headers=app, timeout=60),
        requests.get(leonard_v1.url + "/auth/signature_token", headers=app, timeout=60),
        requests.post(leonard_v1.url + "/auth/pats", json=body, headers=app, timeout=60),
    ]
    assert [answer.status_code for answer in statuses] == [403, 403, 403]
    assert requests.get(leonard_v1.url + "/uploads", headers=app, timeout=60).status_code == 200


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        (["uploads:read"], "DELETE", "/uploads/unknown", 403),
        (["uploads:write"], "DELETE", "/uploads/unknown", 404),
        (["uploads:delete"], "DELETE", "/uploads/unknown", 404),
        (["uploads:write"], "GET", "/uploads", 403),
        (["uploads:read", "uploads:write"], "GET", "/uploads", 200),
        (["datasets:read"], "GET", "/datasets/", 200),
        (["datasets:read"], "GET", "/groups", 403),
        (["tokens:read"], "GET", "/auth/pats", 200),
        (["entries:read"], "POST", "/entries/edit", 403),
    ],
)
def test_a_personal_access_token_opens_what_its_scopes_say(
    leonard_v1: Any, scopes: list[str], method: str, path: str, status: int
) -> None:
    made = leonard_v1.post("/auth/pats", {"metadata": {"name": "scoped", "scopes": scopes}}, 201)
    headers = {"Authorization": "Bearer " + made["raw_token"]}
    answer = requests.request(method, leonard_v1.url + path, headers=headers, timeout=60)
    assert answer.status_code == status, answer.text
    assert status != 403 or "Missing scopes" in answer.json()["detail"]


@pytest.mark.parametrize("scopes", [[], ["uploads"], ["uploads:read", "nosuch:read"], ["uploads:fly"]])
def test_a_personal_access_token_needs_scopes_that_there_are(leonard_v1: Any, scopes: list[str]) -> None:
    answer = leonard_v1.call("POST", "/auth/pats", json={"metadata": {"name": "x", "scopes": scopes}})
    assert answer.status_code == 400


def test_users_are_found_by_prefix_and_id(leonard_v1: Any, nobody_v1: Any) -> None:
    (sheldon,) = nobody_v1.json("/users", prefix="shel")["data"]
    assert "email" not in sheldon
    assert nobody_v1.json("/users", user_id=sheldon["user_id"])["data"] == [sheldon]
    assert nobody_v1.json(f"/users/{sheldon['user_id']}") == sheldon
    assert nobody_v1.get("/users/nobody").status_code == 404


def test_several_users_come_in_the_order_in_which_they_are_asked_for(nobody_v1: Any) -> None:
    def names(**params: Any) -> list[str]:
        return [user["username"] for user in nobody_v1.json("/users", **params)["data"]]

    mails = [f"{name}@nomad-fairdi.tests.de" for name in ("sheldon.cooper", "nobody", "leonard.hofstadter")]
    assert names(email=mails) == ["sheldon", "leonard"]
    assert names(email=mails[0], username=["admin", "sheldon"]) == ["admin", "sheldon", "sheldon"]
    assert names(prefix="leo", username="admin") == ["admin", "leonard"]
    assert names() == []


@pytest.mark.parametrize(
    ("method", "wrong", "right"),
    [
        ("GET", "/datasets", "/datasets/"),
        ("POST", "/datasets?x=1", "/datasets/?x=1"),
        ("GET", "/entries/", "/entries"),
        ("POST", "/entries/query/", "/entries/query"),
        ("GET", "/uploads/abc/", "/uploads/abc"),
    ],
)
def test_a_wrong_slash_is_sent_to_the_right_address(leonard_v1: Any, method: str, wrong: str, right: str) -> None:
    answer = leonard_v1.call(method, wrong, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (307, leonard_v1.url + right)


def test_the_shapes_of_errors(nobody_v1: Any) -> None:
    assert nobody_v1.get("/no/such/route").json() == {"detail": "Not Found"}
    wrong_method = nobody_v1.call("DELETE", "/info")
    assert (wrong_method.status_code, wrong_method.json()) == (405, {"detail": "Method Not Allowed"})
    no_json = nobody_v1.call("POST", "/entries/query", data="{", headers={"Content-Type": "application/json"})
    assert (no_json.status_code, no_json.json()["detail"][0]["type"]) == (422, "json_invalid")
    no_number = nobody_v1.get("/entries", params={"page_size": "many"})
    assert no_number.json()["detail"][0]["loc"] == ["query", "page_size"]
    missing = nobody_v1.get("/north/")
    assert missing.status_code == 501
    assert "is not part of the sandbox" in missing.json()["detail"]


def test_every_operation_of_the_document_answers(nobody_v1: Any) -> None:
    document = nobody_v1.json("/openapi.json")
    for path, item in document["paths"].items():
        for method in item:
            answer = nobody_v1.call(method.upper(), path.replace("{", "").replace("}", ""))
            assert answer.status_code < 500 or answer.status_code == 501, (method, path, answer.text)


def test_info_tells_what_the_server_is(nobody_v1: Any) -> None:
    info = nobody_v1.json("/info")
    assert info["version"] == "1.4.3"
    assert info["search_quantities"]["results.material.elements"]["many"] is True
    assert "parsers/vasp" in info["parsers"]
