from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nomad_sandbox.extract import BadArchive, Bounds, extract, safe_parts


def _tar(path: Path, members: list[tarfile.TarInfo], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size) if member.isreg() else None)
    return path


def _member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = link
    member.size = 3 if kind == tarfile.REGTYPE else 0
    return member


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tars_of_all_compressions_are_unpacked(mode: str, tmp_path: Path) -> None:
    archive = _tar(tmp_path / "a.tar", [_member("a/b.txt"), _member("./c.txt")], mode)
    assert extract(archive, tmp_path / "out") == []
    assert _files(tmp_path / "out") == ["a/b.txt", "c.txt"]


def test_links_devices_and_ways_out_of_a_tar_are_left_out_and_named(tmp_path: Path) -> None:
    members = [
        _member("good"),
        _member("/absolute"),
        _member("../up"),
        _member("a/../../up"),
        _member("link", tarfile.SYMTYPE, "/etc/passwd"),
        _member("hard", tarfile.LNKTYPE, "good"),
        _member("device", tarfile.CHRTYPE),
        _member("fifo", tarfile.FIFOTYPE),
    ]
    skipped = extract(_tar(tmp_path / "a.tgz", members), tmp_path / "out")
    assert _files(tmp_path / "out") == ["good"]
    assert sorted(skipped) == sorted(member.name for member in members[1:])
    assert _files(tmp_path) == ["a.tgz", "out/good"]


def test_links_and_ways_out_of_a_zip_are_left_out_and_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/good", "x")
        archive.writestr("../up", "x")
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert sorted(extract(path, tmp_path / "out")) == ["../up", "link"]
    assert _files(tmp_path / "out") == ["a/good"]


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"PK\x03\x04 broken", b"\x1f\x8b broken"])
def test_what_is_no_archive_is_refused_in_nomads_words(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(BadArchive, match=r"^bad \.zip/\.tar file$"):
        extract(tmp_path / "a", tmp_path / "out")


def test_a_zip_whose_content_is_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "content " * 100)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"content content", b"content CONTENT", 1))
    with pytest.raises(BadArchive, match="bad"):
        extract(path, tmp_path / "out")


def test_a_bomb_stops_at_the_bound(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(10 << 20))
    with pytest.raises(BadArchive, match="too many bytes"):
        extract(path, tmp_path / "out", bounds=Bounds(floor_bytes=1 << 20, ratio=10))
    assert (tmp_path / "out/zeros").stat().st_size <= 1 << 20


def test_too_many_files_stop_at_the_bound(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(11):
            archive.writestr(str(number), "")
    with pytest.raises(BadArchive, match="too many files"):
        extract(path, tmp_path / "out", bounds=Bounds(files=10))


def test_a_file_where_a_folder_should_be_is_refused_without_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "x")
        archive.writestr("a/b", "x")
    with pytest.raises(BadArchive, match="bad"):
        extract(path, tmp_path / "out")


@given(st.text(max_size=40))
def test_no_name_leads_outside(name: str) -> None:
    parts = safe_parts(name)
    if parts is not None:
        joined = Path("/base").joinpath(*parts)
        assert joined.is_relative_to("/base")
        assert ".." not in joined.parts
