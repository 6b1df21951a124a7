"""Zips of raw files: an entry's, an upload's, a folder's, or those of a whole query.

NOMAD v0 makes them while it sends, so nobody knows their size and a cut is silent; and it leaves out, without a word,
what the caller may not see. So a zip is read whole against its own directory and checksums, and its names are held
against the files that the entries say belong to them. Sources: NOMAD 0.8.6, 1.4.3.
"""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import ChecksumMismatch, Forbidden, IncompleteTransfer, NomadWarning, NotFound, UsageError
from nomad_swagger.flows.entries import files_of, find_entry
from nomad_swagger.flows.quantities import bind
from nomad_swagger.flows.records import Entry, Upload
from nomad_swagger.flows.search import Results, search
from nomad_swagger.transport.bodies import Progress
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.stream import receive
from nomad_swagger.words import Owner

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.client.nomad import Nomad

QUERY_ZIP = "nomad_raw_files.zip"
_SHOWN_NAMES = 5
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Bundle:
    """A zip to download.

    Attributes
    ----------
    call : PreparedCall
    filename : str
    entries : iterable of Entry
        Those whose files should be in it.
    within : str
        Only files whose path in the upload begins so are due.
    of_query : bool
        It holds files of several uploads, each below its upload's id.
    """

    call: PreparedCall
    filename: str
    entries: Iterable[Entry]
    within: str = ""
    of_query: bool = False

    def due(self, client: NomadClient) -> set[str]:
        """Give the files that belong in it, each as ``upload_id/path``."""
        listed = ((entry.upload_id, path) for entry in self.entries for path in files_of(client, entry))
        return {f"{upload_id}/{path}" for upload_id, path in listed if path.startswith(self.within)}

    def has(self, file: str, names: set[str]) -> bool:
        """Tell whether a due file is among the zip's names; one upload's zip may leave the upload or folder off."""
        path = file.partition("/")[2]
        return file in names or (not self.of_query and (path in names or path.removeprefix(self.within) in names))


def bundle_of(client: NomadClient, what: Entry | Upload | Results | Mapping[str, Any], owner: Owner) -> Bundle:
    """Give the zip of an entry, an upload or a query.

    Raises
    ------
    UsageError
        A query that this server only answers in several parts.
    """
    nomad = client.nomad
    if isinstance(what, Entry):
        entry = find_entry(client, what)
        given = {"upload_id": entry.upload_id, "entry_id": entry.entry_id}
        taken = {name: value for name, value in given.items() if nomad.takes("raw_entry", name)}
        folder = entry.mainfile.rpartition("/")[0]
        within = f"{folder}/" if folder else ""
        return Bundle(nomad.prepare_verb("raw_entry", taken), zip_name(entry.entry_id), [entry], within)
    if isinstance(what, Upload):
        call = nomad.prepare_verb("raw_upload", {"upload_id": what.upload_id})
        return Bundle(call, zip_name(what.upload_id), search(client, owner=owner, upload_id=what.upload_id))
    if isinstance(what, Results):
        query, owner, entries = what.query, what.owner, what.unfiltered()
    else:
        query, entries = bind(nomad, "raw_query", what), found_by(client, what, owner)
    if len(query.variants) > 1:
        raise UsageError("one download takes one query, and this server takes one of those values in each: ask for one")
    call = nomad.prepare_verb("raw_query", {"owner": owner}, native=query.variants[0])
    return Bundle(call, QUERY_ZIP, entries, of_query=True)


def found_by(client: NomadClient, what: Mapping[str, Any], owner: Owner) -> Results:
    """Give the entries of a query to be downloaded; who binds it for the download tells of translated names."""
    return Results(client, bind(client.nomad, "search", what, noting=False), owner=owner)


def folder_bundle(client: NomadClient, upload_id: str, path: str) -> Bundle:
    """Give the zip of a folder of an upload, or (``prefix*``) of all paths that begin so."""
    within = _within(path)
    entries = search(client, owner="visible", upload_id=upload_id)
    return Bundle(folder_call(client.nomad, upload_id, path), zip_name(path), entries, within)


def folder_call(nomad: Nomad, upload_id: str, path: str) -> PreparedCall:
    """Give the request for the zip of a folder, or (``prefix*``) of all paths that begin so.

    Raises
    ------
    UsageError
        This server does not pack by the beginning of a path.
    """
    within = _within(path)
    if nomad.takes("raw_folder", "pattern"):
        place = {"pattern": f"{within}*"}
    elif within.endswith("/"):
        place = {"path": within.rstrip("/")}
    else:
        raise UsageError(f"{upload_id}/{path}: this server packs whole folders only; end it with a /")
    return nomad.prepare_verb("raw_folder", {"upload_id": upload_id, **place})


def zip_name(what: str) -> str:
    """Give the name for the zip of a folder, of all paths that begin so, or of what has an id.

    Examples
    --------
    >>> zip_name("AcAg/si/"), zip_name("AcAg/s*"), zip_name("bZjYh2TVSYmNpsWFQS6X9w")
    ('si.zip', 's.zip', 'bZjYh2TVSYmNpsWFQS6X9w.zip')
    """
    return f"{PurePosixPath(what.rstrip('*')).name}.zip"


def _within(path: str) -> str:
    return path.rstrip("*") if path.endswith("*") else f"{path.rstrip('/')}/"


def fetch_zip(client: NomadClient, bundle: Bundle, folder: Path, *, replace: bool, progress: Progress | None) -> Path:
    """Download a zip, check it, and report what NOMAD left out.

    Raises
    ------
    Forbidden, NotFound
        It is empty.
    IncompleteTransfer, ChecksumMismatch
        It did not arrive whole.
    UsageError
        One of that name with other files is there already.
    """
    due = bundle.due(client)  # before the transfer: what has arrived is not lost to a server that then goes away
    target = folder / bundle.filename

    def check(part: Path, received: int) -> None:
        names = _checked_names(part, received, bundle.filename)
        if not names:
            raise _empty(bundle, due)
        if target.exists() and not replace and not _same_files(part, target):
            raise already_there(target)
        _report_left_out(bundle, due, names)

    response = client.nomad.send(bundle.call, stream=True)
    return receive(response, target, what=bundle.filename, check=check, progress=progress)


def already_there(target: Path) -> UsageError:
    """Give the error for a name that is taken by something else."""
    return UsageError(
        f"{target} is there already, with another content. Choose another folder with --to (to=), "
        "or say --replace (replace=True)."
    )


def _checked_names(part: Path, received: int, what: str) -> set[str]:
    """Give the names in a zip after reading it whole against its checksums."""
    try:
        with zipfile.ZipFile(part) as archive:
            broken = archive.testzip()
            names = {name for name in archive.namelist() if not name.endswith("/")}
    except zipfile.BadZipFile as error:
        raise IncompleteTransfer(
            f"{what}: the archive ends early, after {received:,} bytes (NOMAD does not say how many it has). "
            "Nothing was kept; download it again.",
            received=received,
        ) from error
    except (zlib.error, EOFError) as error:
        raise ChecksumMismatch(
            f"{what}: it cannot be unpacked: {error}. Nothing was kept; download it again."
        ) from error
    if broken is not None:
        raise ChecksumMismatch(f"{what}: {broken} in it has the wrong checksum. Nothing was kept; download it again.")
    return names - {_MANIFEST}


def _same_files(part: Path, target: Path) -> bool:
    """Tell whether two zips hold the same files; NOMAD writes the time of the download into each."""
    return zipfile.is_zipfile(target) and _checksums(part) == _checksums(target)


def _checksums(path: Path) -> dict[str, tuple[int, int]]:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: (info.CRC, info.file_size) for info in archive.infolist() if info.filename != _MANIFEST}


def _empty(bundle: Bundle, due: set[str]) -> Forbidden | NotFound:
    if bundle.of_query and not due:
        return NotFound(
            f"{bundle.filename}: the query finds no files; `nomad-swagger search` shows what there is",
            status=200,
            operation=bundle.call.title,
            detail="empty zip",
        )
    files = f"none of its {len(due)} files is" if due else "nothing in it is"
    return Forbidden(
        f"{bundle.filename}: NOMAD sent an empty zip: {files} yours to see. "
        "Log in as somebody who may, or wait until it is published and its embargo over.",
        status=200,
        operation=bundle.call.title,
        detail="empty zip",
    )


def _report_left_out(bundle: Bundle, due: set[str], names: set[str]) -> None:
    left_out = sorted(file for file in due if not bundle.has(file, names))
    if left_out:
        shown = ", ".join(left_out[:_SHOWN_NAMES]) + (" …" if len(left_out) > _SHOWN_NAMES else "")
        warnings.warn(
            f"{bundle.filename}: NOMAD left out {len(left_out)} of {len(due)} files without saying so: {shown}",
            NomadWarning,
            stacklevel=6,
        )
