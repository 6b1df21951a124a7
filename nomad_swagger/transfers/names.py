"""Names of files from somebody else's zip or listing, before they become names on this disk.

A name may not lead out of the folder that was asked for, and no two may be one on a file system that ignores case or
writes an accent in another way (macOS, Windows): what was refused here would there silently be one file of two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from nomad_swagger.errors import UsageError

_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\\]|^[A-Za-z]:")


class Below:
    """Paths of many names below one folder, each folder on the way looked at once."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._real = folder, folder.resolve()
        self._looked_at: set[Path] = set()

    def path(self, name: str) -> Path:
        """Give the path of a name below the folder.

        Raises
        ------
        UsageError
            It leads out of the folder, or is a name on one kind of system only.
        """
        steps = PurePosixPath(name).parts
        if not steps or name.startswith("/") or ".." in steps or _NOT_IN_NAMES.search(name):
            raise UsageError(f"{name!r} leads out of the folder, or is no name on every system; nothing was downloaded")
        path = self.folder.joinpath(*steps)
        if (parent := path.parent) not in self._looked_at:
            if self._real not in (resolved := parent.resolve()).parents and resolved != self._real:
                raise UsageError(f"{path}: a link on the way leads out of {self.folder}; nothing was downloaded")
            self._looked_at.add(parent)
        return path


def inside(folder: Path, name: str) -> Path:
    """Give the path of a name below a folder; :class:`Below` is the same for many names.

    Raises
    ------
    UsageError
        It leads out of the folder, or is a name on one kind of system only.

    Examples
    --------
    >>> inside(Path("to"), "AcAg/si.out").as_posix()
    'to/AcAg/si.out'
    """
    return Below(folder).path(name)


def refuse_clashes(targets: Iterable[tuple[Path, str]]) -> None:
    """Refuse files that are one on another file system, and a file that is a folder of another one.

    Parameters
    ----------
    targets : pairs of Path and str
        Final name, and what it is, for the message.

    Raises
    ------
    UsageError
        It names both.
    """
    seen: dict[str, str] = {}
    folders: dict[Path, str] = {}
    for path, name in targets:
        if (folded := _folded(path)) in seen:
            raise _clash(seen[folded], name)
        seen[folded] = name
        folders.setdefault(path.parent, name)
    for folder, name in folders.items():
        for above in (folder, *folder.parents):
            if (folded := _folded(above)) in seen:
                raise _clash(seen[folded], name)


def _clash(one: str, other: str) -> UsageError:
    return UsageError(
        f"{one} and {other} would be one file on some file systems, or here; nothing was downloaded. "
        "Choose one of them with --include or --exclude, or leave --flat out."
    )


def _folded(path: Path) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(path)).casefold())


def patterns(given: Iterable[str] | str) -> tuple[str, ...]:
    """Give patterns as a caller may write them: several, or one."""
    return (given,) if isinstance(given, str) else tuple(given)


def wanted(path: str, include: Iterable[str], exclude: Iterable[str]) -> bool:
    """Tell whether a path is chosen: by one of the patterns to include (all, without any), and none of the others.

    A pattern is for the whole path or for the file's name alone; ``*`` goes across folders.

    Examples
    --------
    >>> wanted("a/b/vasprun.xml", ["*vasprun.xml*"], []), wanted("a/b/INCAR", ["INCAR"], ["a/*"])
    (True, False)
    """
    include = tuple(include)
    return (not include or _fits(path, include)) and not _fits(path, exclude)


def _fits(path: str, patterns: Iterable[str]) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(path, pattern) or fnmatchcase(name, pattern) for pattern in patterns)
