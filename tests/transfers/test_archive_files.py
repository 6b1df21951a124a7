"""Zips and tars are told from what only says that it is one, and whole ones from cut ones."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from nomad_swagger.errors import UsageError
from nomad_swagger.transfers.archive_files import content_of, ending_of
from nomad_swagger.transfers.manifest import Rules
from nomad_swagger.transfers.survey import manifest_of

FILES = {"calc/si.out": b"energies" * 500, "calc/si.in": b"&control" * 100}
MODES = {".tar": "w", ".tgz": "w:gz", ".tar.gz": "w:gz", ".tbz2": "w:bz2", ".tar.bz2": "w:bz2", ".tar.xz": "w:xz"}
ENDINGS = [".zip", *MODES, ".txz"]


def packed(ending: str) -> bytes:
    out = io.BytesIO()
    if ending == ".zip":
        with zipfile.ZipFile(out, "w") as archive:
            archive.mkdir("calc") if hasattr(archive, "mkdir") else archive.writestr("calc/", b"")
            for name, data in FILES.items():
                archive.writestr(name, data)
        return out.getvalue()
    with tarfile.open(fileobj=out, mode=MODES.get(ending, "w:xz")) as tar:
        for name, data in FILES.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_600_000_000
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("stem", ["runs{}", "RUNS{}", "noending"])
def test_an_archive_is_told_by_its_content_and_reported_file_by_file(tmp_path: Path, ending: str, stem: str) -> None:
    name = stem.format(ending.upper() if stem.isupper() else ending)
    (tmp_path / name).write_bytes(packed(ending))
    manifest = manifest_of(tmp_path / name)
    assert (manifest.kind, manifest.top) == ("archive", "")
    assert {file.path: file.size_bytes for file in manifest.files} == {path: len(data) for path, data in FILES.items()}
    assert content_of(packed(ending)) == ending_of("x" + ending)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("keep", [0.5, 0.95])
def test_a_cut_archive_is_refused(tmp_path: Path, ending: str, keep: float) -> None:
    data = packed(ending)
    cut = data[: int(len(data) * keep)] if ending != ".tar" else data[: -10240 + int(4000 * keep)]
    (tmp_path / f"runs{ending}").write_bytes(cut)
    with pytest.raises(UsageError, match=r"runs.*(cut short|is no).*--as-is"):
        manifest_of(tmp_path / f"runs{ending}")
    (only,) = manifest_of(tmp_path / f"runs{ending}", Rules(as_is=True)).files
    assert only.size_bytes == len(cut)


def test_a_tar_that_was_cut_between_two_files_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("a.out"))
    (tmp_path / "runs.tar").write_bytes(out.getvalue()[:512])
    with pytest.raises(UsageError, match="the blocks at its end are missing"):
        manifest_of(tmp_path / "runs.tar")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    "data", [b"just text\n", gzip.compress(b"one file", mtime=0), b"<html>Not found</html>", bytes(600)]
)
def test_a_name_that_says_archive_over_something_else_is_refused(tmp_path: Path, ending: str, data: bytes) -> None:
    (tmp_path / f"runs{ending}").write_bytes(data)
    with pytest.raises(UsageError, match="is no .* archive, though its name says so"):
        manifest_of(tmp_path / f"runs{ending}")


@pytest.mark.parametrize("name", ["runs.7z", "runs.tar.zst", "runs.rar"])
def test_an_archive_that_nomad_does_not_unpack_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"7z\xbc\xaf\x27\x1c")
    with pytest.raises(UsageError, match="NOMAD unpacks zip and tar"):
        manifest_of(tmp_path / name)


@pytest.mark.parametrize("name", ["wave.npz", "paper.docx"])
def test_data_that_happens_to_be_a_zip_is_one_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(packed(".zip"))
    assert manifest_of(tmp_path / name).kind == "file"


@pytest.mark.parametrize("name", ["si.out.gz", "vasprun.xml.xz", "si.out.bz2"])
def test_one_compressed_output_is_one_file(tmp_path: Path, name: str) -> None:
    import bz2
    import lzma

    pack = {"gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress}[name.rpartition(".")[2]]
    (tmp_path / name).write_bytes(pack(b"energies" * 1000))
    assert manifest_of(tmp_path / name).kind == "file"


def test_an_empty_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "runs.zip", "w"):
        pass
    with pytest.raises(UsageError, match="holds no file"):
        manifest_of(tmp_path / "runs.zip")


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    data = bytearray(packed(".zip"))
    for at in (data.rfind(b"PK\x01\x02"),):
        data[at + 8] |= 1
    (tmp_path / "runs.zip").write_bytes(data)
    with pytest.raises(UsageError, match="encrypted"):
        manifest_of(tmp_path / "runs.zip")
