"""Both generations on one store: what is made through one is the same thing through the other."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.errors import NotFound
from nomad_swagger.settings import Keycloak, Profile
from tests.flows.conftest import QUICK, Connect

Put = Callable[..., ns.Upload]


@pytest.fixture
def today(sandbox: Sandbox) -> Connect:
    """Makes clients of the sandbox's v1."""

    def make(user: str | None = "leonard") -> Any:
        profile = Profile(name="sandbox", url=sandbox.api_url_v1, keycloak=Keycloak(sandbox.keycloak_url))
        return ns.connect(profile=profile, user=user, password="password" if user else None)

    return make


def test_an_upload_through_one_generation_is_seen_through_the_other(
    today: Connect, connect: Connect, put: Put, silicon: Mapping[str, bytes]
) -> None:
    new, old = today(), connect("leonard", "0.8.6")
    made = put(new, silicon, publish=True, comment="PBE", references=["https://nomad.example/1"])
    assert (made.published, made.failed, made.errors) == (True, 0, ())
    here = next(iter(ns.search(new, upload_id=made.upload_id)))
    there = next(iter(ns.search(old, upload_id=made.upload_id)))
    same = ("entry_id", "upload_id", "mainfile", "formula", "elements", "code", "owner", "published", "with_embargo")
    for name in (*same, "comment", "references"):
        assert getattr(here, name) == getattr(there, name), name
    assert here.comment == "PBE"


@pytest.mark.parametrize("word", ["elements", "only_elements", "formula", "code", "upload_id", "entry_id", "path"])
def test_our_words_find_the_same_on_both(
    today: Connect, connect: Connect, put: Put, silicon: Mapping[str, bytes], word: str
) -> None:
    new, old = today(), connect("leonard", "0.8.6")
    made = put(new, silicon, publish=True)
    entry = next(iter(ns.search(new, upload_id=made.upload_id)))
    value = {"only_elements": entry.elements, "path": "AcAg/si/si.out"}.get(word) or getattr(entry, word)
    found = [sorted(hit.entry_id for hit in ns.search(client, **{word: value})) for client in (new, old)]
    assert entry.entry_id in found[0]
    assert found[0] == found[1]


def test_an_embargo_keeps_files_from_others_and_not_from_their_owner(
    today: Connect, put: Put, silicon: Mapping[str, bytes]
) -> None:
    owner, nobody = today(), today(None)
    made = put(owner, silicon, publish=True, embargo_months=3)
    assert made.with_embargo
    with pytest.warns(ns.NomadWarning, match="what is not public only its owner finds"):
        assert ns.search(nobody, upload_id=made.upload_id).total == 0
    (entry,) = ns.search(owner, owner="user", upload_id=made.upload_id)
    assert entry.with_embargo
    assert "run" in ns.archive(owner, entry)
    with pytest.raises(NotFound):
        ns.archive(nobody, entry)


def test_files_come_back_as_they_went(today: Connect, put: Put, silicon: Mapping[str, bytes], tmp_path: Path) -> None:
    made = put(today(), silicon, publish=True)
    nobody = today(None)
    file = ns.download(nobody, f"{made.upload_id}/AcAg/si/si.out", to=tmp_path)
    assert file.read_bytes() == silicon["AcAg/si/si.out"]
    (entry,) = ns.search(nobody, upload_id=made.upload_id)
    for what in (made, entry, f"{made.upload_id}/AcAg", {"upload_id": made.upload_id}):
        target = ns.download(nobody, what, to=tmp_path / type(what).__name__)
        with zipfile.ZipFile(target) as archive:
            assert {name.rpartition("/")[2] for name in archive.namelist()} >= {"si.out", "si.in"}


def test_what_is_deleted_on_one_is_gone_on_the_other(
    today: Connect, connect: Connect, put: Put, silicon: Mapping[str, bytes]
) -> None:
    made = put(today(), silicon)
    assert made.upload_id in [upload.upload_id for upload in ns.list_uploads(connect("leonard", "0.8.6"))]
    ns.delete(today(), made, patience=QUICK)
    with pytest.raises(NotFound):
        ns.get_upload(connect("leonard", "0.8.6"), made)


def test_a_password_goes_to_the_apis_own_login_where_no_keycloak_is_named(sandbox: Sandbox) -> None:
    client = ns.connect(sandbox.api_url_v1, user="leonard", password="password")
    assert client.nomad.ask("whoami", {})["username"] == "leonard"
