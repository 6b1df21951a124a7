"""Is there room for what is about to come: free space, and a quota where the system can be asked for one."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile
from pathlib import Path

from nomad_swagger.errors import TransferError
from nomad_swagger.light import dataclass

_KEEP_SIZE = 1
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# Where room is set aside without being written to.
_SETS_ASIDE = frozenset({"ext4", "xfs", "btrfs"})


class NoRoom(TransferError):
    """There is less room than what is to come wants, or the quota allows less."""


@dataclass(frozen=True)
class Room:
    """What a disk has left.

    Attributes
    ----------
    free_bytes, total_bytes : int
    free_files : int or None
        How many files more; None where nobody tells.
    """

    free_bytes: int
    total_bytes: int
    free_files: int | None = None


def room_of(folder: Path) -> Room:
    """Look at the disk that a folder is on, or will be."""
    there = _nearest(folder)
    usage = shutil.disk_usage(there)
    if not hasattr(os, "statvfs"):
        return Room(usage.free, usage.total)
    told = os.statvfs(there)
    return Room(usage.free, usage.total, told.f_favail if told.f_files else None)  # btrfs has no number of its own


def _nearest(folder: Path) -> Path:
    return next((place for place in (folder, *folder.absolute().parents) if place.is_dir()), Path())


def is_full(error: OSError) -> bool:
    """Tell whether writing failed for want of room."""
    return error.errno in _FULL


def check_space(folder: Path, size_bytes: int) -> None:
    """Refuse what does not fit.

    Raises
    ------
    NoRoom
    """
    there = _nearest(folder)
    free = shutil.disk_usage(there).free
    if size_bytes > free:
        raise NoRoom(
            f"{folder}: {size_bytes:,} bytes are to come and {free:,} are free; nothing was downloaded. "
            "Choose another folder with --to (to=), or fewer files with --include."
        )
    if sys.platform == "linux" and size_bytes and not _quota_allows(there, size_bytes):
        raise NoRoom(
            f"{folder}: {size_bytes:,} bytes are to come, and your quota does not allow them; nothing was downloaded. "
            "Choose another folder with --to (to=), or fewer files with --include."
        )


def _quota_allows(folder: Path, size_bytes: int) -> bool:
    """Ask the file system to set the room aside, and give it back; one that cannot is believed to have it."""
    if _kind_of(folder) not in _SETS_ASIDE:
        return True
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            libc = ctypes.CDLL(None, use_errno=True)
            reserve = libc.fallocate64 if hasattr(libc, "fallocate64") else libc.fallocate
            reserve.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
            if reserve(file.fileno(), _KEEP_SIZE, 0, size_bytes) == 0:
                return True
            failed = ctypes.get_errno()
    except OSError as error:
        failed = error.errno or 0
    except AttributeError:  # a libc without it
        return True
    return failed not in _FULL


def _kind_of(folder: Path) -> str:
    """Give the kind of file system that a folder is on; empty where the system does not tell."""
    try:
        device = folder.stat().st_dev
        wanted = f"{os.major(device)}:{os.minor(device)}"
        rows = (line.split() for line in Path("/proc/self/mountinfo").read_text("utf-8").splitlines())
        return next((row[row.index("-") + 1] for row in rows if row[2] == wanted), "")
    except (OSError, ValueError):
        return ""
