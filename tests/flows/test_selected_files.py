"""Only what one wants: files of a selection, by the fastest way that a server has for them."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_swagger.flows.folders import list_folder
from tests.conftest import Asked, Reply, Web
from tests.flows.conftest import Connect
from tests.flows.relay import Relay

Put = Callable[..., ns.Upload]


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def run_files(silicon: dict[str, bytes]) -> dict[str, bytes]:
    extra = {f"AcAg/si/band{number}.dat": b"%d" % number * 100 for number in range(6)}
    return {**silicon, **extra, "AcAg/si/notes.txt": b"a note"}


@pytest.mark.parametrize("published", [True, False])
def test_extracted_files_are_those_of_the_zip_and_go_below_their_upload(
    each: Any, connect: Connect, run_files: dict[str, bytes], shelf: Put, put: Put, tmp_path: Path, published: bool
) -> None:
    files = {**run_files, "beside/no/entry.txt": b"alone"}
    upload = shelf(files) if published else put(connect("leonard"), files)
    told: list[tuple[int, int | None]] = []
    folder = ns.download(
        each, upload, to=tmp_path, extract=True, jobs=3, progress=lambda done, total: told.append((done, total))
    )
    assert folder == tmp_path / upload.upload_id
    assert files_in(folder) == files
    assert told[-1][1] in (told[-1][0], None), "nobody knows the size of a zip that is made while sent"
    assert ns.download(each, upload, to=tmp_path, extract=True) == folder, "the same again is done"
    assert [path for path in tmp_path.rglob("*") if path.suffix in (".part", ".zip")] == []


def test_patterns_choose_and_exclude(each: Any, run_files: dict[str, bytes], shelf: Put, tmp_path: Path) -> None:
    upload = shelf(run_files)
    for what in (upload, f"{upload.upload_id}/AcAg/", f"{upload.upload_id}/AcAg/si"):
        to = tmp_path / str(len(str(what)))
        folder = ns.download(each, what, to=to, include="*.dat", exclude=["*band[135].dat"])
        assert set(files_in(folder)) == {f"AcAg/si/band{number}.dat" for number in (0, 2, 4)}
    with pytest.raises(ns.NotFound, match="no file is chosen"):
        ns.download(each, upload, to=tmp_path, include="*.nowhere")


def test_a_query_brings_exactly_the_chosen_files_of_all_its_uploads(
    each: Any, run_files: dict[str, bytes], silicon: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    uploads = [shelf(run_files), *(shelf(silicon, copy=number) for number in (11, 12, 13))]
    query = {"upload_id": [upload.upload_id for upload in uploads]}
    ns.download(each, query, to=tmp_path, include=["*.in", "band1.dat"])
    due = {f"{upload.upload_id}/AcAg/si/si.in" for upload in uploads} | {f"{uploads[0].upload_id}/AcAg/si/band1.dat"}
    assert set(files_in(tmp_path)) == due
    assert {f"{file.upload_id}/{file.path}" for file in ns.files(each, query, include=["*.in", "band1.dat"])} == due


def test_an_entrys_files_come_below_its_upload_or_flat(
    each: Any, run_files: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    upload = shelf(run_files)
    entry = next(iter(ns.search(each, upload_id=upload.upload_id)))
    assert files_in(ns.download(each, entry, to=tmp_path / "a", extract=True)) == run_files
    flat = ns.download(each, entry, to=tmp_path / "b", flat=True)
    assert files_in(flat) == {name.rpartition("/")[2]: content for name, content in run_files.items()}


def test_flat_files_of_one_name_are_refused_before_anything_comes(
    each: Any, silicon: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    uploads = [shelf(silicon), shelf(silicon, copy=11)]
    query = {"upload_id": [upload.upload_id for upload in uploads]}
    with pytest.raises(ns.UsageError, match="would be one file on some file systems, or here; nothing was downloaded"):
        ns.download(each, query, to=tmp_path, flat=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("on_existing", ["error", "skip", "replace"])
def test_one_file_in_the_way_is_known_before_anything_comes(
    each: Any, run_files: dict[str, bytes], shelf: Put, tmp_path: Path, on_existing: Any
) -> None:
    upload = shelf(run_files)
    mine = tmp_path / upload.upload_id / "AcAg/si/band3.dat"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    if on_existing == "error":
        with pytest.raises(ns.UsageError, match=r"band3\.dat is there already, with another content"):
            ns.download(each, upload, to=tmp_path, include="*.dat")
        assert len(files_in(tmp_path)) == 1
        return
    ns.download(each, upload, to=tmp_path, include="*.dat", on_existing=on_existing)
    assert len(files_in(tmp_path)) == 6
    assert mine.read_bytes() == (b"mine" if on_existing == "skip" else run_files["AcAg/si/band3.dat"])


def test_an_upload_is_listed_with_sizes_and_nothing_is_fetched(
    each: Any, run_files: dict[str, bytes], shelf: Put
) -> None:
    upload = shelf(run_files)
    files = ns.files(each, upload)
    assert {file.path: file.size_bytes for file in files} == {name: len(content) for name, content in run_files.items()}
    assert (len(files), files[0], files[-1]) == (len(run_files), next(iter(files)), list(files)[-1])
    assert {file.upload_id for file in files} == {upload.upload_id}
    (one,) = ns.files(each, f"{upload.upload_id}/AcAg/si/notes.txt")
    assert (one.name, one.size_bytes) == ("notes.txt", 6)
    with pytest.raises(IndexError):
        files[99]


def test_a_published_upload_comes_by_its_stored_zip_and_another_one_does_not(
    connect: Connect, relay: Relay, run_files: dict[str, bytes], shelf: Put, put: Put, tmp_path: Path
) -> None:
    client = connect("leonard", "1.4.3", url=relay.url)
    for upload in (shelf(run_files), put(connect("leonard"), run_files)):
        relay.passed.clear()
        with zipfile.ZipFile(ns.download(client, upload, to=tmp_path)) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == run_files
        raw = [passing.path.rpartition(upload.upload_id)[2] for passing in relay.passed if "/raw" in passing.path]
        wanted = {"/raw"} if upload.published else {"/raw", "/raw/"}
        assert {path for path in raw if "rawdir" not in path} == wanted


def test_what_the_server_keeps_back_is_named_and_listed(
    each: Any, connect: Connect, silicon: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    secrets = {f"AcAg/si/{number}/POTCAR": b" PAW_PBE Si 05Jan2001\n" for number in range(1)}
    upload = shelf({**silicon, **secrets, "AcAg/si/POTCAR": b" PAW_PBE Si 05Jan2001\n"})
    version = "1.4.3" if each.nomad.generation.name == "v1" else "0.8.6"
    nobody = connect(None, version)
    with pytest.warns(ns.NomadWarning, match=r"NOMAD left out 1 of \d files .*AcAg/si/POTCAR"):
        ns.download(nobody, {"upload_id": upload.upload_id}, to=tmp_path, extract=True)
    assert not (tmp_path / upload.upload_id / "AcAg/si/POTCAR").exists()
    if version == "1.4.3":
        kept_back = [file.path for file in ns.files(nobody, upload) if not file.readable]
        assert kept_back == ["AcAg/si/POTCAR"]


@pytest.mark.parametrize("whose", ["leonard", None])
def test_a_folder_that_one_can_name_gives_its_files_beside_no_entry(
    connect: Connect, version: str, silicon: dict[str, bytes], shelf: Put, tmp_path: Path, whose: str | None
) -> None:
    aside = {"aside/notes.txt": b"a note", "AcAg/plan.txt": b"a plan", "deep/down/x.txt": b"x"}
    upload = shelf({**silicon, **aside})
    client = connect(whose, version)
    seen = {"aside/notes.txt"} if whose else set()  # a published file beside no entry is its owner's alone on v0
    for what in ("aside/", "aside"):
        if not whose:
            with pytest.raises(ns.NotFound):
                ns.download(client, f"{upload.upload_id}/{what}", to=tmp_path, include=["*"])
            continue
        folder = ns.download(client, f"{upload.upload_id}/{what}", to=tmp_path, include=["*"])
        assert set(files_in(folder)) == seen
        assert {file.path for file in list_folder(client, f"{upload.upload_id}/{what}")} == seen
    known = {file.path for file in ns.files(client, upload)}
    assert known == {*silicon, *({"AcAg/plan.txt"} if whose else ())}, "a folder above an entry's is known, too"
    with pytest.raises(ns.NotFound, match="files beside no entry, below folders without files, are not known"):
        list(list_folder(client, f"{upload.upload_id}/deep"))


def test_on_v0_one_line_says_that_files_beside_no_entry_cannot_be_known(
    connect: Connect, silicon: dict[str, bytes], shelf: Put, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for version, said in (("0.8.6", True), ("1.4.3", False)):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            ns.download(connect("leonard", version), shelf(silicon), to=tmp_path / version)
        assert ("lists no upload as a whole" in caplog.text) == said


BASE = "/api/v1"


def zip_of(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"content of " + name.encode())
    return buffer.getvalue()


def serve(web: Web, content: bytes, *, where: str = f"{BASE}/uploads/u1/raw") -> None:
    """Answer as a NOMAD whose only upload has this zip stored, and no entries."""

    def answer(asked: Asked) -> Reply:
        if asked.path != where:
            return Reply.json({"data": [], "pagination": {"total": 0}})
        span = asked.headers.get("range", "").removeprefix("bytes=")
        first, _, last = span.partition("-")
        begin = int(first) if first else max(len(content) - int(last or len(content)), 0)
        end = min(int(last) + 1 if first and last else len(content), len(content))
        headers = {"Content-Range": f"bytes {begin}-{end - 1}/{len(content)}", "ETag": '"1"'}
        return Reply(206 if span else 200, content[begin:end], headers if span else {})

    web.answer = answer


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "a\\..\\..\\evil"])
def test_a_zip_cannot_write_outside_of_the_folder(web: Web, tmp_path: Path, name: str) -> None:
    serve(web, zip_of("good", name))
    client = ns.connect(f"{web.url}{BASE}", spec="nomad-2.0.0")
    with pytest.raises(ns.UsageError, match="leads out of the folder"):
        ns.download(client, ns.Upload("u1"), to=tmp_path / "to", extract=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_names_that_are_one_elsewhere_are_refused(web: Web, tmp_path: Path) -> None:
    serve(web, zip_of("a/POSCAR", "a/poscar"))
    client = ns.connect(f"{web.url}{BASE}", spec="nomad-2.0.0")
    with pytest.raises(ns.UsageError, match="would be one file"):
        ns.download(client, ns.Upload("u1"), to=tmp_path, extract=True)
    ns.download(client, ns.Upload("u1"), to=tmp_path, exclude="*/poscar")
    assert set(files_in(tmp_path)) == {"u1/a/POSCAR"}


def test_no_login_goes_to_the_storage_and_its_address_is_written_nowhere(
    web: Web, other_web: Web, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content = zip_of("a", "b/c")
    serve(other_web, content, where="/bucket/u1.zip")
    web.answer = lambda asked: (
        Reply.to(f"{other_web.url}/bucket/u1.zip?X-Signature=s3cret", 307)
        if asked.path.endswith("/uploads/u1/raw")
        else Reply.json({"data": [], "pagination": {"total": 0}})
    )
    client = ns.connect(f"{web.url}{BASE}", spec="nomad-2.0.0", token="t0ken")
    with caplog.at_level(logging.DEBUG, logger="nomad_swagger"):
        path = ns.download(client, ns.Upload("u1"), to=tmp_path)
        other_web.answer = lambda asked: Reply(500, b"no", {})
        with pytest.raises(ns.NomadError) as caught:
            ns.download(client, ns.Upload("u1"), to=tmp_path / "again")
    assert path.read_bytes() == content
    assert "s3cret" not in caplog.text + str(caught.value) + "".join(p.name for p in tmp_path.rglob("*"))
    assert all("authorization" not in asked.headers for asked in other_web.asked)
    assert all(asked.headers["authorization"] == "Bearer t0ken" for asked in web.asked if "/raw" in asked.path)


@pytest.mark.parametrize("selects", [{}, {"include": ["*"]}], ids=["whole", "selected"])
@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("runs/a/si.ou", "runs/a/si.out"),
        ("runs/c/si.out", "runs/a/si.out"),
        ("rums/a/si.out", "runs/a/si.out"),
        ("rums", "runs"),
        ("rums/", "runs"),
    ],
)
def test_a_mistyped_path_is_not_found_and_the_nearest_is_named(
    each: Any, silicon: dict[str, bytes], shelf: Put, said: str, meant: str, selects: dict[str, Any], tmp_path: Path
) -> None:
    upload_id = shelf({"runs/a/si.out": silicon["AcAg/si/si.out"]}).upload_id
    with pytest.raises(ns.NotFound, match=f"{said}: no such file or folder; did you mean '{meant}'"):
        ns.download(each, f"{upload_id}/{said}", to=tmp_path, **selects)
    assert list(tmp_path.iterdir()) == []
