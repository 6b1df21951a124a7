"""Walk through a folder that is to go up: every name in it is taken, left out with a reason, or stands in the way.

Links are followed once each, those that lie in the folder itself first, so that circles end and nothing goes up more
often than there are ways to it. A folder, a link's target or a file that cannot be looked into is never passed over.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.left_out import IGNORE_FILE, Ignoring, licence_of
from nomad_swagger.transfers.manifest import LeftOut, ManifestFile, Renamed, Rules
from nomad_swagger.transfers.told_names import shown, spelled

_LONGEST_NAME = 255
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True)
class _Place:
    """A folder on the way.

    Attributes
    ----------
    name : str
        Before the names in it, in what goes up; ends with a slash, empty for the top.
    told : str
        The same as it is spelled on disk.
    disk, real : str
        How it is reached, and where it lies.
    through : str
        The link that led here; empty for the folder's own.
    """

    name: str
    told: str
    disk: str
    real: str
    ignoring: Ignoring
    through: str = ""


class Walk:
    """One walk through one folder.

    Attributes
    ----------
    top : str
        The folder's own name.
    files, left_out, renamed
        As in a manifest, in the order of finding.
    problems : list of LeftOut
        What stands in the way of sending all of it.
    """

    def __init__(self, folder: Path, rules: Rules) -> None:
        self.rules = rules
        self.files: list[ManifestFile] = []
        self.left_out: list[LeftOut] = []
        self.problems: list[LeftOut] = []
        self.renamed: list[Renamed] = []
        self._folder = folder
        self._root = os.path.realpath(folder)
        self._me = os.geteuid() if hasattr(os, "geteuid") else -1
        self._links: deque[_Place] = deque()
        self._queued: dict[tuple[str, str], str] = {}
        self.top = self._named(_Place("", "", "", "", Ignoring()), Path(self._root).name, set()) or ""

    def go(self) -> None:
        """Look at everything.

        Raises
        ------
        UsageError
            A pattern is none.
        """
        try:
            rules = Ignoring.of(self.rules.include, self.rules.exclude)
        except ValueError as error:
            raise UsageError(f"--include or --exclude: {error}; patterns are those of a gitignore") from error
        self._below(_Place("", "", str(self._folder), self._root, rules))
        while self._links:
            self._below(self._links.popleft())

    def _below(self, place: _Place) -> None:
        places = [place]
        while places:
            places.extend(self._look_into(places.pop()))

    def _look_into(self, place: _Place) -> Iterator[_Place]:
        """Look at each name in a folder, and give the folders in it."""
        try:
            with os.scandir(place.disk) as found:
                entries = sorted(found, key=lambda entry: entry.name)
            ignoring = place.ignoring
            if any(entry.name == IGNORE_FILE for entry in entries):
                ignoring = ignoring.within(place.disk, place.told)
        except (OSError, ValueError) as error:
            self._unread(place.told or "./", f"cannot be read: {_words(error)}")
            return
        if not entries and place.told:
            self.left_out.append(LeftOut(shown(place.told), "an empty folder"))
        taken = {entry.name for entry in entries}
        place = replace(place, ignoring=ignoring)
        for entry in entries:
            inner = self._look_at(place, entry, taken)
            if inner is not None:
                yield inner

    def _look_at(self, place: _Place, entry: os.DirEntry[str], taken: set[str]) -> _Place | None:
        told = place.told + entry.name
        is_link, is_folder = entry.is_symlink(), _is_folder(entry)
        why = place.ignoring.why(told, entry.name, is_folder=is_folder)
        if why:
            self.left_out.append(LeftOut(shown(told) + ("/" if is_folder and not is_link else ""), why))
            return None
        name = self._named(place, entry.name, taken)
        if name is None:
            return None
        if is_link:
            self._link(place, entry, name)
            return None
        if not is_folder:
            self._file(place, entry, name, _how(place, told))
            return None
        real = f"{place.real.rstrip(os.sep)}{os.sep}{entry.name}"
        return _Place(f"{place.name}{name}/", f"{told}/", entry.path, real, place.ignoring, place.through)

    def _link(self, place: _Place, entry: os.DirEntry[str], name: str) -> None:
        """Take what a link leads to; a folder waits until all that lies in this one is looked at."""
        told = place.told + entry.name
        try:
            leads_to, target = str(Path(entry.path).readlink()), os.path.realpath(entry.path)
            seen = entry.stat()
        except OSError as error:
            self._unread(told, f"a link that leads nowhere ({_words(error)})")
            return
        if not _lies_in(target, self._root) and not self.rules.follow_links:
            words = f"a link that leads out of the folder, to {shown(leads_to)} (--follow-links takes it along)"
            self.problems.append(LeftOut(shown(told), words))
        elif not stat.S_ISDIR(seen.st_mode):
            self._file(place, entry, name, f"link to {shown(leads_to)}")
        elif _lies_in(place.real, target):
            self.left_out.append(LeftOut(shown(told), f"a link back to a folder that it lies in ({shown(leads_to)})"))
        else:
            self._queue(place, entry, name, target)

    def _queue(self, place: _Place, entry: os.DirEntry[str], name: str, target: str) -> None:
        told, key = place.told + entry.name, (place.real, entry.name)
        if key in self._queued:
            self.left_out.append(LeftOut(shown(told), f"the link is followed already, at {self._queued[key]}"))
            return
        self._queued[key] = shown(told)
        inner = _Place(f"{place.name}{name}/", f"{told}/", entry.path, target, place.ignoring, shown(told))
        self._links.append(inner)

    def _file(self, place: _Place, entry: os.DirEntry[str], name: str, how: str) -> None:
        """Take a file that can be read."""
        told = place.told + entry.name
        try:
            seen = entry.stat()
            if not stat.S_ISREG(seen.st_mode):
                self._unread(told, f"{_KINDS.get(stat.S_IFMT(seen.st_mode), 'something')}, and no file")
                return
            if not (seen.st_uid == self._me and seen.st_mode & stat.S_IRUSR):
                os.close(os.open(entry.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)))
        except OSError as error:
            self._unread(told, f"cannot be read: {_words(error)}")
            return
        path = place.name + name
        self.files.append(ManifestFile(path, seen.st_size, seen.st_mtime_ns, how, entry.path, licence_of(name)))

    def _named(self, place: _Place, name: str, taken: set[str]) -> str | None:
        """Give the name that something goes up by; None, and a problem, where there is none."""
        new = spelled(name, self.rules.escape_names)
        if new == name:
            return name
        told = place.told + name
        if new is None:
            self._problem(told, "a name that is no UTF-8 (--escape-names sends it with %E9 for its bytes)")
        elif new in taken or len(new.encode()) > _LONGEST_NAME:
            self._problem(told, f"a name that is no UTF-8, and {new} is taken or too long: rename it")
            return None
        else:
            self.renamed.append(Renamed(shown(told), place.name + new))
        return new

    def _problem(self, told: str, words: str) -> None:
        self.problems.append(LeftOut(shown(told), words))

    def _unread(self, told: str, words: str) -> None:
        (self.left_out if self.rules.skip_unreadable else self.problems).append(
            LeftOut(shown(told), words, unread=True)
        )


def _how(place: _Place, told: str) -> str:
    if place.through:
        return f"through the link {place.through}"
    return "hidden" if told.startswith(".") or "/." in told else "file"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that runs in a circle
        return False


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _words(error: OSError | ValueError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
