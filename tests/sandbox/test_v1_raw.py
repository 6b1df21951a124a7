"""Raw files on v1: zips of folders, uploads and entries, and what is refused, as NOMAD 1.4.3 and 2.0.0 do it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
import requests

Put = tuple[str, str]


def names_in(response: requests.Response) -> list[str]:
    assert response.status_code == 200, response.text
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return archive.namelist()


def detail(response: requests.Response) -> tuple[int, Any]:
    return response.status_code, response.json()["detail"]


@pytest.fixture
def put(leonard_v1: Any, silicon: Any) -> Put:
    """An unpublished upload, and its entry."""
    upload_id = leonard_v1.process_v1({**silicon, "AcAg/deep/er/note.txt": b"deep", "top.txt": b"top"})["upload_id"]
    return upload_id, leonard_v1.json(f"/uploads/{upload_id}/entries")["data"][0]["entry_id"]


@pytest.mark.parametrize("path", ["", "AcAg", "AcAg/", "AcAg/si"])
def test_a_folder_is_refused_without_compress(leonard_v1: Any, put: Put, path: str) -> None:
    refused = leonard_v1.get(f"/uploads/{put[0]}/raw/{path}")
    assert detail(refused) == (400, "Path is a directory, `compress` must be set to true")


def test_a_zip_of_a_folder_has_names_relative_to_it(leonard_v1: Any, put: Put) -> None:
    answer = leonard_v1.get(f"/uploads/{put[0]}/raw/AcAg/", params={"compress": "true"})
    assert sorted(names_in(answer)) == ["deep/er/note.txt", "si/si.in", "si/si.out"]
    assert answer.headers["Content-Disposition"].endswith("AcAg.zip")
    some = leonard_v1.get(f"/uploads/{put[0]}/raw/AcAg", params={"compress": "true", "re_pattern": "^AcAg/deep"})
    assert names_in(some) == ["deep/er/note.txt"]
    assert leonard_v1.get(f"/uploads/{put[0]}/raw/none", params={"compress": "true"}).status_code == 404


def test_the_top_of_an_upload_is_a_folder_too(leonard_v1: Any, put: Put) -> None:
    answer = leonard_v1.get(f"/uploads/{put[0]}/raw/", params={"compress": "true"})
    assert sorted(names_in(answer)) == ["AcAg/deep/er/note.txt", "AcAg/si/si.in", "AcAg/si/si.out", "top.txt"]
    assert answer.headers["Content-Disposition"].endswith(f"{put[0]}.zip")


def test_a_file_with_compress_comes_in_a_zip(leonard_v1: Any, put: Put) -> None:
    path = f"/uploads/{put[0]}/raw/AcAg/si/si.in"
    answer = leonard_v1.get(path, params={"compress": "true"})
    assert names_in(answer) == ["si.in"]
    assert answer.headers["Content-Disposition"].endswith("si.in.zip")
    refused = leonard_v1.get(path, params={"compress": "true", "offset": 3})
    assert detail(refused) == (400, "Cannot specify `offset` or `length` when `compress` is true")


@pytest.mark.parametrize("part", [{"offset": -1}, {"length": 0}, {"length": -2}])
def test_a_part_that_cannot_be_is_refused(leonard_v1: Any, put: Put, part: dict[str, int]) -> None:
    assert leonard_v1.get(f"/uploads/{put[0]}/raw/top.txt", params=part).status_code == 400


def test_only_a_published_upload_has_a_zip_of_its_own(leonard_v1: Any, nobody_v1: Any, put: Put) -> None:
    refused = leonard_v1.get(f"/uploads/{put[0]}/raw")
    assert refused.status_code == 400
    assert "'/{upload_id}/raw/'" in refused.json()["detail"]
    leonard_v1.act(put[0], "publish")
    names = names_in(nobody_v1.get(f"/uploads/{put[0]}/raw"))
    assert sorted(names) == ["AcAg/deep/er/note.txt", "AcAg/si/si.in", "AcAg/si/si.out", "top.txt"]


def test_a_zip_of_an_entry_is_a_zip_of_a_query_for_it(leonard_v1: Any, put: Put) -> None:
    upload_id, entry_id = put
    answer = leonard_v1.get(f"/entries/{entry_id}/raw")
    assert names_in(answer) == [f"{upload_id}/AcAg/si/si.out", f"{upload_id}/AcAg/si/si.in", "manifest.json"]
    assert answer.headers["Content-Disposition"].endswith("raw_files.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest == [{"upload_id": upload_id, "entry_id": entry_id, "mainfile": f"{upload_id}/AcAg/si/si.out"}]


def test_an_entry_of_which_no_file_is_chosen_is_not_in_the_manifest(leonard_v1: Any, put: Put) -> None:
    answer = leonard_v1.get(f"/entries/{put[1]}/raw", params={"glob_pattern": "*.none"})
    assert names_in(answer) == ["manifest.json"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert json.loads(archive.read("manifest.json")) == []


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({"glob_pattern": "*.in"}, ["si.in"]),
        ({"re_pattern": "si/si.o"}, ["si.out"]),
        ({"re_pattern": "out$", "glob_pattern": "*.in"}, ["si.out"]),
        ({"include_files": ["si.in"], "re_pattern": "out$"}, ["si.in"]),
    ],
)
def test_files_are_chosen_by_their_paths(leonard_v1: Any, put: Put, files: dict[str, Any], names: list[str]) -> None:
    got = names_in(leonard_v1.get(f"/entries/{put[1]}/raw", params=files))
    assert [name.rpartition("/")[2] for name in got[:-1]] == names


@pytest.mark.parametrize("path", ["raw", "rawdir"])
def test_files_of_everybodys_entries_are_not_to_be_had(leonard_v1: Any, path: str) -> None:
    by_body = leonard_v1.call("POST", f"/entries/{path}/query", json={"owner": "all"})
    by_address = leonard_v1.get(f"/entries/{path}", params={"owner": "all"})
    for refused in (by_body, by_address):
        assert refused.status_code == 403
        assert "owner=all" in refused.json()["detail"]
