"""Downloads from v1: a path is looked at first, so a folder is never taken for a file, and a cut is noticed.

The small server here refuses what 1.4.3 and 2.0.0 refuse: a folder without ``compress``, an unpublished upload's zip.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

import nomad_swagger as ns
from nomad_swagger.errors import IncompleteTransfer, NotFound, UsageError
from nomad_swagger.transport.retry import RetryPolicy
from tests.conftest import Asked, Reply, Web

BASE = "/api/v1"
FILES = {"AcAg/si/si.out": b'{"a": 1}', "AcAg/si/si.in": b"&control"}
RAW = {"files": list(FILES)}


UNPUBLISHED = "Cannot download raw files .zip from non published uploads. Use '/{upload_id}/raw/' instead"


def a_zip(names: list[str], manifest: list[dict[str, str]] | None = None) -> Reply:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"content")
        if manifest is not None:
            archive.writestr("manifest.json", json.dumps(manifest))
    return Reply(200, buffer.getvalue(), {"Content-Type": "application/zip"})


def answer(asked: Asked) -> Reply:
    path = asked.path.removeprefix(f"{BASE}/uploads/u1/")
    if asked.path == f"{BASE}/entries/query":
        entry = {"entry_id": "e1", "upload_id": "u1", "mainfile": "AcAg/si/si.out", "files": list(FILES)}
        return Reply.json({"pagination": {"total": 1}, "data": [entry]})
    if asked.path == f"{BASE}/entries/e1/archive":
        return Reply.json({"entry_id": "e1", "data": {"entry_id": "e1", "archive": {"run": [], "results": {}}}})
    if asked.path in (f"{BASE}/entries/raw/query", f"{BASE}/entries/e1/raw"):
        row = {"upload_id": "u1", "entry_id": "e1", "mainfile": "u1/AcAg/si/si.out"}
        return a_zip([f"u1/{name}" for name in FILES], [row])
    if path == "raw":
        return Reply.json({"detail": UNPUBLISHED}, 400)
    kind, _, place = path.partition("/")
    if place in FILES:
        size = len(FILES[place])
        if kind == "rawdir":
            return Reply.json({"path": place, "access": "public", "file_metadata": {"name": place, "size": size}})
        return Reply(200, FILES[place], {"Content-Type": "application/json"})
    below = f"{place}/" if place else ""
    inside = [name for name in FILES if name.startswith(below)]
    if not inside:
        return Reply.json({"detail": "Not found. Invalid path?"}, 404)
    if kind == "raw" and parse_qs(asked.query).get("compress") != ["true"]:
        return Reply.json({"detail": "Path is a directory, `compress` must be set to true"}, 400)
    if kind == "raw":
        return a_zip([name.removeprefix(below) for name in inside])
    rows = {name.removeprefix(below).partition("/")[0]: name for name in inside}
    content = [
        {"name": row, "is_file": below + row == name, "size": len(FILES.get(below + row, b""))}
        for row, name in rows.items()
    ]
    listing = {"name": place, "content": content}
    return Reply.json({"path": place, "directory_metadata": listing, "pagination": {"total": len(content)}})


@pytest.fixture
def client(web: Web) -> Any:
    web.answer = answer
    made = ns.connect(f"{web.url}{BASE}", spec="nomad-2.0.0")
    made.nomad.transport.policy = RetryPolicy(retries=0)
    return made


def test_a_file_comes_as_it_is_even_where_it_is_json(client: Any, web: Web, tmp_path: Path) -> None:
    file = ns.download(client, "u1/AcAg/si/si.out", to=tmp_path)
    assert (file.name, file.read_bytes()) == ("si.out", b'{"a": 1}')
    raw = web.asked[-1]
    assert raw.path == f"{BASE}/uploads/u1/raw/AcAg/si/si.out"
    assert parse_qs(raw.query) == {"ignore_mime_type": ["true"]}
    assert raw.headers["accept"] == "*/*"


@pytest.mark.parametrize(
    ("what", "name", "names"),
    [
        ("u1/AcAg/si", "si.zip", ["si.in", "si.out"]),
        ("u1/AcAg/si/", "si.zip", ["si.in", "si.out"]),
        ("u1/AcAg/", "AcAg.zip", ["si/si.in", "si/si.out"]),
    ],
)
def test_a_folder_comes_as_a_zip_with_or_without_a_slash_and_its_names_begin_in_it(
    client: Any, what: str, name: str, names: list[str], tmp_path: Path
) -> None:
    file = ns.download(client, what, to=tmp_path)
    assert file.name == name
    assert sorted(zipfile.ZipFile(file).namelist()) == names


@pytest.mark.parametrize("what", ["u1", "u1/", "u1/*", ns.Upload("u1")])
@pytest.mark.parametrize("spec", ["nomad-1.4.3", "nomad-2.0.0"])
def test_an_upload_comes_whole_before_it_is_published(web: Web, tmp_path: Path, what: Any, spec: str) -> None:
    web.answer = lambda asked: (
        Reply.json({"data": [], "pagination": {"total": 0}}) if b"entry_id" in asked.body else answer(asked)
    )
    file = ns.download(ns.connect(f"{web.url}{BASE}", spec=spec), what, to=tmp_path)
    assert file.name == "u1.zip"
    assert set(zipfile.ZipFile(file).namelist()) == set(FILES)
    assert web.asked[-1].target == f"{BASE}/uploads/u1/raw/?compress=true"


@pytest.mark.parametrize("left_out", ["si.out", "u1/AcAg/si/si.out"])
def test_a_file_that_is_not_in_the_zip_of_a_folder_or_an_entry_is_named(
    client: Any, web: Web, tmp_path: Path, left_out: str
) -> None:
    kept = "si.in" if left_out == "si.out" else "u1/AcAg/si/si.in"
    zips = ("/entries/e1/raw", "/uploads/u1/raw/AcAg/si")
    web.answer = lambda asked: a_zip([kept], []) if asked.path.endswith(zips) else answer(asked)
    what = "u1/AcAg/si/" if left_out == "si.out" else ns.Entry("e1", upload_id="u1", mainfile="AcAg/si/si.out", raw=RAW)
    with pytest.warns(ns.NomadWarning, match=r"left out 1 of 2 files .*: u1/AcAg/si/si\.out$"):
        ns.download(client, what, to=tmp_path)


def test_the_beginning_of_a_name_is_no_folder_there(client: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="packs whole folders only"):
        ns.download(client, "u1/AcAg/s*", to=tmp_path)


def test_a_mistyped_path_is_refused_with_the_nearest(client: Any, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such file or folder; did you mean 'AcAg/si/si.out'"):
        ns.download(client, "u1/AcAg/si/si.ou", to=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_that_ends_early_has_no_final_name(client: Any, web: Web, tmp_path: Path) -> None:
    cut = Reply(200, b'{"a"', {"Content-Type": "application/json"}, announced=None)
    web.answer = lambda asked: cut if "/raw/" in asked.path else answer(asked)
    with pytest.raises(IncompleteTransfer):
        ns.download(client, "u1/AcAg/si/si.out", to=tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]


def test_an_entry_an_upload_and_a_query_come_as_zips(client: Any, web: Web, tmp_path: Path) -> None:
    entry = next(iter(ns.search(client)))
    assert ns.download(client, entry, to=tmp_path).name == "e1.zip"
    assert ns.download(client, ns.Upload("u1"), to=tmp_path).name == "u1.zip"
    ours, theirs = (ns.download(client, {"elements": [symbol]}, to=tmp_path).name for symbol in ("Si", "Ge"))
    assert ours != theirs, "each query's zip has a name of its own"
    assert ours.startswith("nomad_raw_files-") and ours.endswith(".zip")
    assert ns.download(client, {"elements": ["Si"]}, to=tmp_path, name="mine.zip").name == "mine.zip"
    query = next(json.loads(asked.body) for asked in web.asked if asked.path.endswith("/raw/query"))
    assert query == {"owner": "visible", "query": {"results.material.elements:all": ["Si"]}}


def test_a_search_can_be_downloaded_as_it_was_asked(client: Any, web: Web, tmp_path: Path) -> None:
    ns.download(client, ns.search(client, code=["VASP", "exciting"]), to=tmp_path)
    query = json.loads(web.asked[-1].body)
    assert query == {
        "owner": "public",
        "query": {"results.method.simulation.program_name:any": ["VASP", "exciting"]},
    }


def test_an_archive_comes_without_its_envelope_and_by_the_entrys_id_alone(client: Any, web: Web) -> None:
    assert ns.archive(client, "e1") == {"run": [], "results": {}}
    assert web.paths == [f"{BASE}/entries/e1/archive"]


def limited(client: Any, most: int) -> Any:
    """Make the server's limit a small one."""
    generation = client.nomad.generation
    (way,) = generation.verbs["raw_query"]
    verbs = {**generation.verbs, "raw_query": (replace(way, most_entries=most),)}
    client.nomad.__dict__["generation"] = replace(generation, verbs=verbs)
    return client


def uploads_asked(query: Any) -> list[str]:
    return query["and"][1]["upload_id:any"] if "and" in query else ["a", "b", "c"]


@pytest.fixture
def three_uploads(web: Web) -> None:
    entries = {"a": 2, "b": 1, "c": 2}

    def give(asked: Asked) -> Reply:
        uploads = uploads_asked(json.loads(asked.body)["query"])
        names = [(upload, f"{number}.out") for upload in uploads for number in range(entries[upload])]
        if asked.path.endswith("/raw/query"):
            return a_zip([f"{upload}/{name}" for upload, name in names])
        rows = [{"entry_id": u + n, "upload_id": u, "mainfile": n, "files": [n]} for u, n in names]
        return Reply.json({"pagination": {"total": len(rows)}, "data": rows})

    web.answer = give


def test_more_entries_than_a_download_may_have_come_in_parts_of_whole_uploads(
    client: Any, web: Web, three_uploads: None, tmp_path: Path
) -> None:
    assert ns.download(limited(client, 3), {"elements": ["Si"]}, to=tmp_path, name="some.zip") == tmp_path
    inside = {file.name: sorted(zipfile.ZipFile(file).namelist()) for file in tmp_path.iterdir()}
    assert inside == {
        "some-1.zip": ["a/0.out", "a/1.out", "b/0.out"],
        "some-2.zip": ["c/0.out", "c/1.out"],
    }
    bodies = [json.loads(asked.body) for asked in web.asked if asked.path.endswith("/raw/query")]
    query = {"results.material.elements:all": ["Si"]}
    assert [body["query"] for body in bodies] == [
        {"and": [query, {"upload_id:any": ["a", "b"]}]},
        {"and": [query, {"upload_id:any": ["c"]}]},
    ]
    assert {body["owner"] for body in bodies} == {"visible"}


def test_what_fits_comes_as_one(client: Any, three_uploads: None, tmp_path: Path) -> None:
    assert ns.download(limited(client, 5), {"elements": ["Si"]}, to=tmp_path).suffix == ".zip"


def test_an_upload_that_is_too_large_for_a_part_is_refused_before_anything_is_sent(
    client: Any, web: Web, three_uploads: None, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="upload a has 2 of the entries, and this server packs 1 in one download"):
        ns.download(limited(client, 1), ns.search(client), to=tmp_path)
    assert not [path for path in web.paths if path.endswith("/raw/query")]
