"""What was worked out of a text once, kept on disk by the text's hash: quick to read again, made anew when lost.

A file begins with the checksum of the rest. One that is damaged, or of another version of this package, counts as
absent; where nothing can be written, everything is worked out each time. Knows files and checksums; it must not know
what is kept. What is kept is data: JSON, never a pickle.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

from nomad_swagger.disk import make_private, write_atomically
from nomad_swagger.version import __version__

T = TypeVar("T")

FOLDER = "compiled"
KEPT_FILES = 96  # a table and a conversion for each of the descriptions that are kept, and our own data
_SUM_BYTES = 9
_SOURCES = (".py", ".yaml")


def name_of(kind: str, source: str, *makers: Path) -> str:
    """Give the name of what is made of a source.

    Parameters
    ----------
    kind : str
        What is made of it; a word of ours.
    source : str
        The hash of all that it is made of.
    makers : paths
        The folders of the code that makes it: an upgrade, or a change in a checkout, reads nothing of before.
    """
    return f"{kind}-{source[:32]}-{_form(makers)}"


def read(folder: Path, name: str) -> bytes | None:
    """Give what was kept under a name; None where nothing is, or what is there is damaged."""
    try:
        content = (folder / FOLDER / name).read_bytes()
    except OSError:
        return None
    payload = content[_SUM_BYTES:]
    return payload if content[:_SUM_BYTES] == _sum_of(payload) else None


def keep(folder: Path, name: str, payload: bytes) -> None:
    """Keep something; a folder that cannot be written costs time, no more."""
    place = folder / FOLDER
    with contextlib.suppress(OSError):
        make_private(folder)
        make_private(place)
        write_atomically(place / name, _sum_of(payload) + payload, durable=False)
        for path in _by_age(place)[KEPT_FILES:]:
            path.unlink(missing_ok=True)


def clear(folder: Path) -> None:
    """Remove everything that is kept."""
    for path in (folder / FOLDER).glob("*"):
        path.unlink(missing_ok=True)


def made_once(
    folder: Path,
    name: str,
    make: Callable[[], T],
    *,
    written: Callable[[T], bytes | None],
    as_read: Callable[[bytes], T],
) -> T:
    """Give what was kept under a name, else what ``make`` makes, which is kept then.

    Parameters
    ----------
    folder : Path
    name : str
        As :func:`name_of` gives it.
    make : callable
    written : callable
        Its result as bytes; None where it cannot be kept.
    as_read : callable
        The same result of the bytes.
    """
    payload = read(folder, name)
    if payload is not None:
        return as_read(payload)
    made = make()
    if (payload := written(made)) is not None:
        keep(folder, name, payload)
    return made


def compiled(folder: Path, kind: str, source: bytes, make: Callable[[], T]) -> T:
    """Give what ``make`` makes of a text: JSON values, read again where they were made before.

    A result that JSON would change is not kept.
    """
    name = name_of(kind, hashlib.sha256(source).hexdigest())
    found: T = made_once(folder, name, make, written=as_json, as_read=json.loads)
    return found


def as_json(value: object) -> bytes | None:
    """Give a value as JSON on one line; None where JSON would change it."""
    try:
        text = json.dumps(value, separators=(",", ":")).encode()
        return text if json.loads(text) == value else None
    except (TypeError, ValueError):
        return None


@cache
def _form(makers: Iterable[Path]) -> str:
    """Give a short word for this version of the package and of the files in some of its folders."""
    stamps = [__version__]
    for folder in makers:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            found = sorted((entry.name, entry.stat()) for entry in entries if entry.name.endswith(_SOURCES))
            stamps += [f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in found]
    return hashlib.sha256("\n".join(stamps).encode()).hexdigest()[:12]


def _sum_of(payload: bytes) -> bytes:
    return b"%08x\n" % zlib.crc32(payload)


def _by_age(folder: Path) -> list[Path]:
    """Give the files, the youngest first; one that another process has just removed counts as oldest."""
    ages = {path: path.stat().st_mtime if path.exists() else 0.0 for path in folder.glob("*-*")}
    return sorted(ages, key=lambda path: -ages[path])
