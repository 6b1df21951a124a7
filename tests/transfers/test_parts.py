"""One writer for each name: parts have an owner, and a final name is taken in one step."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nomad_swagger import disk
from nomad_swagger.errors import TransferError
from nomad_swagger.transfers.parts import ANEW, claimed, clean, forget, part_path


def test_a_part_says_what_it_is_a_part_of(tmp_path: Path) -> None:
    target = tmp_path / "CHGCAR"
    one, other = part_path(target, "u1/CHGCAR", "7 bytes"), part_path(target, "u2/CHGCAR", "7 bytes")
    assert one != other != part_path(target, "u2/CHGCAR", "8 bytes")
    assert one.name.startswith("CHGCAR.")
    assert one.suffix == ".part"


def test_a_second_writer_of_a_part_is_told_so(tmp_path: Path) -> None:
    target = tmp_path / "x"
    with (
        claimed(target, "s", "1") as part,
        pytest.raises(TransferError, match="written by another process or thread.*--wait-for-lock"),
        claimed(target, "s", "1"),
    ):
        pass
    part.file.close()


def test_a_second_writer_may_wait_and_then_finds_the_name_taken(tmp_path: Path) -> None:
    target, began = tmp_path / "x", threading.Event()

    def second() -> str:
        began.set()
        with claimed(target, "s", "1", wait=True) as part:
            part.file.write(b"two")
            with pytest.raises(FileExistsError):
                part.place(replace=False)
            part.drop()
        return target.read_text()

    with ThreadPoolExecutor(1) as pool:
        with claimed(target, "s", "1") as part:
            waiting = pool.submit(second)
            began.wait()
            part.file.write(b"one")
            part.place(replace=False)
        assert waiting.result(timeout=20) == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_the_part_of_a_writer_who_was_killed_is_free_at_once(tmp_path: Path) -> None:
    target = tmp_path / "x"
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom nomad_swagger.transfers.parts import claimed\n"
        "with claimed(Path(sys.argv[1]), 's', '1') as part:\n"
        "    part.file.write(b'half')\n    part.file.flush()\n    print('here', flush=True)\n    time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(target)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(TransferError), claimed(target, "s", "1"):
            pass
        process.kill()
        process.wait()
    with claimed(target, "s", "1") as part:
        assert part.tail(10) == b"half"


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_part_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    target, precious = tmp_path / "x", tmp_path / "precious"
    precious.write_bytes(b"mine")
    for link in (os.symlink, os.link):
        link(precious, part_path(target, "s", "1"))
        with claimed(target, "s", "1") as part:
            assert part.size_bytes == 0
            part.file.write(b"theirs")
            part.drop()
        assert precious.read_bytes() == b"mine"


def test_a_part_of_a_source_that_changed_is_no_beginning(tmp_path: Path) -> None:
    target = tmp_path / "x"
    with claimed(target, "s", "old") as part:
        part.file.write(b"old bytes")
    with claimed(target, "s", "new") as part:
        assert (part.changed, part.size_bytes) == (True, 0)
    assert list(tmp_path.iterdir()) == [], "neither the old one nor an empty one stays"


def test_what_can_only_come_whole_leaves_no_part(tmp_path: Path) -> None:
    def stopped() -> None:
        with claimed(tmp_path / "x.zip", "s", ANEW) as part:
            part.file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["goes on", "is there already"])
def test_what_a_killed_process_left_of_such_a_thing_is_cleared_whichever_server_it_came_from(
    how: str, tmp_path: Path
) -> None:
    target = tmp_path / "x.zip"
    left = part_path(target, "one server", ANEW)
    other = part_path(target, "one server", "a state that can go on")
    for path in (left, other):
        path.write_bytes(b"half")
    if how == "goes on":
        with claimed(target, "another server", "1") as part:
            assert not part.changed, "it was none of this source"
    else:
        forget({target: "another server"})
    assert list(tmp_path.iterdir()) == [other]


def test_a_part_does_not_drop_what_is_another_ones_by_now(tmp_path: Path) -> None:
    with claimed(tmp_path / "x", "s", "1") as part:
        part.file.write(b"whole")
        part.place(replace=False)
        with claimed(tmp_path / "x", "s", "1") as another:
            another.file.write(b"half")
            part.drop()
            assert another.path.exists()


def test_only_what_is_a_part_and_nobodys_is_cleaned_away(tmp_path: Path) -> None:
    (tmp_path / "my.part").write_bytes(b"not ours")
    with claimed(tmp_path / "left", "s", "1") as part:
        part.file.write(b"half")
    with claimed(tmp_path / "busy", "s", "1") as busy:
        busy.file.write(b"half")
        assert clean(tmp_path) == [part.path]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["my.part", busy.path.name])


def test_of_many_who_place_one_name_one_does(tmp_path: Path) -> None:
    target, ready = tmp_path / "x", threading.Barrier(8)

    def place(number: int) -> bool:
        with claimed(target, f"source {number}", "1") as part:
            part.file.write(b"%d" % number * 1000)
            ready.wait()
            try:
                part.place(replace=False)
            except FileExistsError:
                part.drop()
                return False
            return True

    for _ in range(10):
        with ThreadPoolExecutor(8) as pool:
            placed = list(pool.map(place, range(8)))
        assert placed.count(True) == 1
        assert target.read_bytes() == b"%d" % placed.index(True) * 1000
        target.unlink()
    assert list(tmp_path.iterdir()) == []


def test_without_hard_links_a_taken_name_stays_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError("no hard links here")

    monkeypatch.setattr(os, "link", no_links)
    part, target = tmp_path / "p", tmp_path / "x"
    part.write_bytes(b"1")
    disk.place(part, target)
    part.write_bytes(b"2")
    with pytest.raises(FileExistsError):
        disk.place(part, target)
    assert target.read_bytes() == b"1"


def test_a_name_as_long_as_a_name_may_be_has_a_part_too(tmp_path: Path) -> None:
    target = tmp_path / ("ä" * 127)
    with claimed(target, "s", "1") as part:
        part.file.write(b"x")
        part.place(replace=False)
    assert target.read_bytes() == b"x"
