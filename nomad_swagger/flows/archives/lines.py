"""The archives of a query into a file, a line each; a run that ended half-way is taken up where it was.

The file of an unfinished run says itself how far that run came: entries come in the order of their ids, and a last line
that is not whole is dropped. Its name carries a hash of what was asked, so that another query never goes on in it.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from nomad_swagger.errors import IncompleteTransfer, UsageError
from nomad_swagger.flows.archives.sequence import Archives
from nomad_swagger.jsontext import json_text
from nomad_swagger.science.values import Archive
from nomad_swagger.transport.decode import decode


def line_of(archive: Archive, content: Any, *, nan: bool = False) -> str:
    """Give the line for an archive, or for what was picked from it; NaN is null unless it is asked for."""
    told = {"entry_id": archive.entry_id, "upload_id": archive.upload_id, "archive": content}
    return json_text(told, nan=nan)


def write_lines(
    found: Archives,
    path: Path,
    *,
    pick: Callable[[Archive], Any] = dict,
    what: str = "",
    nan: bool = False,
    overwrite: bool = False,
) -> int:
    """Write archives as JSON lines, and give the number of lines in the file.

    Parameters
    ----------
    found : Archives
    path : Path
        The final name. Until all is there, the file is called ``<name>.<hash>.part``; a later run goes on in it.
    pick : callable, optional
        What of an archive to write; by default all.
    what : str
        In words what ``pick`` does, so that a run with another one does not go on in this one's file.
    nan : bool
        Write NaN as it is, which strict readers refuse; else it is null.
    overwrite : bool
        Replace a file of that name.

    Raises
    ------
    UsageError
        There is such a file already.
    IncompleteTransfer
        Entries have no archive to give, and ``found`` is to raise then. The others stand in the file.
    """
    if path.exists() and not overwrite:
        raise UsageError(f"{path} is there already: choose another name, or say that it may be replaced")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{_hash(found, what, nan)}.part")
    with part.open("a+b") as file:
        count, last = _written(file)
        rest = replace(found, resume=last or found.resume, limit=found.limit and found.limit - count)
        try:
            for archive in rest:
                file.write(line_of(archive, pick(archive), nan=nan).encode() + b"\n")
                file.flush()
                count += 1
        except IncompleteTransfer as error:
            if error.missing:
                part.replace(path)
            raise
    part.replace(path)
    expected = len(found)
    if last and count + len(rest.absent) < expected:
        found.tell_missing(count, expected, ["what was missing in the earlier run is not known any more"])
    return count


def _hash(found: Archives, what: str, nan: bool) -> str:
    asked = [found.api_url, found.query.variants, found.owner, found.required, found.limit, found.resume, what, nan]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()[:8]


def _written(file: IO[bytes]) -> tuple[int, str]:
    """Give the number of whole lines and the entry of the last one; what is behind it is cut off."""
    if not os.fstat(file.fileno()).st_size:
        return 0, ""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        count, begin, end = 0, 0, 0
        while (newline := content.find(b"\n", end)) >= 0:
            count, begin, end = count + 1, end, newline + 1
        last = content[begin:end]
    file.truncate(end)
    return count, str(decode(last)["entry_id"]) if count else ""
