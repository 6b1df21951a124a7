"""What goes up of a folder: every name in it is taken, left out with a reason, or stands in the way."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from nomad_swagger.errors import UsageError
from nomad_swagger.transfers.manifest import Manifest, Rules
from nomad_swagger.transfers.survey import manifest_of
from tests.rights import of_a_plain_user


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A calculation."""
    made = tmp_path / "calc"
    (made / "sub").mkdir(parents=True)
    (made / "si.out").write_bytes(b"energies")
    (made / "sub" / "in put.txt").write_bytes(b"")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.txt").write_bytes(b"secret")
    return made


WHOLE = ["si.out", "sub/in put.txt"]


def paths(manifest: Manifest) -> list[str]:
    return [file.path for file in manifest.files]


def reasons(manifest: Manifest) -> dict[str, str]:
    return {one.path: one.why for one in manifest.left_out}


def test_a_manifest_tells_path_size_time_and_top_of_each_file(folder: Path) -> None:
    os.utime(folder / "si.out", ns=(5, 7_000_000_001))
    manifest = manifest_of(folder)
    (out, _) = manifest.files
    assert (out.path, out.size_bytes, out.mtime_ns, out.how, out.source) == (
        "si.out",
        8,
        7_000_000_001,
        "file",
        str(folder / "si.out"),
    )
    assert (manifest.kind, manifest.top, manifest.size_bytes) == ("folder", "calc", 8)
    assert list(manifest.paths()) == ["calc/si.out", "calc/sub/in put.txt"]
    assert not manifest.left_out


def test_the_hash_is_of_paths_sizes_and_times(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {manifest_of(folder).digest}
    monkeypatch.chdir(folder)
    assert manifest_of(".").digest in seen
    for change in (
        lambda: os.utime(folder / "si.out", (1, 1)),
        lambda: (folder / "si.out").write_bytes(b"longer, now"),
        lambda: (folder / "si.out").rename(folder / "si2.out"),
        (folder / "new").touch,
    ):
        change()
        seen.add(manifest_of(folder).digest)
    assert len(seen) == 5


def dangling(folder: Path) -> None:
    (folder / "gone").symlink_to("nowhere")


def circle_of_two(folder: Path) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")


def closed_folder(folder: Path) -> None:
    (folder / "closed").mkdir()
    (folder / "closed" / "si.out").touch()
    (folder / "closed").chmod(0)


def closed_file(folder: Path) -> None:
    (folder / "closed.out").write_bytes(b"x")
    (folder / "closed.out").chmod(0)


def a_socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(folder / "socket"))


def a_device(folder: Path) -> None:
    try:
        os.mknod(folder / "null", 0o20666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


@pytest.mark.parametrize(
    ("make", "name", "why"),
    [
        (dangling, "gone", "a link that leads nowhere"),
        (circle_of_two, "a", "a link that leads nowhere"),
        (lambda folder: os.mkfifo(folder / "pipe"), "pipe", "a named pipe"),
        (a_socket, "socket", "a socket"),
        (a_device, "null", "a device"),
        (closed_folder, "closed/", "cannot be read: Permission denied"),
        (closed_file, "closed.out", "cannot be read: Permission denied"),
    ],
)
def test_what_cannot_be_read_is_named_and_only_left_out_when_told(
    folder: Path, make: Callable[[Path], None], name: str, why: str
) -> None:
    make(folder)
    with of_a_plain_user():
        with pytest.raises(UsageError, match=f"{name}: {why}"):
            manifest_of(folder)
        manifest = manifest_of(folder, Rules(skip_unreadable=True))
        assert (
            paths(manifest_of(folder, Rules(exclude=("gone", "a", "b", "pipe", "socket", "null", "closed*")))) == WHOLE
        )
    (folder / "closed").is_dir() and (folder / "closed").chmod(0o700)
    assert paths(manifest) == WHOLE
    found = {one.path: (one.why, one.unread) for one in manifest.left_out}
    assert found[name][0].startswith(why)
    assert found[name][1]


def test_all_that_stands_in_the_way_is_told_at_once(folder: Path) -> None:
    dangling(folder)
    for number in range(12):
        os.mkfifo(folder / f"pipe{number:02}")
    with pytest.raises(UsageError, match="gone.*pipe08.*and 3 more.*--skip-unreadable"):
        manifest_of(folder)


def test_links_within_the_folder_go_up_as_what_they_lead_to(folder: Path) -> None:
    (folder / "latest").symlink_to("sub")
    (folder / "result").symlink_to(folder / "si.out")
    found = {file.path: (file.how, file.size_bytes) for file in manifest_of(folder).files}
    assert found["result"] == (f"link to {folder / 'si.out'}", 8)
    assert found["latest/in put.txt"] == ("through the link latest", 0)


def test_circles_of_links_end_and_are_told(folder: Path) -> None:
    (folder / "sub" / "up").symlink_to("..")
    (folder / "one").mkdir()
    (folder / "one" / "two").symlink_to("../two")
    (folder / "two").mkdir()
    (folder / "two" / "one").symlink_to("../one")
    (folder / "two" / "b.out").touch()
    manifest = manifest_of(folder)
    assert set(paths(manifest)) == {*WHOLE, "two/b.out", "one/two/b.out"}
    assert reasons(manifest) == {
        "sub/up": "a link back to a folder that it lies in (..)",
        "one/two/one": "the link is followed already, at two/one",
        "two/one/two": "the link is followed already, at one/two",
    }


def test_many_links_across_do_not_multiply(folder: Path) -> None:
    for number in range(20):
        level = folder / f"d{number:02}"
        level.mkdir()
        (level / "x.out").touch()
        for name in ("left", "right"):
            (level / name).symlink_to(f"../d{number + 1:02}" if number < 19 else "../sub")
    assert len(manifest_of(folder).files) < 2000


@pytest.mark.parametrize("target", ["../elsewhere", "../elsewhere/secret.txt", "/etc/hostname"])
def test_a_link_that_leads_out_is_refused_unless_it_is_to_be_followed(folder: Path, target: str) -> None:
    (folder / "out").symlink_to(target)
    for rules in (Rules(), Rules(skip_unreadable=True)):
        with pytest.raises(UsageError, match="out: a link that leads out of the folder, to .*--follow-links"):
            manifest_of(folder, rules)
    assert len(manifest_of(folder, Rules(follow_links=True)).files) == 3
    assert paths(manifest_of(folder, Rules(exclude=("out",)))) == WHOLE


def test_a_folder_beside_whose_name_begins_alike_is_out(folder: Path) -> None:
    (folder.parent / "calc2").mkdir()
    (folder / "out").symlink_to("../calc2")
    with pytest.raises(UsageError, match="leads out"):
        manifest_of(folder)


def test_what_nobody_means_is_left_out_and_the_rest_of_the_hidden_goes_up_and_both_are_told(folder: Path) -> None:
    junk = [".git/config", "sub/__pycache__/x.pyc", ".DS_Store", "si.out~", ".si.out.swp", "#si.out#", "sub/.#lock"]
    for name in [*junk, ".hidden", ".config/run.yaml", "sub/.restart"]:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    manifest = manifest_of(folder)
    hidden = [file.path for file in manifest.files if file.how == "hidden"]
    assert hidden == [".config/run.yaml", ".hidden", "sub/.restart"]
    assert reasons(manifest) == {
        ".git/": "version control",
        "sub/__pycache__/": "made by Python again",
        ".DS_Store": "made by the desktop",
        "si.out~": "an editor's file",
        ".si.out.swp": "an editor's file",
        "#si.out#": "an editor's file",
        "sub/.#lock": "an editor's file",
    }


def test_a_licensed_file_is_pointed_out(folder: Path) -> None:
    for name in ("POTCAR", "POTCAR.gz", "POTCAR.stripped", "INCAR"):
        (folder / name).touch()
    pointed = {file.path for file in manifest_of(folder).files if "licensed with VASP" in file.remark}
    assert pointed == {"POTCAR", "POTCAR.gz"}


def test_an_empty_folder_in_it_is_told(folder: Path) -> None:
    (folder / "empty").mkdir()
    assert reasons(manifest_of(folder)) == {"empty/": "an empty folder"}


@pytest.mark.parametrize("files", [[], ["sub/"], [".git/config", "x~"]])
def test_nothing_to_send_is_an_error(tmp_path: Path, files: list[str]) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).mkdir() if name.endswith("/") else (tmp_path / name).touch()
    with pytest.raises(UsageError, match="holds no file"):
        manifest_of(tmp_path)


@pytest.mark.parametrize(
    ("rules", "ignore", "left"),
    [
        (Rules(exclude=("*.chk",)), {}, ["a/w.chk", "w.chk"]),
        (Rules(exclude=("/w.chk",)), {}, ["w.chk"]),
        (Rules(exclude=("a/",)), {}, ["a/"]),
        (Rules(exclude=("*.chk", "!/w.chk")), {}, ["a/w.chk"]),
        (Rules(include=("*.out",)), {}, ["a/w.chk", "sub/in put.txt", "w.chk"]),
        (Rules(include=("a/",), exclude=("*.chk",)), {}, ["a/w.chk", "si.out", "sub/in put.txt", "w.chk"]),
        (Rules(), {"": "# big\n*.chk\n\n"}, ["a/w.chk", "w.chk"]),
        (Rules(), {"": "*.chk", "a": "!w.chk"}, ["w.chk"]),
        (Rules(), {"a": "/w.chk"}, ["a/w.chk"]),
        (Rules(), {"": "**/b/*\n"}, ["a/b/x.out"]),
        (Rules(exclude=("*.chk",)), {"": "!*.chk"}, ["a/w.chk", "w.chk"]),
        (Rules(), {"": "a\n!a/w.chk"}, ["a/"]),
        (Rules(), {"": "!*~\n"}, []),
    ],
)
def test_patterns_have_gits_rules(folder: Path, rules: Rules, ignore: dict[str, str], left: list[str]) -> None:
    for name in ("w.chk", "a/w.chk", "a/b/x.out"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    if not left:
        (folder / "x~").touch()
    for where, lines in ignore.items():
        (folder / where / ".nomadignore").write_text(lines)
    manifest = manifest_of(folder, rules)
    assert [path for path in reasons(manifest) if not path.endswith(".nomadignore")] == left
    assert ".nomadignore" not in paths(manifest)


def test_a_pattern_that_is_none_is_refused(folder: Path) -> None:
    (folder / ".nomadignore").write_text("!\n")
    with pytest.raises(UsageError, match="pattern"):
        manifest_of(folder)
    with pytest.raises(UsageError, match="pattern"):
        manifest_of(folder, Rules(exclude=("!",)))


def test_names_that_are_no_utf_8_are_refused_or_escaped_and_told(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9")).mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9/m\xfcll.out")).touch()
    (folder / "two\nlines").touch()
    (folder / ("x" * 255)).touch()
    (folder / "Größe µ").touch()
    with pytest.raises(UsageError, match=r"caf\\xe9: a name that is no UTF-8"):
        manifest_of(folder)
    manifest = manifest_of(folder, Rules(escape_names=True))
    assert {"caf%E9/m%FCll.out", "two\nlines", "x" * 255, "Größe µ"} < set(paths(manifest))
    assert [(one.old, one.new) for one in manifest.renamed] == [
        ("caf\\xe9", "caf%E9"),
        ("caf\\xe9/m\\xfcll.out", "caf%E9/m%FCll.out"),
    ]
    (folder / "caf%E9").touch()
    with pytest.raises(UsageError, match="is taken"):
        manifest_of(folder, Rules(escape_names=True))


def test_a_folder_whose_own_name_is_no_utf_8_is_refused_or_escaped(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    folder.mkdir()
    (folder / "si.out").touch()
    with pytest.raises(UsageError, match=r"caf\\xe9"):
        manifest_of(folder)
    assert manifest_of(folder, Rules(escape_names=True)).top == "caf%E9"


def test_deep_wide_and_sparse_folders_are_taken_whole(tmp_path: Path) -> None:
    folder = tmp_path / "calc"
    deep = folder
    for _ in range(300):
        deep /= "d"
    deep.mkdir(parents=True)
    (deep / "end.out").touch()
    with (folder / "sparse").open("wb") as file:
        file.truncate(5 << 30)
    (folder / "wide").mkdir()
    for number in range(2_000):
        (folder / "wide" / str(number)).touch()
    manifest = manifest_of(folder)
    assert (len(manifest.files), manifest.size_bytes) == (2_002, 5 << 30)


def test_one_file_that_is_no_archive_is_packed_below_its_stem(tmp_path: Path) -> None:
    (tmp_path / "si.out").write_bytes(b"energies")
    manifest = manifest_of(tmp_path / "si.out")
    assert (manifest.kind, list(manifest.paths()), manifest.size_bytes) == ("file", ["si/si.out"], 8)


@pytest.mark.parametrize("make", [Path.touch, os.mkfifo, lambda path: None])
def test_a_file_with_nothing_to_send_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "si.out")
    with pytest.raises(UsageError, match=r"si\.out"):
        manifest_of(tmp_path / "si.out")


def test_one_file_that_may_not_be_read_is_refused(folder: Path) -> None:
    closed_file(folder)
    with of_a_plain_user(), pytest.raises(UsageError, match=r"closed\.out cannot be read: Permission denied"):
        manifest_of(folder / "closed.out")
