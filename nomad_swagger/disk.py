"""The one writer: whatever this package writes to disk gets its final name here, whole or not at all.

``write_atomically`` is for what fits into memory; ``claim``, ``place`` and ``lock`` are what a part that grows slowly
(a download, a file of archives) is made of. Where a file system has no locks or no hard links, what is done instead is
said at the function; ``docs/reliability.md`` tells users.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

try:
    import fcntl
except ModuleNotFoundError:  # Windows
    fcntl = None  # type: ignore[assignment]
    import msvcrt

_NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
_FAR_AWAY = (1 << 62) - 1  # Windows locks bytes, and nobody may read those: one that no file has
_LOOK_AGAIN_S = 0.1
# Without locks, a part that was written to within this time has an owner who lives; one older was left behind.
UNTOUCHED_S = 120.0


class Taken(Exception):
    """Somebody else writes this file at the moment."""


def make_private(folder: Path) -> None:
    """Make a folder of ours where it is missing, for its owner alone; others write into none of those above it.

    ``mkdir(parents=True)`` gives the ones above what the umask leaves, which may be everything to everybody.
    """
    _make_above(folder)
    folder.mkdir(mode=0o700, exist_ok=True)


def _make_above(path: Path) -> None:
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir(mode=0o755, exist_ok=True)


def write_atomically(
    path: Path, content: bytes, *, mode: int = 0o644, replace: bool = True, durable: bool = True
) -> None:
    """Write a file so that its name holds the old content or the whole new one, whatever happens meanwhile.

    Without ``durable`` nobody waits for the disk, and a power cut may leave half of it: for what is checked when it is
    read, and can be made anew.

    Raises
    ------
    FileExistsError
        The name is taken, and must not be replaced.
    """
    import tempfile  # late, as yaml below: most commands write nothing

    _make_above(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.chmod(mode)
        place(temporary, path, replace=replace)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def place(part: Path, target: Path, *, replace: bool = False) -> None:
    """Give a part its final name; whether the name is taken and the renaming are one step.

    A file system without hard links (FAT, some network mounts) has no such step: there the folder is locked between the
    look and the renaming, which holds off every process of ours that can see the lock.

    Raises
    ------
    FileExistsError
        The name is taken, and must not be replaced. The part stays.
    """
    if replace or os.name == "nt":
        (part.replace if replace else part.rename)(target)  # Windows' own renaming refuses a name that is taken
        return
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:
        _place_without_links(part, target)
    else:
        part.unlink()


def _place_without_links(part: Path, target: Path) -> None:
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        lock(folder, wait=True)
        if target.is_symlink() or target.exists():
            raise FileExistsError(errno.EEXIST, "the name is taken", str(target))
        part.rename(target)
    finally:
        os.close(folder)


def claim(path: Path, *, wait: bool = False, sleep: Callable[[float], None] = time.sleep) -> BinaryIO:
    """Open a part for reading and writing, as its only owner until it is closed; made if it is not there.

    The lock is the system's own on the file itself, so it ends with its owner, however that ends: nothing is stale. A
    symbolic link, or a file that has a second name, is nobody's part: the name is taken away from it first.

    Parameters
    ----------
    path : Path
    wait : bool
        Wait while somebody else has it.
    sleep : callable
        For tests.

    Raises
    ------
    Taken
        Somebody else has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        except OSError as error:
            if error.errno != errno.ELOOP and not path.is_symlink():
                raise
            path.unlink(missing_ok=True)
            continue
        try:
            _own(handle, path, wait, sleep)
            mine = os.fstat(handle)
            if not stat.S_ISREG(mine.st_mode):
                raise Taken(f"{path} is no file")
            if mine.st_nlink == 1 and is_there(path, mine):
                return os.fdopen(handle, "r+b")
            if mine.st_nlink > 1:
                path.unlink(missing_ok=True)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _own(handle: int, path: Path, wait: bool, sleep: Callable[[float], None]) -> None:
    while not lock(handle, wait=False, path=path):
        if not wait:
            raise Taken(str(path))
        sleep(_LOOK_AGAIN_S)


def is_there(path: Path, mine: os.stat_result) -> bool:
    """Tell whether a path still names the file that was opened: its owner before may have placed it meanwhile."""
    try:
        there = path.lstat()
    except FileNotFoundError:
        return False
    return (there.st_ino, there.st_dev) == (mine.st_ino, mine.st_dev)


def lock(handle: int, *, wait: bool, path: Path | None = None) -> bool:
    """Lock an open file for its owner alone, and tell whether that was to be had.

    Where a file system has no locks (NFS without its lock service, Lustre without ``-o flock``) a part that was written
    to during the last two minutes counts as owned, and an older or an empty one as left behind.
    """
    try:
        _lock(handle, wait)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return path is None or _is_left_behind(os.fstat(handle))
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True


def _lock(handle: int, wait: bool) -> None:
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        return
    os.lseek(handle, _FAR_AWAY, os.SEEK_SET)  # type: ignore[unreachable]
    msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    os.lseek(handle, 0, os.SEEK_SET)


def _is_left_behind(seen: os.stat_result) -> bool:
    return seen.st_size == 0 or time.time() - seen.st_mtime > UNTOUCHED_S


def read_yaml(text: str | bytes) -> Any:
    """Give what a YAML text of our own or of the user's says; never builds objects, uses the C parser if there is one.

    Raises
    ------
    yaml.YAMLError
    """
    import yaml

    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
