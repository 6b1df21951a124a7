from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.flows.journal import row_of
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
        with pytest.raises(ns.UsageError, match="a source or a local_path"):
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


def scf(parent: Path, silicon: dict[str, bytes], name: str = "run") -> Path:
    """A folder with one calculation."""
    folder = parent / name
    folder.mkdir(exist_ok=True)
    (folder / "si.out").write_bytes(silicon["AcAg/si/si.out"])
    return folder


def archived(ending: str, silicon: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    if ending == "zip":
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("run/si.out", silicon["AcAg/si/si.out"])
        return out.getvalue()
    with tarfile.open(fileobj=out, mode={"tar": "w", "tgz": "w:gz", "tar.xz": "w:xz"}[ending]) as tar:  # type: ignore[call-overload]
        info = tarfile.TarInfo("run/si.out")
        info.size = len(silicon["AcAg/si/si.out"])
        tar.addfile(info, io.BytesIO(silicon["AcAg/si/si.out"]))
    return out.getvalue()


class Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize("ending", ["zip", "tar", "tgz", "tar.xz", "out"])
def test_whatever_a_calculation_comes_in_its_entry_is_found(
    each: Any, silicon: dict[str, bytes], tmp_path: Path, ending: str
) -> None:
    data = silicon["AcAg/si/si.out"] if ending == "out" else archived(ending, silicon)
    for name in (f"si.{ending}", "noending"):
        (tmp_path / name).write_bytes(data)
    with (tmp_path / f"si.{ending}").open("rb") as named, (tmp_path / "noending").open("rb") as nameless:
        made = [
            ns.upload(each, source)  # type: ignore[arg-type]
            for source in (
                tmp_path / f"si.{ending}",
                tmp_path / "noending",
                named,
                nameless,
                io.BytesIO(data),
                Pipe(data),
            )
        ]
    done = [ns.wait(each, one, patience=QUICK) for one in made]
    assert [(one.status, one.entries, one.failed) for one in done] == [("SUCCESS", 1, 0)] * 6


def test_what_is_no_archive_is_refused_before_a_byte_goes_out(each: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    for name, data in {
        "a.zip": b"text",
        "b.tgz": b"<html>",
        "c.out": b"",
        "d.zip": archived("zip", SOMETHING)[:80],
    }.items():
        (tmp_path / name).write_bytes(data)
        before = len(sandbox.requests)
        with pytest.raises(ns.UsageError, match=name.replace(".", r"\.")):
            ns.upload(each, tmp_path / name)
        assert len(sandbox.requests) == before


SOMETHING = {"AcAg/si/si.out": b"something" * 20}


def test_a_file_that_changes_while_it_is_sent_is_named_and_no_upload_is_made(each: Any, tmp_path: Path) -> None:
    folder = tmp_path / "grows"
    folder.mkdir()
    log = folder / "log.out"

    def grow() -> None:
        with log.open("ab") as file:
            file.write(b"more")

    for change, words in ((grow, "grew"), (lambda: os.truncate(log, 5), "shrank"), (log.unlink, "cannot be read")):
        (folder / "a.out").write_bytes(bytes(3 << 20))
        log.write_bytes(bytes(3 << 20))
        changes = [change]

        def meanwhile(done: int, total: int | None, changes: list[Callable[[], None]] = changes) -> None:
            if done and changes:
                changes.pop()()

        with pytest.raises(ns.SourceChanged, match=rf"log\.out {words}.* no upload was made") as caught:
            ns.upload(each, folder, progress=meanwhile)
        assert caught.value.path == str(log)
    assert not list(ns.list_uploads(each))


def test_odd_names_arrive_as_they_are(each: Any, silicon: dict[str, bytes], tmp_path: Path) -> None:
    folder = scf(tmp_path, silicon)
    odd = ["two\nlines", "x" * 255, "Größe µ", "empty"]
    for name in odd:
        (folder / name).touch()
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9")).write_bytes(b"x")
    done = ns.wait(each, ns.upload(each, folder, escape_names=True), patience=QUICK)
    assert (done.entries, done.failed) == (1, 0)
    there = {file.path for file in ns.files(each, done)}
    assert there == {f"run/{name}" for name in (*odd, "si.out", "caf%E9")}


@pytest.mark.parametrize("version", ["0.8.6", "1.4.3"])
@pytest.mark.parametrize("fault", [Fault(lost=True), Fault(status=504)], ids=["connection lost", "gateway gave up"])
def test_with_a_journal_a_lost_answer_is_found_again(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], tmp_path: Path, fault: Fault, version: str
) -> None:
    folder, journal = scf(tmp_path, silicon, f"lost-{version}-{fault.status}"), tmp_path / "journal"
    client = connect("leonard", version, url=relay.url)
    sends = "PUT" if version == "0.8.6" else "POST"
    relay.fault = lambda passing: fault if passing.method == sends and "uploads" in passing.path else None
    with pytest.raises((ns.ConnectionLost, ns.ServerError), match="the same again looks for it"):
        ns.upload(client, folder, journal=journal)
    relay.fault = lambda passing: None
    found = ns.upload(client, folder, journal=journal)
    assert [one.upload_id for one in ns.list_uploads(client, state="all", name=f"{folder.name}.zip")] == [
        found.upload_id
    ]
    assert ns.upload(client, folder, journal=journal).upload_id == found.upload_id
    with pytest.raises(ns.UsageError, match="a journal remembers files on this disk"):
        ns.upload(client, io.BytesIO(b"x"), journal=journal)


def test_a_refused_upload_leaves_nothing_to_go_on_with(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], tmp_path: Path
) -> None:
    client, folder = connect("leonard", "1.4.3", url=relay.url), scf(tmp_path, silicon)
    relay.fault = lambda passing: Fault(status=400) if passing.method == "POST" and "uploads" in passing.path else None
    with pytest.raises(ns.InvalidRequest):
        ns.upload(client, folder, journal=tmp_path / "journal")
    row = row_of(client, ns.manifest(folder), "run.zip", tmp_path / "journal")
    assert row.told is None


def test_who_stops_the_sending_learns_what_is_known(each: Any, tmp_path: Path) -> None:
    folder = tmp_path / "stopped"
    folder.mkdir()
    (folder / "big.out").write_bytes(bytes(3 << 20))

    def at(bytes_sent: int) -> Callable[[int, int | None], None]:
        def stop(done: int, total: int | None) -> None:
            if done >= bytes_sent or done == total:
                raise KeyboardInterrupt

        return stop

    for begin, words in ((0, "Nothing was sent"), (1 << 20, "It was not sent: 1,0"), (1 << 40, "All of it was sent")):
        with pytest.raises(KeyboardInterrupt, match=words):
            ns.upload(each, folder, progress=at(begin), journal=tmp_path / "journal")


def test_what_could_not_be_read_and_is_left_out_is_warned_of(
    connect: Connect, silicon: dict[str, bytes], tmp_path: Path
) -> None:
    client, folder = connect("leonard", "1.4.3"), scf(tmp_path, silicon)
    (folder / "gone").symlink_to("nowhere")
    with pytest.warns(ns.NomadWarning, match="gone is left out: a link that leads nowhere"):
        made = ns.upload(client, folder, skip_unreadable=True)
    assert ns.wait(client, made, patience=QUICK).entries == 1
