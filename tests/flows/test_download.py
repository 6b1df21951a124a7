from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from tests.flows.conftest import Connect
from tests.flows.relay import Fault, Passing, Relay

Put = Callable[..., ns.Upload]
FILE = "AcAg/si/si.out"


@pytest.fixture
def done(client: Any, silicon: dict[str, bytes], shelf: Put) -> ns.Upload:
    return shelf(silicon)


def test_a_file_comes_as_it_was_uploaded(
    client: Any, done: ns.Upload, silicon: dict[str, bytes], tmp_path: Path
) -> None:
    told: list[tuple[int, int | None]] = []
    path = ns.download(
        client,
        f"{done.upload_id}/{FILE}",
        to=tmp_path / "made" / "on the way",
        progress=lambda got, total: told.append((got, total)),
    )
    assert path == tmp_path / "made" / "on the way" / "si.out"
    assert path.read_bytes() == silicon[FILE]
    assert told[-1] == (len(silicon[FILE]), len(silicon[FILE])), "the size is known from the listing"


@pytest.mark.parametrize("entries", [True, False], ids=["beside an entry", "beside none"])
def test_a_file_at_the_top_of_an_upload_is_checked_too(
    client: Any, water: dict[str, bytes], silicon: dict[str, bytes], shelf: Put, tmp_path: Path, entries: bool
) -> None:
    files = {**(water if entries else silicon), "notes.txt": b"a note", "empty.txt": b""}
    upload = shelf(files)
    for name in ("notes.txt", "empty.txt"):
        assert ns.download(client, f"{upload.upload_id}/{name}", to=tmp_path).read_bytes() == files[name]


def test_a_folder_without_its_slash_comes_as_a_zip_and_not_as_its_listing(
    client: Any, water: dict[str, bytes], silicon: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    for files in (silicon, {**water, **silicon}):
        upload = shelf(files)
        path = ns.download(client, f"{upload.upload_id}/AcAg", to=tmp_path / upload.upload_id)
        assert path.name == "AcAg.zip"


def test_a_mistyped_file_is_not_found_and_the_nearest_is_named(client: Any, done: ns.Upload, tmp_path: Path) -> None:
    with pytest.raises(ns.NotFound, match=r"AcAg/si/s1\.out: no such file or folder; did you mean 'AcAg/si/si\.out'"):
        ns.download(client, f"{done.upload_id}/AcAg/si/s1.out", to=tmp_path)
    with pytest.raises(ns.NotFound):
        ns.download(client, f"{done.upload_id}/nowhere/at/all", to=tmp_path)
    with pytest.raises(ns.NotFound):
        ns.download(client, "mistyped/si.out", to=tmp_path)
    with pytest.raises(ns.NotFound):
        ns.download(client, "mistyped", to=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_unpublished_file_is_its_owners_alone(
    client: Any, connect: Connect, silicon: dict[str, bytes], put: Put, tmp_path: Path
) -> None:
    file = f"{put(client, silicon).upload_id}/{FILE}"
    for other in (connect(None), connect("sheldon")):
        with pytest.raises(ns.Unauthorized):
            ns.download(other, file, to=tmp_path)
    assert ns.download(client, file, to=tmp_path).read_bytes() == silicon[FILE]


def test_another_file_of_that_name_is_not_replaced_unless_told(client: Any, done: ns.Upload, tmp_path: Path) -> None:
    file = f"{done.upload_id}/{FILE}"
    (tmp_path / "si.out").write_bytes(b"mine")
    with pytest.raises(ns.UsageError, match=r"si\.out is there already, with another content.*--replace"):
        ns.download(client, file, to=tmp_path)
    assert (tmp_path / "si.out").read_bytes() == b"mine"
    ns.download(client, file, to=tmp_path, replace=True)
    assert ns.download(client, file, to=tmp_path).stat().st_size > 1000, "the same content again is no conflict"
    assert [path.name for path in tmp_path.iterdir()] == ["si.out"]


def cut_raw(
    kept_bytes: int, *, then_dead: bool = False, relay: Relay | None = None
) -> Callable[[Passing], Fault | None]:
    """Cut the first file that comes by; the server may be gone after it."""

    def fault(passing: Passing) -> Fault | None:
        if "/raw/" not in passing.path or not passing.path.endswith((".out", ".txt")):
            return None
        if then_dead:
            assert relay is not None
            relay.dead = True
        return Fault(kept_bytes=kept_bytes)

    return fault


@pytest.mark.parametrize("kept", [0, 5000])
def test_a_cut_file_is_noticed_with_bytes_got_and_expected(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], shelf: Put, tmp_path: Path, version: str, kept: int
) -> None:
    client = connect("leonard", version, url=relay.url)
    file = f"{shelf(silicon).upload_id}/{FILE}"
    relay.fault = cut_raw(kept)
    size = len(silicon[FILE])
    with pytest.raises(ns.IncompleteTransfer, match=f"after {kept:,} of {size:,} bytes") as caught:
        ns.download(client, file, to=tmp_path)
    assert (caught.value.received, caught.value.expected) == (kept, size)
    assert list(tmp_path.iterdir()) == [], "nothing under its final name, and no .part"
    relay.fault = lambda passing: None
    assert ns.download(client, file, to=tmp_path).read_bytes() == silicon[FILE]


def test_a_cut_file_at_the_top_has_its_size_from_the_entry_beside_it(
    connect: Connect, relay: Relay, water: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    client = connect("leonard", url=relay.url)
    upload = shelf(water)
    relay.fault = cut_raw(100)
    with pytest.raises(ns.IncompleteTransfer, match=f"after 100 of {len(water['h2o.out']):,} bytes"):
        ns.download(client, f"{upload.upload_id}/h2o.out", to=tmp_path)


@pytest.mark.parametrize("then_dead", [False, True], ids=["the server goes on", "the server is gone"])
@pytest.mark.parametrize("kept", [0, 4])
def test_a_cut_file_of_unknown_size_is_noticed_by_asking_for_one_byte_more(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], shelf: Put, tmp_path: Path, kept: int, then_dead: bool
) -> None:
    client = connect("leonard", url=relay.url)
    client.nomad.transport.policy = type(client.nomad.transport.policy)(retries=0)
    upload = shelf({**silicon, "notes.txt": b"a note"})
    through, answered = cut_raw(kept, then_dead=then_dead, relay=relay), []

    def first_alone(passing: Passing) -> Fault | None:
        fault = None if answered else through(passing)
        answered.extend([fault] if fault else [])
        return fault

    relay.fault = first_alone
    with pytest.raises(ns.IncompleteTransfer, match=f"notes.txt: the connection ended early, after {kept} bytes"):
        ns.download(client, f"{upload.upload_id}/notes.txt", to=tmp_path)
    assert list(tmp_path.iterdir()) == []
    relay.dead = False
    assert ns.download(client, f"{upload.upload_id}/notes.txt", to=tmp_path).read_bytes() == b"a note"
