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


def cut_raw(kept_bytes: int) -> Callable[[Passing], Fault | None]:
    """Cut every answer that is a file of the upload."""
    return lambda passing: Fault(kept_bytes) if "/raw/" in passing.path and passing.path.endswith(".out") else None


def parts_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.suffix == ".part"]


def test_a_file_that_is_cut_again_and_again_arrives_as_long_as_it_gets_further(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], shelf: Put, tmp_path: Path, version: str
) -> None:
    client = connect("leonard", version, url=relay.url)
    relay.fault = cut_raw(5000)
    file = ns.download(client, f"{shelf(silicon).upload_id}/{FILE}", to=tmp_path)
    assert file.read_bytes() == silicon[FILE]
    asked = [passing.query for passing in relay.passed if passing.path.endswith("si.out")]
    assert len(asked) > 2
    assert all("offset=" in query and "length=" in query for query in asked[1:]), "v0 wants both, or neither"
    assert parts_in(tmp_path) == []


def test_a_file_of_which_nothing_comes_is_an_error_with_bytes_got_and_expected(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], shelf: Put, tmp_path: Path, version: str
) -> None:
    client = connect("leonard", version, url=relay.url)
    relay.fault = cut_raw(0)
    size = len(silicon[FILE])
    with pytest.raises(ns.IncompleteTransfer, match=f"after 0 of {size:,} bytes") as caught:
        ns.download(client, f"{shelf(silicon).upload_id}/{FILE}", to=tmp_path)
    assert (caught.value.received, caught.value.expected) == (0, size)
    assert list(tmp_path.iterdir()) == []


def test_what_came_of_a_file_is_kept_and_the_same_command_goes_on_from_there(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], shelf: Put, tmp_path: Path, version: str
) -> None:
    client = connect("leonard", version, url=relay.url)
    file, size = f"{shelf(silicon).upload_id}/{FILE}", len(silicon[FILE])
    cuts = iter([5000, 0])
    relay.fault = lambda passing: Fault(kept_bytes=next(cuts)) if passing.path.endswith("si.out") else None
    with pytest.raises(ns.IncompleteTransfer, match=f"after 5,000 of {size:,} bytes. What came is kept"):
        ns.download(client, file, to=tmp_path)
    (part,) = parts_in(tmp_path)
    assert part.startswith("si.out.")
    assert not (tmp_path / "si.out").exists()
    relay.fault = lambda passing: None
    relay.passed.clear()
    assert ns.download(client, file, to=tmp_path).read_bytes() == silicon[FILE]
    assert parts_in(tmp_path) == []


def test_a_file_that_changed_in_between_begins_anew_and_says_so(
    connect: Connect,
    relay: Relay,
    silicon: dict[str, bytes],
    shelf: Put,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = connect("leonard", url=relay.url)
    file = f"{shelf(silicon).upload_id}/{FILE}"
    cuts = iter([5000, 0])
    relay.fault = lambda passing: Fault(kept_bytes=next(cuts)) if passing.path.endswith("si.out") else None
    with pytest.raises(ns.IncompleteTransfer):
        ns.download(client, file, to=tmp_path)
    (part,) = tmp_path.glob("*.part")
    part.write_bytes(part.read_bytes().swapcase())
    relay.fault = lambda passing: None
    assert ns.download(client, file, to=tmp_path).read_bytes() == silicon[FILE]
    assert "another file on the server by now; beginning anew" in caplog.text


def test_a_cut_file_of_unknown_size_is_noticed_by_asking_for_one_byte_more(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    client = connect("leonard", url=relay.url)
    client.nomad.transport.policy = type(client.nomad.transport.policy)(retries=0)
    upload = shelf({**silicon, "notes.txt": b"a note"})
    cuts = iter([-1, 4])  # the first answer tells a file from a folder
    relay.fault = lambda passing: Fault(next(cuts, -1)) if passing.path.endswith("notes.txt") else None
    assert ns.download(client, f"{upload.upload_id}/notes.txt", to=tmp_path).read_bytes() == b"a note"


def test_a_cut_file_of_unknown_size_is_no_file_where_nobody_is_there_to_ask(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], shelf: Put, tmp_path: Path
) -> None:
    client = connect("leonard", url=relay.url)
    client.nomad.transport.policy = type(client.nomad.transport.policy)(retries=0)
    upload, looks = shelf({**silicon, "notes.txt": b"a note"}), []

    def fault(passing: Passing) -> Fault | None:
        if not passing.path.endswith("notes.txt"):
            return None
        looks.append(passing)
        relay.dead = len(looks) > 1
        return Fault(4 if relay.dead else -1)

    relay.fault = fault
    with pytest.raises(ns.IncompleteTransfer, match=r"notes.txt: .* after 4 bytes"):
        ns.download(client, f"{upload.upload_id}/notes.txt", to=tmp_path)
    assert not (tmp_path / "notes.txt").exists()
    relay.dead = False


def test_what_is_there_and_the_same_is_done_and_nothing_is_fetched(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], shelf: Put, tmp_path: Path, version: str
) -> None:
    client = connect("leonard", version, url=relay.url)
    upload = shelf(silicon)
    for what in (f"{upload.upload_id}/{FILE}", upload, f"{upload.upload_id}/AcAg/"):
        first = ns.download(client, what, to=tmp_path)
        before = first.stat().st_mtime_ns
        relay.passed.clear()
        assert ns.download(client, what, to=tmp_path) == first
        assert first.stat().st_mtime_ns == before
        assert not [passing.path for passing in relay.passed if passing.path.endswith(("si.out", "*"))]


@pytest.mark.parametrize("on_existing", ["error", "skip", "replace"])
def test_what_is_there_and_differs_is_an_error_kept_or_replaced(
    client: Any, done: ns.Upload, silicon: dict[str, bytes], tmp_path: Path, on_existing: Any
) -> None:
    (tmp_path / "si.out").write_bytes(b"mine")
    if on_existing == "error":
        with pytest.raises(ns.UsageError, match="is there already, with another content"):
            ns.download(client, f"{done.upload_id}/{FILE}", to=tmp_path)
    else:
        ns.download(client, f"{done.upload_id}/{FILE}", to=tmp_path, on_existing=on_existing)
    assert (tmp_path / "si.out").read_bytes() == (silicon[FILE] if on_existing == "replace" else b"mine")
