from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import Any

import pytest
import requests


def _zip(response: requests.Response) -> dict[str, bytes]:
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def files(silicon: dict[str, bytes]) -> dict[str, bytes]:
    return {
        **silicon,
        "AcAg/si/notes a/b.txt": b"0123456789",
        "AcAg/si/data.txt.gz": gzip.compress(b"unpacked"),
        "AcAg/si/POTCAR": b" PAW_PBE Si\n header\n END of PSCTR-controll parameters\n SECRET\n End of Dataset\n",
        "top.txt": b"top",
        "empty": b"",
        "d/y.txt.gz": gzip.compress(b"yes"),
        "plot.png": b"\x89PNG\0",
        "grüße.txt": b"hello",
    }


@pytest.fixture(scope="module")
def open_upload(users: Any, files: dict[str, bytes]) -> tuple[str, str]:
    """A published upload and its entry."""
    api = users.api("leonard")
    upload = api.process(files)
    api.publish(upload["upload_id"])
    return upload["upload_id"], upload["calcs"]["results"][0]["calc_id"]


def test_a_file_comes_whole_and_without_a_length(open_upload: tuple[str, str], nobody: Any, files: Any) -> None:
    response = nobody.get(f"/raw/{open_upload[0]}/AcAg/si/si.out")
    assert response.content == files["AcAg/si/si.out"]
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Content-Disposition"] == "attachment; filename=si.out"
    assert response.headers["Cache-Control"] == "public, max-age=0"
    assert response.headers["Connection"] == "close"
    assert "Content-Length" not in response.headers
    assert "Transfer-Encoding" not in response.headers
    head = nobody.call("HEAD", f"/raw/{open_upload[0]}/AcAg/si/si.out")
    assert (head.status_code, head.content) == (200, b"")


def test_slashes_may_be_encoded(open_upload: tuple[str, str], nobody: Any, leonard: Any, files: Any) -> None:
    upload_id, calc_id = open_upload
    assert nobody.get(f"/raw/{upload_id}/AcAg%2Fsi%2Fsi.out").content == files["AcAg/si/si.out"]
    assert leonard.get(f"/raw/{upload_id}/AcAg%2Fsi%2Fnotes%20a%2Fb.txt").content == b"0123456789"
    assert leonard.get(f"/raw/{upload_id}/gr%C3%BC%C3%9Fe.txt").content == b"hello"
    assert "AcAg/si/si.out" in _zip(nobody.get(f"/raw/calc/{upload_id}/{calc_id}/%2A"))


def test_a_range_header_is_ignored(open_upload: tuple[str, str], nobody: Any, files: Any) -> None:
    response = nobody.get(f"/raw/{open_upload[0]}/AcAg/si/si.out", headers={"Range": "bytes=0-9"})
    assert (response.status_code, response.content) == (200, files["AcAg/si/si.out"])


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"length": 3}, b"012"),
        ({"offset": 4, "length": 3}, b"456"),
        ({"offset": 99, "length": 3}, b""),
        ({"offset": 8, "length": 30}, b"89"),
        ({"offset": 4}, "bad offset, length values"),
        ({"offset": "x", "length": 3}, "bad parameter types"),
        ({"offset": -1, "length": 3}, "bad offset, length values"),
    ],
)
def test_parts_of_a_file(params: dict[str, Any], expected: bytes | str, open_upload: Any, leonard: Any) -> None:
    response = leonard.get(f"/raw/{open_upload[0]}/AcAg/si/notes a/b.txt", params=params)
    if isinstance(expected, bytes):
        assert (response.status_code, response.content) == (200, expected)
    else:
        assert (response.status_code, response.json()["message"]) == (400, expected)


def test_a_compressed_file_is_unpacked_under_a_mangled_name(open_upload: tuple[str, str], leonard: Any) -> None:
    response = leonard.get(f"/raw/{open_upload[0]}/d/y.txt.gz", params={"decompress": 1})
    assert (response.content, response.headers["Content-Disposition"]) == (b"yes", "attachment; filename=y")
    assert gzip.decompress(leonard.get(f"/raw/{open_upload[0]}/d/y.txt.gz").content) == b"yes"


def test_a_folder_lists_its_files_and_no_folders(open_upload: tuple[str, str], leonard: Any, files: Any) -> None:
    upload_id, calc_id = open_upload
    for path in ("AcAg/si", "AcAg/si/"):
        listing = leonard.json(f"/raw/{upload_id}/{path}")
        assert (listing["upload_id"], listing["directory"]) == (upload_id, "AcAg/si")
        names = [row["name"] for row in listing["contents"]]
        assert names == ["POTCAR", "POTCAR.stripped", "data.txt.gz", "si.in", "si.out"]
    assert {row["name"]: row["size"] for row in listing["contents"]}["si.in"] == len(files["AcAg/si/si.in"])
    assert leonard.get(f"/raw/{upload_id}/AcAg").status_code == 404  # it has folders alone
    of_calc = leonard.json(f"/raw/calc/{upload_id}/{calc_id}/")
    assert [row["name"] for row in of_calc["contents"]][:2] == ["si.out", "POTCAR"]
    assert leonard.json(f"/raw/calc/{upload_id}/{calc_id}/notes a/")["contents"] == [{"name": "b.txt", "size": 10}]


def test_a_folder_lists_for_others_what_is_public_and_is_not_there_without_any(
    open_upload: tuple[str, str], nobody: Any, sheldon: Any
) -> None:
    upload_id, calc_id = open_upload
    for api in (nobody, sheldon):
        names = [row["name"] for row in api.json(f"/raw/{upload_id}/AcAg/si")["contents"]]
        assert names == ["POTCAR.stripped", "data.txt.gz", "si.in", "si.out"]
        assert api.json(f"/raw/calc/{upload_id}/{calc_id}/")["contents"][0]["name"] == "si.out"
        for path in ("AcAg/si/notes a", "d"):
            assert api.get(f"/raw/{upload_id}/{path}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["{u}/", "{u}/nothing", "{u}/nothing*", "{u}/AcAg/si/si.out/x", "none/a", "calc/{u}/x/", "{u}/../x", "{u}/.."],
)
def test_what_is_not_there_is_not_found(path: str, open_upload: tuple[str, str], nobody: Any) -> None:
    request = requests.Request("GET", nobody.url).prepare()
    request.url = nobody.url + "/raw/" + path.format(u=open_upload[0])  # not normalised
    with requests.Session() as session:
        assert session.send(request, timeout=60).status_code == 404


def test_a_file_from_an_entry(open_upload: tuple[str, str], nobody: Any, files: Any) -> None:
    upload_id, calc_id = open_upload
    assert nobody.get(f"/raw/calc/{upload_id}/{calc_id}/si.in").content == files["AcAg/si/si.in"]


def test_prefixes_select_what_a_zip_holds(open_upload: tuple[str, str], nobody: Any, leonard: Any, files: Any) -> None:
    upload_id, calc_id = open_upload
    assert set(_zip(nobody.get(f"/raw/{upload_id}/AcAg/si/si*"))) == {"AcAg/si/si.out", "AcAg/si/si.in"}
    whole = nobody.get(f"/raw/{upload_id}/*")
    assert whole.headers["Content-Disposition"] == f"attachment; filename={upload_id}.zip"
    assert "Content-Length" not in whole.headers
    content = _zip(whole)
    beside = {"AcAg/si/POTCAR.stripped", "AcAg/si/data.txt.gz", "AcAg/si/si.in", "AcAg/si/si.out"}
    assert set(content) == beside  # what lies beside no mainfile, and the POTCAR, are their owner's
    assert set(_zip(leonard.get(f"/raw/{upload_id}/*"))) == {*files, *beside}
    assert all(content[name] == files[name] for name in content if name in files)
    assert "AcAg/si/si.in" in _zip(nobody.get(f"/raw/calc/{upload_id}/{calc_id}/*"))


def test_compress_and_strip_count_by_presence(open_upload: tuple[str, str], nobody: Any) -> None:
    upload_id, _ = open_upload
    plain = nobody.get(f"/raw/{upload_id}/AcAg/si/*")
    assert len(nobody.get(f"/raw/{upload_id}/AcAg/si/*?compress=false").content) < len(plain.content) / 2
    assert "si.out" in _zip(nobody.get(f"/raw/{upload_id}/AcAg/si/*?strip=false"))


def test_chosen_files_come_as_a_zip_and_missing_ones_are_passed_over(
    open_upload: tuple[str, str], nobody: Any, leonard: Any, files: Any
) -> None:
    upload_id, _ = open_upload
    path = f"/raw/{upload_id}"
    assert _zip(leonard.get(path, params={"files": "top.txt,nothing"})) == {"top.txt": b"top"}
    assert _zip(nobody.get(path, params={"files": "top.txt,nothing"})) == {}
    chosen = nobody.get(path, params={"files": "si.in", "prefix": "AcAg/si", "strip": "true"})
    assert _zip(chosen) == {"si.in": files["AcAg/si/si.in"]}
    assert nobody.get(path).json()["errors"].keys() == {"files"}
    posted = leonard.call("POST", path, json={"files": ["top.txt", "empty", "nothing"], "compress": True})
    assert _zip(posted) == {"top.txt": b"top", "empty": b""}
    assert nobody.call("POST", path, json={"files": "top.txt"}).status_code == 400
    assert nobody.call("POST", "/raw/unknown", json={"files": []}).status_code == 404


def test_a_potcar_is_for_its_owner_and_a_stripped_one_for_all(
    open_upload: tuple[str, str], nobody: Any, leonard: Any, files: Any
) -> None:
    path = f"/raw/{open_upload[0]}/AcAg/si/POTCAR"
    refused = nobody.get(path)
    assert refused.status_code == 401
    assert refused.json()["message"] == f"Not authorized to access all files in {open_upload[0]}."
    assert leonard.get(path).content == files["AcAg/si/POTCAR"]
    stripped = nobody.get(path + ".stripped").text
    assert "PAW_PBE Si" in stripped
    assert "SECRET" not in stripped


def test_unpublished_files_are_their_owners(leonard: Any, sheldon: Any, nobody: Any, admin: Any, files: Any) -> None:
    upload = leonard.process(files)
    upload_id, calc_id = upload["upload_id"], upload["calcs"]["results"][0]["calc_id"]
    signature = leonard.json("/auth/")["signature_token"]
    path = f"/raw/{upload_id}/AcAg/si/si.out"
    for api in (leonard, admin):
        assert api.get(path).content == files["AcAg/si/si.out"]
    assert nobody.get(path, params={"signature_token": signature}).status_code == 200
    assert nobody.get(path, params={"signature_token": signature + "x"}).json()["message"] == "Invalid token"
    for api in (sheldon, nobody):
        assert api.get(path).status_code == 401
        assert api.get(f"/raw/{upload_id}/AcAg/si").status_code == 401
        assert api.get(f"/raw/calc/{upload_id}/{calc_id}/si.out").status_code == 401
        assert _zip(api.get(f"/raw/{upload_id}/*")) == {}
        assert api.get(f"/raw/{upload_id}/plot.png").status_code == 200  # a preview, by its own path
        assert api.get(f"/raw/{upload_id}/nothing").status_code == 401
        assert _zip(api.get(f"/raw/{upload_id}/AcAg/*")) == {}
    query = {"upload_id": upload_id}
    assert f"{upload_id}/AcAg/si/si.out" in _zip(leonard.get("/raw/query", params=query))
    assert _zip(nobody.get("/raw/query", params=query)) == {"manifest.json": b"{}"}


def test_embargoed_files_are_left_out_or_refused(
    leonard: Any, sheldon: Any, nobody: Any, users: Any, silicon: Any, water: Any
) -> None:
    other = users.sandbox.accounts.find("sheldon").user_id
    upload_id = leonard.process({**silicon, **water})["upload_id"]
    # the first row that says something says it for all that say nothing else
    rows = [
        {"mainfile": "AcAg/si/si.out", "with_embargo": False, "shared_with": []},
        {"mainfile": "water/h2o.out", "with_embargo": True, "shared_with": [other]},
    ]
    leonard.publish(upload_id, calculations=rows)
    assert nobody.get(f"/raw/{upload_id}/AcAg/si/si.out").status_code == 200
    assert nobody.get(f"/raw/{upload_id}/water/h2o.out").status_code == 401
    assert set(_zip(nobody.get(f"/raw/{upload_id}/*"))) == set(silicon)
    assert nobody.get(f"/raw/{upload_id}/water").status_code == 404
    # sharing opens an entry, not the upload's own paths
    assert set(_zip(sheldon.get(f"/raw/{upload_id}/*"))) == set(silicon)
    assert sheldon.get(f"/raw/{upload_id}/water/h2o.out").status_code == 401
    [water_entry] = sheldon.json("/repo/", upload_id=upload_id, owner="shared")["results"]
    assert sheldon.get(f"/raw/calc/{upload_id}/{water_entry['calc_id']}/h2o.out").status_code == 200
    assert f"{upload_id}/water/h2o.out" in _zip(sheldon.get("/raw/query", params={"upload_id": upload_id}))
    everything = _zip(nobody.get("/raw/query", params={"owner": "all", "upload_id": upload_id}))
    assert {name for name in everything if "water" in name} == set()
    assert f"{upload_id}/water/h2o.out" in json.loads(everything["manifest.json"])


def test_a_querys_zip_has_a_manifest(open_upload: tuple[str, str], users: Any, files: Any) -> None:
    upload_id, calc_id = open_upload
    old = users.api(None, "0.7.9")
    response = old.get("/raw/query?only_atoms=Si&system=bulk&crystal_system=cubic&upload_id=" + upload_id)
    assert response.headers["Content-Disposition"] == "attachment; filename=nomad_raw_files.zip"
    content = _zip(response)
    assert content[f"{upload_id}/AcAg/si/si.out"] == files["AcAg/si/si.out"]
    assert json.loads(content["manifest.json"])[f"{upload_id}/AcAg/si/si.out"]["calc_id"] == calc_id
    chosen = _zip(users.api(None).get(f"/raw/query?upload_id={upload_id}&file_pattern=*.in&strip=true"))
    assert set(chosen) == {"si.in", "manifest.json"}


def test_too_many_entries_are_not_stripped(sandbox: Any, nobody: Any) -> None:
    upload_id = sandbox.add_entries(1001)
    assert nobody.get(f"/raw/query?upload_id={upload_id}&strip=true").status_code == 400
    assert set(_zip(nobody.get(f"/raw/query?upload_id={upload_id}"))) == {"manifest.json"}
