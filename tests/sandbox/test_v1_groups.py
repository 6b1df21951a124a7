"""Groups of users, and what else leaves v1 in one piece: bundles, tables, geometries."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest


def test_a_group_is_its_owners_to_change(leonard_v1: Any, sheldon_v1: Any, nobody_v1: Any) -> None:
    sheldon = sheldon_v1.json("/users/me")["user_id"]
    group = leonard_v1.post("/groups", {"group_name": "friends", "members": [sheldon]}, 201)
    path = f"/groups/{group['group_id']}"
    assert sheldon in nobody_v1.json(path)["members"]
    assert group["group_id"] in [row["group_id"] for row in nobody_v1.json("/groups", user_id=sheldon)["data"]]
    assert sheldon_v1.call("POST", f"{path}/edit", json={"group_name": "mine"}).status_code == 403
    assert leonard_v1.post(f"{path}/edit", {"group_name": "old friends"})["group_name"] == "old friends"
    assert leonard_v1.call("POST", "/groups", json={"members": ["nosuch"]}).status_code == 422
    statuses = [api.call("DELETE", path).status_code for api in (nobody_v1, sheldon_v1, leonard_v1, leonard_v1)]
    assert statuses == [401, 403, 204, 404]


def test_a_bundle_holds_files_archives_and_what_is_known(leonard_v1: Any, nobody_v1: Any, silicon: Any) -> None:
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    bundle = zipfile.ZipFile(io.BytesIO(leonard_v1.get(f"/uploads/{upload_id}/bundle").content))
    told = json.loads(bundle.read("bundle_info.json"))
    assert told["upload"]["upload_id"] == upload_id
    assert f"archive/{told['entries'][0]['entry_id']}.json" in bundle.namelist()
    assert "raw/AcAg/si/si.out" in bundle.namelist()
    assert nobody_v1.get(f"/uploads/{upload_id}/bundle").status_code == 401


def test_a_search_leaves_as_json_or_csv(leonard_v1: Any, silicon: Any) -> None:
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    params = {"owner": "user", "upload_id": upload_id, "include": ["mainfile"]}
    assert leonard_v1.json("/entries/export", **params)[0]["mainfile"] == "AcAg/si/si.out"
    table = leonard_v1.get("/entries/export", params=params, headers={"Content-Type": "text/csv"})
    assert table.text.split() == ["mainfile", "AcAg/si/si.out"]


@pytest.mark.parametrize("kind", ["xyz", "cif", "pdb"])
def test_a_geometry_leaves_as_a_file(leonard_v1: Any, silicon: Any, kind: str) -> None:
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    (entry_id,) = leonard_v1.search({"upload_id": upload_id})
    answer = leonard_v1.get(f"/systems/{entry_id}", params={"path": "run/0/system/-1", "format": kind})
    assert answer.status_code == 200
    assert "Si" in answer.text or "SI" in answer.text
    assert leonard_v1.get(f"/systems/{entry_id}", params={"path": "run/0/nosuch"}).status_code == 404


def test_suggestions_begin_with_what_was_typed(sandbox: Any, nobody_v1: Any) -> None:
    sandbox.add_entries(3)
    body = {"input": "va", "quantities": [{"name": "results.method.simulation.program_name"}]}
    found = nobody_v1.post("/suggestions", body)["results.method.simulation.program_name"]
    assert [row["value"] for row in found] == ["VASP"]


def test_an_edit_in_v0s_manner_tells_of_each_action(leonard_v1: Any, silicon: Any) -> None:
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    actions = {"comment": {"value": "as v0"}, "references": [{"value": "https://a.org"}]}
    body = {"owner": "user", "query": {"upload_id": upload_id}, "actions": actions}
    tried = leonard_v1.post("/entries/edit_v0", {**body, "verify": True})
    assert (tried["success"], tried["actions"]["comment"]["success"]) == (True, True)
    assert leonard_v1.search({"upload_id": upload_id, "comment": "v0"}) == []
    leonard_v1.post("/entries/edit_v0", body)
    assert len(leonard_v1.search({"upload_id": upload_id, "comment": "v0"})) == 1
    wrong = {**body, "actions": {"references": [{"value": "no address"}]}}
    assert leonard_v1.call("POST", "/entries/edit_v0", json=wrong).status_code == 400
