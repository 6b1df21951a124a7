"""Look at what is to go up, before anything is sent: a folder, a zip or tar file, or another file.

Reads folders and the directories of archives; of files it reads nothing, but opens each once to know that it can.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from nomad_swagger.errors import UsageError
from nomad_swagger.transfers.archive_files import members_of
from nomad_swagger.transfers.manifest import LeftOut, Manifest, ManifestFile, Renamed, Rules
from nomad_swagger.transfers.told_names import shown, spelled
from nomad_swagger.transfers.walking import Walk

_SHOWN = 10


def manifest(
    source: str | Path,
    *,
    include: Sequence[str] | str = (),
    exclude: Sequence[str] | str = (),
    skip_unreadable: bool = False,
    follow_links: bool = False,
    escape_names: bool = False,
    as_is: bool = False,
) -> Manifest:
    """Look at what would go up of a folder or a file, and what would stay at home and why; nothing is sent.

    Parameters
    ----------
    source : path
    include, exclude, skip_unreadable, follow_links, escape_names, as_is
        As for :func:`upload`, which takes the manifest, too.

    Returns
    -------
    Manifest

    Raises
    ------
    UsageError
        There is nothing, or something stands in the way; it names each.

    Examples
    --------
    >>> manifest("tutorials/data/silicon", exclude="*.in").left_out              # doctest: +SKIP
    (LeftOut(path='si.in', why='--exclude *.in', unread=False),)
    """
    return manifest_of(source, rules_of(include, exclude, skip_unreadable, follow_links, escape_names, as_is))


def rules_of(include: Sequence[str] | str, exclude: Sequence[str] | str, *flags: bool) -> Rules:
    """Give the rules for what a caller says, one pattern or several."""
    return Rules(_listed(include), _listed(exclude), *flags)


def _listed(given: Sequence[str] | str) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def manifest_of(source: str | Path, rules: Rules | None = None) -> Manifest:
    """Look at a folder, a zip or tar file, or another file, and give what would go up.

    Parameters
    ----------
    source : path
    rules : Rules, optional
        For folders.

    Raises
    ------
    UsageError
        There is nothing, or something that cannot be read, followed or named; it names each. Or the file has an
        archive's ending and is none, or is cut short.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp(), "calc"); folder.mkdir()
    >>> _ = (folder / "si.out").write_text("energies"); _ = (folder / "notes~").write_text("")
    >>> manifest = manifest_of(folder)
    >>> [(file.path, file.size_bytes) for file in manifest.files], [one.why for one in manifest.left_out]
    ([('si.out', 8)], ["an editor's file"])
    """
    path, rules = Path(source), rules or Rules()
    if path.is_dir():
        return _of_folder(path, rules)
    _refuse_unreadable(path)
    seen = path.stat()  # before it is read: what changes it meanwhile is found when it is sent
    members = None if rules.as_is else members_of(path)
    if rules.as_is or members is not None:
        whole = ManifestFile(path.name, seen.st_size, seen.st_mtime_ns, "as it is", str(path))
        found = [ManifestFile(one.name, one.size_bytes, one.mtime_s * 10**9, "in the archive") for one in members or ()]
        listed = tuple(sorted(found, key=lambda file: file.path)) or (whole,)
        return Manifest(path, "archive", "", listed, archive=whole)
    return _of_file(path, rules)


def _of_folder(folder: Path, rules: Rules) -> Manifest:
    walk = Walk(folder, rules)
    walk.go()
    if walk.problems:
        raise UsageError(_problems_in_words(folder, walk.problems))
    found = tuple(sorted(walk.files, key=lambda file: file.path))
    if not found:
        left = f"; all of {len(walk.left_out)} names in it are left out" if walk.left_out else ""
        raise UsageError(f"folder {shown(folder)} holds no file that goes up{left}: there is nothing to upload")
    return Manifest(folder, "folder", walk.top, found, tuple(sorted(walk.left_out, key=_path)), tuple(walk.renamed))


def _of_file(path: Path, rules: Rules) -> Manifest:
    seen = path.stat()
    if not seen.st_size:
        raise UsageError(f"{shown(path)} is empty: there is nothing to upload")
    name, stem = (spelled(word, rules.escape_names) for word in (path.name, path.stem))
    if name is None or stem is None:
        raise UsageError(
            f"the name {shown(path)} is no UTF-8, which NOMAD's zips need: rename it, or send it with --escape-names"
        )
    renamed = (Renamed(shown(path.name), name),) if name != path.name else ()
    return Manifest(
        path,
        "file",
        stem,
        (ManifestFile(name, seen.st_size, seen.st_mtime_ns, source=str(path)),),
        renamed=renamed,
    )


def _refuse_unreadable(path: Path) -> None:
    if not path.exists():
        raise UsageError(f"no file or folder {shown(path)}")
    if not path.is_file():
        raise UsageError(f"{shown(path)} is neither a file nor a folder: there is nothing to upload")
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError as error:
        raise UsageError(f"{shown(path)} cannot be read: {error.strerror}") from error


def _problems_in_words(folder: Path, problems: Sequence[LeftOut]) -> str:
    """Say what stands in the way, the first ten by name, and what to do about each kind."""
    listed = "; ".join(f"{one.path}: {one.why}" for one in problems[:_SHOWN])
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    whole = f"folder {shown(folder)} cannot go up whole: {listed}{more}. Nothing was sent. "
    return whole + "Mend it, leave it out with --exclude, or see --skip-unreadable, --follow-links, --escape-names."


def _path(one: LeftOut) -> str:
    return one.path
