"""Pinning documents, and noticing when what was pinned is no longer what it was."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nomad_swagger.apispec.diff import diff_documents
from nomad_swagger.apispec.pins import nomad_version_of, pin, without_secrets
from nomad_swagger.apispec.snapshots import Snapshot, read_index, shipped_folder
from nomad_swagger.apispec.verify import verify_folder
from nomad_swagger.errors import SpecError, SpecNotFound, SpecTampered, UsageError

Document = dict[str, Any]
Version = Callable[[str], Document]


def put(folder: Path, document: Document, name: str = "ours", **more: Any) -> Snapshot:
    arguments = {"source": "https://nomad.example/api", "generation": "v0", **more}
    return pin(document, name=name, folder=folder, **arguments)


def kinds(folder: Path) -> list[str]:
    return [problem.kind for problem in verify_folder(folder)]


@pytest.fixture
def pinned(tmp_path: Path, snapshot: Version) -> Path:
    put(tmp_path, snapshot("nomad-0.7.9"), fetched_at="2026-01-02T03:04:05Z", nomad_version="0.7.9")
    return tmp_path


def test_a_pin_is_canonical_indexed_and_verifies(pinned: Path, snapshot: Version) -> None:
    found = read_index(pinned)["ours"]
    assert hashlib.sha256((pinned / "ours.json").read_bytes()).hexdigest() == found.sha256
    assert (found.generation, found.operations, found.nomad_version) == ("v0", 35, "0.7.9")
    assert (found.source, found.fetched_at) == ("https://nomad.example/api", "2026-01-02T03:04:05Z")
    assert found.read() == snapshot("nomad-0.7.9")
    assert verify_folder(pinned) == []
    assert sorted(path.name for path in pinned.iterdir()) == ["index.yaml", "ours.json"]
    assert stat.S_IMODE((pinned / "ours.json").stat().st_mode) == 0o644


def test_two_servers_that_write_keys_in_another_order_give_one_pin(pinned: Path, snapshot: Version) -> None:
    other = json.loads(json.dumps(snapshot("nomad-0.7.9")), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    first = read_index(pinned)["ours"]
    assert put(pinned, other, source="https://elsewhere.example") == first
    assert put(pinned, other, name="second").sha256 == first.sha256
    assert diff_documents(read_index(pinned)["second"].read(), first.read()) == []


def test_another_content_is_refused_until_it_is_asked_for(pinned: Path, version: Version) -> None:
    with pytest.raises(UsageError, match=r"spec diff.*--update"):
        put(pinned, version("0.8.0"))
    assert verify_folder(pinned) == []
    assert put(pinned, version("0.8.0"), update=True).operations == 40
    assert kinds(pinned) == []


def test_other_entries_stay(pinned: Path, snapshot: Version) -> None:
    before = read_index(pinned)["ours"]
    put(pinned, snapshot("nomad-0.8.6"), name="a-newer")
    assert read_index(pinned)["ours"] == before
    assert list(read_index(pinned)) == ["a-newer", "ours"]
    assert kinds(pinned) == []


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x.json", "a b", "x\n", "ü"])
def test_names_that_are_no_file_names_are_refused(name: str, tmp_path: Path, snapshot: Version) -> None:
    with pytest.raises(UsageError, match="cannot name a snapshot"):
        put(tmp_path, snapshot("nomad-0.7.9"), name=name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_in_no_index_is_not_overwritten(tmp_path: Path, snapshot: Version) -> None:
    (tmp_path / "ours.json").write_text("mine")
    with pytest.raises(UsageError, match="is in no index"):
        put(tmp_path, snapshot("nomad-0.7.9"))
    assert (tmp_path / "ours.json").read_text() == "mine"


def test_what_is_no_description_is_not_pinned(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="neither 'swagger' nor 'openapi'"):
        put(tmp_path, {"code": 404, "x": 1, "y": 2, "z": 3, "message": "m", "a": 1, "b": 1})
    with pytest.raises(SpecError, match="cannot be written as JSON"):
        put(tmp_path, {"swagger": "2.0", "paths": {}, "x": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_when_the_index_cannot_be_written_the_document_goes_back(tmp_path: Path) -> None:
    small = {"swagger": "2.0", "paths": {}}
    put(tmp_path, small, source="/a long way/" * 5000)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    resource = pytest.importorskip("resource", reason="Windows limits no file's size")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # the index is longer than that, the documents are not
    try:
        with pytest.raises(SpecError, match="cannot be written: File too large"):
            put(tmp_path, {**small, "host": "x"}, source="/a long way/" * 5000, update=True)
        with pytest.raises(SpecError, match="cannot be written: File too large"):
            put(tmp_path, small, name="another")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_source_of_any_characters_can_be_read_back(tmp_path: Path) -> None:
    source = "/daten/Größe: 'x' #1 \N{GRINNING FACE}\n.json"
    put(tmp_path, {"swagger": "2.0", "paths": {}}, source=source)
    assert read_index(tmp_path)["ours"].source == source


def test_a_source_that_no_index_can_hold_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be written into the index"):
        put(tmp_path, {"swagger": "2.0", "paths": {}}, source="/files/\udcff.json")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_pin_is_repaired_by_pinning_the_same_again(pinned: Path, snapshot: Version) -> None:
    (pinned / "ours.json").write_text("{}")
    put(pinned, snapshot("nomad-0.7.9"))
    assert kinds(pinned) == []


def test_secrets_of_the_source_are_not_written(tmp_path: Path, snapshot: Version) -> None:
    put(tmp_path, snapshot("nomad-0.7.9"), source="https://me:secret@nomad.example/api/swagger.json?token=abc#x")
    text = (tmp_path / "index.yaml").read_text()
    assert "https://nomad.example/api/swagger.json" in text
    assert "secret" not in text
    assert "abc" not in text.replace(read_index(tmp_path)["ours"].sha256, "")
    assert without_secrets("C:/specs/a?b.json") == "C:/specs/a?b.json"


def test_one_changed_character_is_found_and_the_file_is_named(pinned: Path) -> None:
    path = pinned / "ours.json"
    path.write_bytes(path.read_bytes().replace(b"NOMAD API", b"NOMAD BPI", 1))
    problem = verify_folder(pinned)[0]
    assert problem.kind == "changed"
    assert str(path) in problem.message
    with pytest.raises(SpecTampered, match="ours"):
        read_index(pinned)["ours"].read()


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda path: path.unlink(), ["missing"]),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), ["changed", "unreadable"]),
        (lambda path: path.write_bytes(b"\xff\xfe\xff"), ["changed", "unreadable"]),
        (lambda path: (path.parent / "stray.json").write_text("{}"), ["unlisted"]),
        (lambda path: path.write_text(json.dumps({"swagger": "2.0", "paths": 3})), ["changed", "invalid"]),
    ],
)
def test_every_way_of_coming_apart_is_found(damage: Any, expected: list[str], pinned: Path) -> None:
    damage(pinned / "ours.json")
    assert kinds(pinned) == expected


def test_an_index_that_is_wrong_about_its_document_is_found(pinned: Path) -> None:
    index = pinned / "index.yaml"
    index.write_text(index.read_text().replace("operations: 35", "operations: 34"))
    assert kinds(pinned) == ["count"]
    index.write_text(index.read_text().replace("generation: v0", "generation: v9"))
    assert kinds(pinned) == ["count", "generation"]


def test_a_pin_in_another_form_than_the_canonical_one_is_found(pinned: Path) -> None:
    path, index = pinned / "ours.json", pinned / "index.yaml"
    old = read_index(pinned)["ours"].sha256
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1))
    index.write_text(index.read_text().replace(old, hashlib.sha256(path.read_bytes()).hexdigest()))
    assert kinds(pinned) == ["not-canonical"]


def test_an_operation_that_our_verbs_need_is_missed(pinned: Path, snapshot: Version) -> None:
    document = snapshot("nomad-0.7.9")
    del document["paths"]["/raw/query"]
    put(pinned, document, update=True)
    problem = verify_folder(pinned)[0]
    assert problem.kind == "incomplete"
    assert "`raw_query` cannot work with it: it has no raw.raw_files_from_query" in problem.message


def test_single_names_are_verified_alone_and_unknown_ones_are_named(pinned: Path) -> None:
    (pinned / "stray.json").write_text("{}")
    assert verify_folder(pinned, ["ours"]) == []
    with pytest.raises(SpecNotFound, match="there are ours"):
        verify_folder(pinned, ["theirs"])


def test_a_folder_without_an_index_has_nothing_to_verify_but_strays(tmp_path: Path) -> None:
    assert verify_folder(tmp_path / "nowhere") == []
    (tmp_path / "x.json").write_text("{}")
    assert kinds(tmp_path) == ["unlisted"]


def test_the_shipped_snapshots_of_v0_verify() -> None:
    assert verify_folder(shipped_folder(), ["nomad-0.7.9", "nomad-0.8.6"]) == []


def test_the_version_is_read_where_the_document_tells_it(snapshot: Version) -> None:
    assert nomad_version_of(snapshot("nomad-2.0.0")) == "2.0.0"
    assert nomad_version_of(snapshot("nomad-0.8.6")) == ""
    assert nomad_version_of({"info": None}) == ""


def test_a_content_known_to_be_valid_is_not_validated_again_unless_it_was_changed(pinned: Path) -> None:
    asked: list[str] = []

    def known(sha256: str) -> bool:
        asked.append(sha256)
        return True

    assert verify_folder(pinned, is_known_valid=known) == []
    assert asked == [read_index(pinned)["ours"].sha256]
    (pinned / "ours.json").write_text(json.dumps({"swagger": "2.0", "paths": 3}))
    assert [problem.kind for problem in verify_folder(pinned, is_known_valid=known)] == ["changed", "invalid"]
