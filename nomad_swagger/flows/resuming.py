"""Go on with an upload that was begun: by the journal, and where that cannot know it by the server's list of uploads.

The answer to an upload may be lost after the server made it. So before one is sent the server's own clock and what it
has under that name are noted; afterwards what is newer, of that name and of these files is what the lost call made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import Forbidden, NomadError, NotFound, UsageError
from nomad_swagger.flows.deeds import log
from nomad_swagger.flows.journal import JournalRow
from nomad_swagger.flows.listing import sizes_in
from nomad_swagger.flows.polling import Patience, TimeIsUp, wait_until
from nomad_swagger.flows.record_rules import as_utc
from nomad_swagger.flows.records import Upload
from nomad_swagger.flows.search import search
from nomad_swagger.flows.uploads import get_upload, list_uploads
from nomad_swagger.flows.waiting import Watch
from nomad_swagger.transfers.manifest import Manifest

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

# A server has an upload some time after its last byte: longer for much, which it writes to disk before.
_SETTLES_S, _SETTLES_BYTES_PER_S, _SETTLES_AT_MOST_S = 5.0, 20e6, 600.0
# Between the clock in front of a NOMAD and the one that writes an upload's time. What was there before is known by id.
_CLOCKS_DIFFER = timedelta(minutes=2)
_COMPARED_FOLDERS = 20
_MADE_BY_NOMAD = ".stripped"


class DoneBefore(UsageError):
    """The same was sent and published before.

    Attributes
    ----------
    upload : Upload
    """

    def __init__(self, message: str, upload: Upload) -> None:
        super().__init__(message)
        self.upload = upload


def note_before(client: NomadClient, row: JournalRow) -> None:
    """Note, before the sending, what the server's clock says and which uploads of the name it has."""
    call = client.nomad.prepare_verb("list_uploads", {"name": row.name, "state": "all"})
    told = client.nomad.send(call).headers.get("Date")
    known = [upload.upload_id for upload in list_uploads(client, name=row.name, state="all")]
    row.begin(since=parsedate_to_datetime(told).isoformat() if told else "", known=known)


def begun_before(client: NomadClient, row: JournalRow, *, patience: Patience | None = None) -> Upload | None:
    """Give the upload that an earlier command made of the same; None where it has to be sent.

    Raises
    ------
    DoneBefore
        It is published, and nothing of it is left to do.
    NomadError
        There are several that it may be; the message names them.
    """
    told = row.told
    if told is None:
        return None
    if told.get("upload_id"):
        return _of_known_id(client, row, told)
    found = _found_on_server(client, row, told, patience or Patience())
    if len(found) > 1:
        ids = ", ".join(upload.upload_id for upload in found)
        raise NomadError(
            f"{row.about['source']} was being sent when an earlier command broke off, and there are several uploads "
            f"that it may have made: {ids}. Nothing was sent. Look at them, and go on with one of them "
            "(`nomad-swagger wait`, `publish`, `delete`), or send it once more with --again (again=True)."
        )
    if not found:
        row.drop()
        return None
    row.mark("sent", upload_id=found[0].upload_id)
    return found[0]


def _of_known_id(client: NomadClient, row: JournalRow, told: dict[str, Any]) -> Upload | None:
    upload_id = str(told["upload_id"])
    try:
        seen = get_upload(client, upload_id)
    except (NotFound, Forbidden):
        if told["phase"] not in ("publishing", "published") or not search(client, upload_id=upload_id).total:
            row.drop()
            return None
        seen = Upload(upload_id, row.name, published=True)  # of servers where published uploads leave staging
    if seen.published and told["phase"] != "publishing":
        raise DoneBefore(
            f"{row.about['source']} was sent before and is published: upload {upload_id}. Nothing was sent. --again "
            "(again=True) sends the same files as another upload.",
            seen,
        )
    return seen


def _found_on_server(client: NomadClient, row: JournalRow, told: dict[str, Any], patience: Patience) -> list[Upload]:
    """Look for what a lost call made; a server that had all of it a moment ago is given time."""
    settles_s = 0.0
    if told["phase"] == "handed over":
        needed_s = min(_SETTLES_S + told.get("bytes", 0) / _SETTLES_BYTES_PER_S, _SETTLES_AT_MOST_S)
        settles_s = min(max(told["at"] + needed_s - row.clock(), 0.0), needed_s)
    try:
        made = wait_until(
            lambda: list(_newer(client, row, told)),
            bool,
            replace(patience, timeout_s=settles_s),
        )
    except TimeIsUp:
        return []
    return [upload for upload in made if _is_of(client, upload, row.manifest, patience)]


def _newer(client: NomadClient, row: JournalRow, told: dict[str, Any]) -> Iterator[Upload]:
    """Give the caller's uploads of the name that were not there when the sending began."""
    since: datetime | None = as_utc(told.get("since"))

    def is_young(upload: Upload) -> bool:
        return since is None or upload.created is None or upload.created >= since - _CLOCKS_DIFFER

    listed = list_uploads(client, name=row.name, state="all")
    known = set(told.get("known", ()))
    return (upload for upload in takewhile(is_young, listed) if upload.upload_id not in known)


def _is_of(client: NomadClient, upload: Upload, manifest: Manifest, patience: Patience) -> bool:
    """Tell whether an upload has the files of a manifest, as far as the server lists them."""
    if upload.running:
        log.info("upload %s may be what an earlier command sent; its files can be listed when it is processed", upload)
        upload = Watch(client, upload.upload_id, "processed").until_over(patience)
    folders = _by_folder(manifest)
    step = max(len(folders) // _COMPARED_FOLDERS, 1)
    for folder in sorted(folders)[::step]:
        listed = sizes_in(client, upload.upload_id, folder)
        if listed is None and not folder:
            continue  # v0 lists an upload's own folder by an entry in it alone
        there = {name: size for name, size in (listed or {}).items() if not name.endswith(_MADE_BY_NOMAD)}
        if there != folders[folder]:
            return False
    return True


def _by_folder(manifest: Manifest) -> dict[str, dict[str, int]]:
    folders: dict[str, dict[str, int]] = {}
    for path, file in zip(manifest.paths(), manifest.files, strict=True):
        folder, _, name = path.removeprefix("./").rpartition("/")
        if not name.endswith(_MADE_BY_NOMAD):
            folders.setdefault(folder, {})[name] = file.size_bytes
    return folders
