from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from tests.flows.conftest import Connect
from tests.flows.relay import Fault, Passing, Relay

Put = Callable[..., ns.Upload]
DOI_PREFIX = "10.17172/NOMAD/"


def names_in(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def entry_of(client: Any, upload: ns.Upload, **given: Any) -> ns.Entry:
    return next(iter(ns.search(client, owner="visible", upload_id=upload.upload_id, **given)))


def test_an_upload_and_an_entry_come_as_zips_named_by_their_ids(
    client: Any, silicon: dict[str, bytes], water: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    upload = shelf({**silicon, **water})
    whole = ns.download(client, upload, to=tmp_path)
    assert whole == tmp_path / f"{upload.upload_id}.zip"
    assert names_in(whole) == {*silicon, *water}
    entry = entry_of(client, upload, code="Quantum Espresso")
    of_entry = ns.download(client, entry, to=tmp_path)
    assert of_entry == tmp_path / f"{entry.entry_id}.zip"
    assert {name.rpartition("/")[2] for name in names_in(of_entry)} == {"si.out", "si.in"}
    with zipfile.ZipFile(of_entry) as archive:
        assert {archive.read(name) for name in archive.namelist()} == set(silicon.values())


def test_an_id_alone_may_be_an_uploads_or_an_entrys(
    client: Any, silicon: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    upload = shelf(silicon)
    entry = entry_of(client, upload)
    for name in (upload.upload_id, f"{upload.upload_id}/", f"{upload.upload_id}/*"):
        assert ns.download(client, name, to=tmp_path).name == f"{upload.upload_id}.zip"
    assert ns.download(client, entry.entry_id, to=tmp_path).name == f"{entry.entry_id}.zip"


@pytest.mark.parametrize(
    ("path", "name", "files"),
    [
        ("a/b/", "b.zip", {"a/b/x", "a/b/c/y"}),
        ("a/b/*", "b.zip", {"a/b/x", "a/b/c/y"}),
        ("a/b*", "b.zip", {"a/b/x", "a/b/c/y", "a/bz"}),
    ],
)
def test_a_folder_or_all_that_begins_so_comes_as_a_zip(
    client: Any, silicon: dict[str, bytes], shelf: Put, tmp_path: Path, path: str, name: str, files: set[str]
) -> None:
    upload = shelf({"a/b/x": b"1", "a/b/c/y": b"2", "a/bz": b"3", "d": b"4", **silicon})
    got = ns.download(client, f"{upload.upload_id}/{path}", to=tmp_path)
    assert got.name == name
    assert names_in(got) == files


def test_the_files_of_a_query_come_below_their_uploads(
    client: Any, silicon: dict[str, bytes], water: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    first, second = shelf(silicon), shelf(silicon, copy=2)
    query = {"upload_id": [first.upload_id, second.upload_id], "elements": ["Si"]}
    due = {f"{upload.upload_id}/{name}" for upload in (first, second) for name in silicon}
    assert names_in(ns.download(client, query, to=tmp_path / "mapping")) - {"manifest.json"} == due
    results = ns.search(client, limit=1, include=["formula"], **query)
    assert names_in(ns.download(client, results, to=tmp_path / "results")) - {"manifest.json"} == due


def test_a_dataset_and_its_doi_are_queries_too(
    client: Any, connect: Connect, silicon: dict[str, bytes], put: Put, tmp_path: Path
) -> None:
    upload = put(client, silicon, publish=True)
    name = f"Si & more ({upload.upload_id})"
    newer = connect("leonard", "0.8.6")
    payload = {"query": {"upload_id": [upload.upload_id]}, "actions": {"datasets": [{"value": name}]}}
    newer.repo.edit_repo(payload=payload).response()
    newer.datasets.assign_doi(name=name).response()
    doi = entry_of(client, upload).raw["datasets"][0]["doi"]
    assert doi.startswith(DOI_PREFIX)
    for query in ({"dataset": name}, {"doi": doi}):
        path = ns.download(client, query, to=tmp_path / next(iter(query)))
        assert names_in(path) - {"manifest.json"} == {f"{upload.upload_id}/{file}" for file in silicon}


def test_a_query_that_finds_nothing_is_not_found(client: Any, tmp_path: Path) -> None:
    with pytest.raises(ns.NotFound, match="the query finds no files"):
        ns.download(client, {"formula": "Og99"}, to=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_query_of_several_parts_is_refused(client: Any, tmp_path: Path) -> None:
    with pytest.raises(ns.UsageError, match="one download takes one query"):
        ns.download(client, {"code": ["VASP", "NWChem"]}, to=tmp_path)


def test_an_old_name_in_a_query_is_noted_once(
    connect: Connect, silicon: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    newer = connect("leonard", "0.8.6")
    upload = shelf(silicon)
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        ns.download(newer, {"code_name": "Quantum Espresso", "upload_id": upload.upload_id}, to=tmp_path)
    assert [str(note.message) for note in noted] == [
        "'code_name' is called 'dft.code_name' on this server; asking for that"
    ]


def test_an_empty_zip_is_an_error_and_not_a_file(
    client: Any, connect: Connect, silicon: dict[str, bytes], put: Put, tmp_path: Path
) -> None:
    staging = put(client, silicon)
    for other in (connect(None), connect("sheldon")):
        with pytest.raises(ns.Forbidden, match="NOMAD sent an empty zip: nothing in it is yours to see"):
            ns.download(other, staging.upload_id, to=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_files_that_nomad_left_out_are_named(
    client: Any, connect: Connect, silicon: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    secret = {"AcAg/si/POTCAR": b" PAW_PBE Si 05Jan2001\n 4.0\n End of Dataset\n"}
    upload = shelf({**silicon, **secret})
    with pytest.warns(ns.NomadWarning, match="NOMAD left out 1 of 4 files without saying so: .*AcAg/si/POTCAR"):
        path = ns.download(connect(None), upload, to=tmp_path)
    assert "AcAg/si/POTCAR" not in names_in(path)
    assert set(silicon) <= names_in(path)


def test_files_under_embargo_are_missed_in_a_query_though_another_upload_has_files_of_those_names(
    client: Any, connect: Connect, silicon: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    free, kept = shelf(silicon), shelf(silicon, embargo_months=3)
    query = {"upload_id": [free.upload_id, kept.upload_id]}
    nobody = connect(None)
    with pytest.warns(ns.NomadWarning, match=f"left out 2 of 4 files.*{kept.upload_id}/AcAg/si/si.in"):
        path = ns.download(nobody, query, to=tmp_path, owner="all")
    assert names_in(path) - {"manifest.json"} == {f"{free.upload_id}/{name}" for name in silicon}


def test_a_zip_with_other_files_is_not_replaced_unless_told(
    client: Any, silicon: dict[str, bytes], water: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    one, other = shelf(silicon), shelf(water)
    first = ns.download(client, {"upload_id": one.upload_id}, to=tmp_path).read_bytes()
    assert ns.download(client, {"upload_id": one.upload_id}, to=tmp_path).exists(), "the same again is no conflict"
    with pytest.raises(ns.UsageError, match="is there already, with another content"):
        ns.download(client, {"upload_id": other.upload_id}, to=tmp_path)
    assert len((tmp_path / "nomad_raw_files.zip").read_bytes()) == len(first)
    ns.download(client, {"upload_id": other.upload_id}, to=tmp_path, replace=True)
    assert any(name.endswith("h2o.out") for name in names_in(tmp_path / "nomad_raw_files.zip"))


@pytest.fixture
def cut_zip(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], shelf: Put, tmp_path: Path
) -> Callable[[int], Path]:
    """Downloads an upload's zip of which only so many bytes get through."""
    client = connect("leonard", url=relay.url)
    upload = shelf(silicon)

    def download(kept_bytes: int) -> Path:
        def fault(passing: Passing) -> Fault | None:
            return Fault(kept_bytes=kept_bytes) if "/raw/" in passing.path else None

        relay.fault = fault
        return ns.download(client, upload, to=tmp_path)

    return download


@pytest.mark.parametrize("kept", [0, 100, 10_500])
def test_a_zip_that_ends_early_is_no_zip(cut_zip: Callable[[int], Path], tmp_path: Path, kept: int) -> None:
    with pytest.raises(ns.IncompleteTransfer, match="the archive ends early, after .* bytes") as caught:
        cut_zip(kept)
    assert caught.value.received is not None
    assert caught.value.received <= kept
    assert list(tmp_path.iterdir()) == []
    assert cut_zip(-1).exists()


def test_a_zip_with_a_wrong_byte_in_it_is_refused(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    client = connect("leonard", url=relay.url)
    upload = shelf(silicon)
    through = relay.ask

    def spoilt(method: str, target: str, headers: dict[str, str], body: bytes) -> Any:
        status, answered, content = through(method, target, headers, body)
        return status, answered, content.replace(b"PWSCF", b"PWSCE", 1) if "/raw/" in target else content

    relay.ask = spoilt  # type: ignore[method-assign]
    with pytest.raises(ns.ChecksumMismatch, match=r"AcAg/si/si\.out in it has the wrong checksum"):
        ns.download(client, upload, to=tmp_path)
    assert list(tmp_path.iterdir()) == []
