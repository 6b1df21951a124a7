from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from tests.flows.conftest import QUICK, Connect
from tests.flows.relay import Fault, Relay


def test_a_folder_is_packed_while_it_is_sent(client: Any, silicon: dict[str, bytes], tmp_path: Path) -> None:
    for name, content in silicon.items():
        path = tmp_path / "run" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    told: list[tuple[int, int | None]] = []
    made = ns.upload(client, tmp_path / "run", progress=lambda done, total: told.append((done, total)))
    assert made.name == "run.zip"
    assert made.running
    done = ns.wait(client, made, patience=QUICK)
    assert (done.status, done.entries, done.failed) == ("SUCCESS", 1, 0)
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    assert next(iter(ns.search(client, owner="user", upload_id=made.upload_id))).mainfile == "run/AcAg/si/si.out"


def test_a_tar_is_as_good_as_a_zip(client: Any, silicon: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "si.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in silicon.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    done = ns.wait(client, ns.upload(client, path), patience=QUICK)
    assert (done.name, done.entries, done.failed) == ("si.tgz", 1, 0)


def test_an_open_file_is_sent_from_where_it_stands(
    client: Any, silicon: dict[str, bytes], pack: Callable[..., io.BytesIO]
) -> None:
    file = pack(silicon)
    before = b"not part of it"
    moved = io.BytesIO(before + file.getvalue())
    moved.seek(len(before))
    assert ns.wait(client, ns.upload(client, moved, name="open"), patience=QUICK).entries == 1


def test_a_file_on_the_server_is_taken_from_its_folder(
    client: Any, sandbox: Sandbox, silicon: dict[str, bytes], pack: Callable[..., io.BytesIO]
) -> None:
    assert sandbox._local_folder is not None
    path = sandbox._local_folder / "on-server.zip"
    path.write_bytes(pack(silicon).getvalue())
    done = ns.wait(client, ns.upload(client, local_path=str(path)), patience=QUICK)
    assert done.entries == 1
    with pytest.raises(ns.NotFound):
        ns.upload(client, local_path=str(path.with_name("missing.zip")))


def test_a_source_or_a_place_on_the_server_but_not_both(client: Any, tmp_path: Path) -> None:
    for given in ({}, {"source": tmp_path, "local_path": "/x.zip"}):
        with pytest.raises(ns.UsageError, match="a source or local_path="):
            ns.upload(client, **given)


def test_an_upload_without_a_login_is_refused_before_anything_is_sent(
    connect: Connect, sandbox: Sandbox, silicon: dict[str, bytes], pack: Callable[..., io.BytesIO]
) -> None:
    nobody = connect(None)
    before = len(sandbox.requests)
    with pytest.raises(ns.NoCredentials, match="nomad-swagger login"):
        ns.upload(nobody, pack(silicon))
    with pytest.raises(ns.NoCredentials):
        list(ns.list_uploads(nobody))
    assert len(sandbox.requests) == before


def test_ones_own_uploads_are_listed_by_state_and_name(
    client: Any, silicon: dict[str, bytes], put: Callable[..., ns.Upload]
) -> None:
    published = put(client, silicon, publish=True)
    staging = put(client, silicon)

    def listed(**given: Any) -> set[str]:
        return {upload.upload_id for upload in ns.list_uploads(client, **given)}

    assert listed() == {staging.upload_id}
    assert published.upload_id in listed(state="published")
    assert {published.upload_id, staging.upload_id} <= listed(state="all", name="test")
    assert listed(name="another") == set()


def test_an_upload_that_is_not_there_or_not_ones_own_is_not_found(
    client: Any, connect: Connect, silicon: dict[str, bytes], put: Callable[..., ns.Upload]
) -> None:
    mine = put(client, silicon)
    with pytest.raises(ns.NotFound, match="mistyped"):
        ns.get_upload(client, "mistyped")
    with pytest.raises(ns.NotFound):
        ns.get_upload(connect("sheldon"), mine)
    with pytest.raises(ns.UsageError, match="empty"):
        ns.get_upload(client, " ")


@pytest.mark.parametrize("fault", [Fault(lost=True), Fault(status=504)], ids=["connection lost", "gateway gave up"])
def test_an_upload_whose_answer_got_lost_is_not_sent_twice_and_says_where_to_look(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], pack: Callable[..., io.BytesIO], fault: Fault
) -> None:
    client = connect("leonard", url=relay.url)
    relay.fault = lambda passing: fault if passing.method == "PUT" else None
    with pytest.raises((ns.ConnectionLost, ns.ServerError), match=r"may have been made all the same: .*uploads"):
        ns.upload(client, pack(silicon))
    assert relay.count("PUT") == 1
    assert len(list(ns.list_uploads(client))) == 1


def test_an_upload_to_nobody_does_not_claim_that_it_may_have_been_made(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], pack: Callable[..., io.BytesIO]
) -> None:
    client = connect("leonard", url=relay.url)
    client.nomad.transport.policy = type(client.nomad.transport.policy)(retries=0)
    relay.close()
    with pytest.raises(ns.ConnectionLost) as caught:
        ns.upload(client, pack(silicon))
    assert "may have been made" not in str(caught.value)
