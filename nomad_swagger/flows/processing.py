"""What NOMAD makes of an upload's files: how many entries are done, which failed and why; and have it made again.

Knows that an entry's errors may only say that the parser failed, while the log of its processing says why.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nomad_swagger import dotted
from nomad_swagger.errors import ApiError, TransportError, UsageError
from nomad_swagger.flows.paging import records_of
from nomad_swagger.flows.records import FailedEntry, Upload, read_record
from nomad_swagger.flows.told_records import Counted, LogLine

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

log = logging.getLogger(__name__)

_SAYS_NOTHING = "parser failed"
_ERRORS = frozenset({"ERROR", "CRITICAL"})
_MOST_REASONS = 5


def processed_entries(client: NomadClient, upload_id: str) -> Iterator[FailedEntry]:
    """Give what became of each mainfile of an upload, those that went well too."""
    what = f"the entries of upload {upload_id}"
    yield from records_of(client.nomad, "list_failed_entries", "failed_entry", {"upload_id": upload_id}, what=what)


def reasons(client: NomadClient, upload_id: str, entry: FailedEntry) -> tuple[str, ...]:
    """Give why an entry failed, in NOMAD's words: its errors, or its log where those only say that it did."""
    if any(not words.lower().startswith(_SAYS_NOTHING) for words in entry.errors):
        return entry.errors
    nomad = client.nomad
    if not nomad.can("entry_log") or not entry.entry_id:
        return entry.errors
    place = {"upload_id": upload_id, "entry_id": entry.entry_id}
    verb = nomad.verb("entry_log")
    asked = {name: value for name, value in place.items() if nomad.takes("entry_log", name)}
    try:
        answer = dotted.get(nomad.json(nomad.prepare_verb("entry_log", asked)), verb.answer)
    except (ApiError, TransportError) as error:  # that it failed is known, and worth telling without a reason, too
        log.debug("entry %s: its log cannot be had: %s", entry.entry_id, error)
        return entry.errors
    rows: list[LogLine] = [
        read_record(nomad.generation.records, "log_line", row)
        for row in (answer if isinstance(answer, list) else ())
        if isinstance(row, dict)
    ]
    told = [words for line in rows if line.level.upper() in _ERRORS and (words := _words(line))]
    return tuple(dict.fromkeys([*entry.errors, *told[:_MOST_REASONS]]))


def _words(line: LogLine) -> str:
    """Give what a line of a log says, with the last line of the traceback, which is the error itself."""
    last = next((text.strip() for text in reversed(line.exception.splitlines()) if text.strip()), "")
    silent = line.event.lower().startswith(_SAYS_NOTHING)
    return last if silent and last else ": ".join(filter(None, ("" if silent else line.event, last)))


def count_entries(client: NomadClient, upload: Upload) -> Counted | None:
    """Give how many entries of an upload are done, as NOMAD counts them; None where it does not tell just now.

    Parameters
    ----------
    client : NomadClient
    upload : Upload
        As just seen: some servers tell it there.
    """
    nomad = client.nomad
    answer = upload.raw
    if nomad.can("count_entries"):
        try:
            answer = nomad.ask("count_entries", {"upload_id": upload.upload_id})
        except (ApiError, TransportError) as error:  # nobody waits for it: the wait itself goes on
            log.debug("upload %s: its entries cannot be counted: %s", upload.upload_id, error)
            return None
    counted: Counted = read_record(nomad.generation.records, "progress", answer)
    return counted


def need_verb(client: NomadClient, verb: str, what: str) -> None:
    """Refuse, before anything is sent, what this server has no way for.

    Raises
    ------
    UsageError
    """
    if not client.nomad.can(verb):
        raise UsageError(
            f"{what}: this server (NOMAD {client.nomad.generation.name}) cannot do that to an upload that is there; "
            "its files come when it is made. Nothing was sent."
        )
