"""Zips of raw files: an entry's, an upload's, a folder's, or those of a whole query.

A zip that the server has stored comes with its length and goes on where it broke off; one that is made while it is sent
has neither, a cut is silent, and what the caller may not see is left out without a word. So a zip is held against its
own directory and checksums while it comes, its names against the files that are due, and one that broke off is put
together from its files, which can go on. Sources: NOMAD 0.8.6, 1.4.3.
"""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import (
    ApiError,
    IncompleteTransfer,
    NomadWarning,
    TransferError,
    TransportError,
    UsageError,
)
from nomad_swagger.flows.asked import as_found
from nomad_swagger.flows.downloading import Wishes, named, report_left_out
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.listing import Sizes, due_of_entries, listed, lists_all
from nomad_swagger.flows.packing import pack
from nomad_swagger.flows.quantities import bind
from nomad_swagger.flows.search import Results
from nomad_swagger.flows.stored import StoredZips, sender, stored_zip
from nomad_swagger.flows.targets import Target
from nomad_swagger.flows.zip_verdicts import checked_names, empty_zip, is_done
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.fetch import receive
from nomad_swagger.transfers.members import StoredZip
from nomad_swagger.transfers.parts import Part, forget
from nomad_swagger.transfers.source import Packed, Source, uncoded
from nomad_swagger.transfers.space import check_space
from nomad_swagger.transfers.zip_check import Seen, ZipWatch
from nomad_swagger.transport.call import PreparedCall

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.client.nomad import Nomad

log = logging.getLogger(__name__)

Use = Callable[[Part, Sequence[str]], None]
QUERY_ZIP = "nomad_raw_files.zip"  # what NOMAD calls it, for every query


@dataclass(frozen=True)
class Bundle:
    """A zip to download.

    Attributes
    ----------
    call : PreparedCall
        What makes it.
    filename : str
    target : Target
        What belongs in it.
    stored : StoredZip or None
        Where the server has it already.
    """

    call: PreparedCall
    filename: str
    target: Target
    stored: StoredZip | None = None

    @property
    def of_query(self) -> bool:
        """Tell whether it holds files of several uploads, each below its upload's id."""
        return self.target.kind == "query"

    def due(self, client: NomadClient) -> set[str]:
        """Give the files that belong in it, each as ``upload_id/path``."""
        due = {f"{upload_id}/{path}" for upload_id, path in due_of_entries(client, self.target)}
        if self.stored is None and self.target.kind in ("upload", "folder") and lists_all(client):
            due |= {f"{file.upload_id}/{file.path}" for file in self.files(client)}
        return due

    def files(self, client: NomadClient) -> Iterator[File]:
        """Give the files that belong in it, without looking for its stored zip once more."""
        known = {self.target.upload_id: self.stored} if self.target.kind == "upload" else {}
        return listed(client, self.target, StoredZips(client, known))

    def sizes(self, client: NomadClient) -> Sizes:
        """Give the sizes of the files that belong in it, each as ``upload_id/path``."""
        return {f"{file.upload_id}/{file.path}": file.size_bytes for file in self.files(client) if file.readable}

    def name_in(self, file: str, names: set[str]) -> str | None:
        """Give the name that a due file has in the zip; one upload's zip may leave the upload or folder off."""
        path = file.partition("/")[2]
        others = () if self.of_query else (path, path.removeprefix(self.target.within))
        return next((name for name in (file, *others) if name in names), None)


def bundle_of(client: NomadClient, target: Target) -> Bundle:
    """Give the zip of a target.

    Raises
    ------
    UsageError
        A query that this server only answers in several parts.
    """
    nomad = client.nomad
    if target.entry is not None:
        given = {"upload_id": target.upload_id, "entry_id": target.entry.entry_id}
        taken = {name: value for name, value in given.items() if nomad.takes("raw_entry", name)}
        return Bundle(nomad.prepare_verb("raw_entry", taken), zip_name(target.entry.entry_id), target)
    if target.kind == "upload":
        call = nomad.prepare_verb("raw_upload", {"upload_id": target.upload_id})
        return Bundle(call, zip_name(target.upload_id), target, stored_zip(client, target.upload_id))
    if target.kind != "query":
        call = folder_call(nomad, target.upload_id, target.path)
        folder = replace(target, kind="folder", path=_within(target.path))
        return Bundle(call, zip_name(target.path), folder)
    if isinstance(target.asked, Results):
        query = target.asked.query
    else:
        query = bind(nomad, "raw_query", as_found(client, target.asked or {}))
    if len(query.variants) > 1:
        raise UsageError("one download takes one query, and this server takes one of those values in each: ask for one")
    call = nomad.prepare_verb("raw_query", {"owner": target.owner}, native=query.variants[0])
    return Bundle(call, query_name(query.variants[0], target.owner), target)


def folder_call(nomad: Nomad, upload_id: str, path: str) -> PreparedCall:
    """Give the request for the zip of a folder, or (``prefix*``) of all paths that begin so.

    Raises
    ------
    UsageError
        This server does not pack by the beginning of a path.
    """
    within = _within(path).rstrip("*")
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


def query_name(query: Mapping[str, Any], owner: str) -> str:
    """Give the name for the zip of a query: another one for another query, the same for the same."""
    asked = json.dumps([query, owner], sort_keys=True, default=str)
    return f"{QUERY_ZIP.removesuffix('.zip')}-{hashlib.sha256(asked.encode()).hexdigest()[:8]}.zip"


def _within(path: str) -> str:
    return path if path.endswith("*") else f"{path.rstrip('/')}/"


def fetch_zip(client: NomadClient, bundle: Bundle, wishes: Wishes, use: Use | None = None) -> Path:
    """Download a zip, check it, and report what NOMAD left out.

    Parameters
    ----------
    client : NomadClient
    bundle : Bundle
    wishes : Wishes
    use : callable, optional
        Takes the part when it is whole, and the names of what NOMAD left out; without it the part gets its name.

    Raises
    ------
    Forbidden, NotFound
        It is empty.
    IncompleteTransfer, ChecksumMismatch
        It did not arrive whole.
    UsageError
        One of that name with other files is there already.
    """
    target = wishes.folder / (wishes.name or bundle.filename)
    beside = target if use is None else wishes.folder / bundle.filename
    source = _source(client, bundle)
    if use is None and is_done(client, bundle, target, wishes):
        forget({target: source.key})
        return target
    if source.size_bytes:
        check_space(wishes.folder, source.size_bytes)
    if bundle.target.kind in ("upload", "folder") and not lists_all(client) and not wishes.unlisted_known:
        log.warning(
            "%s: this server lists no upload as a whole; if it leaves out a file beside no entry, nobody knows",
            bundle.filename,
        )
    due = bundle.due(client)  # before the transfer: what has arrived is not lost to a server that then goes away

    def check(part: Part, seen: Seen) -> None:
        names = checked_names(part, seen, bundle.filename)
        if not names:
            part.drop()
            raise empty_zip(bundle, due)
        left_out = sorted(file for file in due if bundle.name_in(file, names) is None)
        if use is not None:
            use(part, left_out)
        else:
            named(part, wishes.on_existing)
        if wishes.left_out is not None:
            wishes.left_out(left_out)
        else:
            report_left_out(bundle.filename, left_out, len(due), beside, stacklevel=8)

    watch = ZipWatch()
    try:
        receive(source, target, replace(wishes.how, watch=watch.feed), lambda part: check(part, watch.seen()))
    except IncompleteTransfer as error:
        if source.resumes:
            raise
        _put_together(client, bundle, target, wishes, lambda part: check(part, {}), error)
    return target


def _put_together(
    client: NomadClient,
    bundle: Bundle,
    target: Path,
    wishes: Wishes,
    finish: Callable[[Part], None],
    broken: IncompleteTransfer,
) -> None:
    """Make the zip of its files, which can go on where they break off, after the server's own broke off.

    Raises
    ------
    IncompleteTransfer
        They do not come either.
    """
    log.warning("%s Putting it together from its files, which can go on.", broken)
    try:
        source = bundle_key(client, bundle)
        pack(client, bundle.files(client), target, source, wishes, bundle.of_query, finish)
    except (TransportError, ApiError, TransferError) as error:
        raise broken from error
    if bundle.target.kind in ("upload", "folder") and not lists_all(client):
        warnings.warn(
            f"{bundle.filename}: the server's own zip broke off, and this one has the files that belong to entries "
            "only: the server lists no others. Over a better line, --replace (on_existing='replace') "
            "fetches all of them.",
            NomadWarning,
            stacklevel=5,
        )


def _source(client: NomadClient, bundle: Bundle) -> Source:
    nomad = client.nomad
    if bundle.stored is not None and bundle.stored.has_ranges:
        return bundle.stored.whole()
    call = uncoded(bundle.stored.call if bundle.stored is not None else bundle.call)
    return Packed(bundle.filename, bundle_key(client, bundle), call, sender(nomad))


def bundle_key(client: NomadClient, bundle: Bundle) -> str:
    """Give what a zip on this disk is of."""
    return f"{client.nomad.api_url} {bundle.filename}"
