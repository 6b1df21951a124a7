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
from nomad_swagger.settings import state_folder
from nomad_swagger.transfers.ledger import Ledger
from nomad_swagger.transfers.parts import Part, claimed
from nomad_swagger.transport.decode import decode

_FORGOTTEN = "what was missing in the earlier run is not known any more"


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
        The final name. Until all is there, it is a part beside it, in which a later run goes on; and when all was there
        already, that is all there is to do. Two runs at once do not write into one part.
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
        There is such a file already, of another question.
    TransferError
        Another run is writing it.
    IncompleteTransfer
        Entries have no archive to give, and ``found`` is to raise then. The others stand in the file.
    """
    asked = _hash(found, what, nan)
    expected = len(found)  # now: what is whole in the end shall not fail for a last question
    if path.exists() and not overwrite:
        if (count := _finished(path, asked)) is None:
            raise _already_there(path)
        return count
    with claimed(path, asked, "archives", look=False, keep_empty=True) as part:
        count, last = _written(part.file)
        rest = replace(found, resume=last or found.resume, limit=found.limit and found.limit - count)
        try:
            for archive in rest:
                part.file.write(line_of(archive, pick(archive), nan=nan).encode() + b"\n")
                part.file.flush()
                count += 1
        except IncompleteTransfer as error:
            if error.missing:
                _place(part, overwrite)
            if error.missing and last:
                found.tell_missing(count, expected, [str(error), _FORGOTTEN])
            raise
        _place(part, overwrite)
    _remember(path, asked, count)
    if last and count + len(rest.absent) < expected:
        found.tell_missing(count, expected, [_FORGOTTEN])
    return count


def _place(part: Part, overwrite: bool) -> None:
    try:
        part.place(replace=overwrite)
    except FileExistsError as error:
        raise _already_there(part.target) from error


def _already_there(path: Path) -> UsageError:
    return UsageError(f"{path} is there already: choose another name, or say that it may be replaced")


def _ledger() -> Ledger:
    return Ledger(state_folder() / "archive-files.sqlite", "list of finished files of archives")


def _remember(path: Path, asked: str, count: int) -> None:
    """Note what a finished file is the answer to, so that the same again need not fetch it."""
    seen = path.stat()
    row = {"asked": asked, "count": count, "size_bytes": seen.st_size, "changed_ns": seen.st_mtime_ns}
    _ledger().put(str(path.resolve()), row)


def _finished(path: Path, asked: str) -> int | None:
    """Give the number of lines of a file that an earlier run finished for the same question; None for any other."""
    row, seen = _ledger().get(str(path.resolve())), path.stat()
    same = row and (row["asked"], row["size_bytes"], row["changed_ns"]) == (asked, seen.st_size, seen.st_mtime_ns)
    return int(row["count"]) if row and same else None


def _hash(found: Archives, what: str, nan: bool) -> str:
    asked = [found.api_url, found.query.variants, found.owner, found.required, found.limit, found.resume, what, nan]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


def _written(file: IO[bytes]) -> tuple[int, str]:
    """Give the number of whole lines and the entry of the last one; what is behind it is cut off."""
    file.seek(0, 2)
    if not os.fstat(file.fileno()).st_size:
        return 0, ""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        count, begin, end = 0, 0, 0
        while (newline := content.find(b"\n", end)) >= 0:
            count, begin, end = count + 1, end, newline + 1
        last = content[begin:end]
    file.truncate(end)
    file.seek(end)
    return count, str(decode(last)["entry_id"]) if count else ""
