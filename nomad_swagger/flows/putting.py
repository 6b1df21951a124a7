"""Put files into an upload that is there, and have them processed once.

Knows what need not be sent again, what a folder or an archive becomes there, and that an archive file is an entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger.errors import NotAsAsked, UsageError
from nomad_swagger.flows.deeds import agree, need_login
from nomad_swagger.flows.idle import until_idle
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.processing import need_verb, processed_entries
from nomad_swagger.flows.put_parts import Load, Sending
from nomad_swagger.flows.put_plans import plan_put
from nomad_swagger.flows.records import Upload
from nomad_swagger.flows.upload_files import have_processed
from nomad_swagger.flows.uploads import get_upload, upload_id_of
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.archive_files import ending_of
from nomad_swagger.transfers.bundles import PART_BYTES, Arrivals, crc_of
from nomad_swagger.transfers.manifest import ManifestFile, Rules
from nomad_swagger.transfers.spooled import Source, on_disk
from nomad_swagger.transfers.survey import manifest_of
from nomad_swagger.transport.bodies import Progress

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_SHOWN = 5


@dataclass(frozen=True)
class Put:
    """What :func:`put` did.

    Attributes
    ----------
    upload : Upload
        As last seen; NOMAD may still be processing it: go on with :func:`wait`.
    sent : tuple of str
        Files that went up, by their paths in the upload.
    kept : tuple of str
        Files that were there already, so that they were not sent.
    kept_by_size : tuple of str
        Those of them of which only the size is known to be the same.
    entry_ids : mapping of str to str
        The entries of archive files, by path.
    """

    upload: Upload
    sent: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    kept_by_size: tuple[str, ...] = ()
    entry_ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def upload_id(self) -> str:
        """Give the upload's id, so that a helper takes this for the upload."""
        return self.upload.upload_id


def put(
    client: NomadClient,
    upload: Upload | str,
    source: Source | Sequence[Source],
    *,
    path: str = "",
    name: str | None = None,
    rules: Rules | None = None,
    process: bool = True,
    journal: str | Path | None = None,
    part_bytes: int = PART_BYTES,
    timeout_s: float = 3600,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> Put:
    """Put files into an upload that is not published yet (v1); NOMAD processes them once, when all are there.

    What is there already is not sent again. A folder goes in parts, smaller ones after a cut; a file that is larger
    than a part goes alone. The same again after a failure sends what is missing.

    Parameters
    ----------
    client : NomadClient
    upload : Upload or str
        An id may have a folder behind it: ``"8dk…/run7"``.
    source : path or binary file object, or sequence of them
        A file keeps its name, a folder too; a zip or tar is unpacked by NOMAD. What is no path (a pipe, say) is kept in
        a temporary file before anything is sent, so that it can be sent again.
    path : str
        The folder in the upload that they go to; made where it is missing, by default the top.
    name : str, optional
        What a file object is called; by default as its file is.
    rules : Rules, optional
        What of a folder goes.
    process : bool
        False: NOMAD is not told to process them; :func:`process` does that later.
    journal : path, optional
        A file that remembers the checksums of what was sent; without one, what has the same size is taken for the same.
    part_bytes : int
    timeout_s, patience
        How long an upload may be busy with something else.
    progress : callable, optional
        Called with bytes sent and bytes in all.

    Raises
    ------
    UsageError
        This server has no way for it (v0), the upload is published, or there is nothing to send.
    NotFound, Forbidden, InvalidRequest
    IncompleteTransfer
        It broke off again and again.
    SourceChanged
        A file is not what it was when it was looked at.
    NotAsAsked
        All went up, and yet a file is not there.

    Examples
    --------
    >>> put(client, upload, "run7/OUTCAR", path="run7").sent                       # doctest: +SKIP
    ('run7/OUTCAR',)
    """
    need_login(client, "put")
    need_verb(client, "put_file", "put")
    upload_id, _, inside = upload_id_of(upload).partition("/")
    folder = "/".join(filter(None, (inside.strip("/"), path.strip("/"))))
    patience = replace(patience or Patience(), timeout_s=timeout_s)
    with on_disk(source, name) as paths:
        arrivals = Arrivals.of(journal, client.nomad.api_url, upload_id) if journal is not None else None
        sending = Sending(client, upload_id, folder, patience, arrivals, progress, part_bytes)
        return _put(sending, paths, rules, process=process)


def _put(sending: Sending, paths: Sequence[Path], rules: Rules | None, *, process: bool) -> Put:
    client, upload_id, patience, arrivals = sending.client, sending.upload_id, sending.patience, sending.arrivals
    loads = loads_of(paths, rules)
    _refuse_published(get_upload(client, upload_id))
    until_idle(client, upload_id, patience)
    chosen = [_choose(sending, load) for load in loads]
    due = [choice.load for choice in chosen if choice.load is not None]
    plan = plan_put(sending, due, process=process)
    if plan.steps:
        agree(client, plan)
    processed = sending.send(due, process=process) if due else False
    if process and not processed and any(step.verb == "process" for step in plan.steps):
        have_processed(client, upload_id, patience)
    if arrivals is not None and process:
        arrivals.end()
    _read_back(sending, due)
    return _outcome(sending, chosen, process=process)


def loads_of(paths: Sequence[Path], rules: Rules | None = None) -> list[Load]:
    """Give what sources become on their way: archives as they are, all else together.

    Raises
    ------
    UsageError
        There is nothing, something stands in the way, or two would have one path.
    """
    loads: list[Load] = []
    files: list[ManifestFile] = []
    for one in paths:
        manifest = manifest_of(one, rules)
        if manifest.archive is not None:
            whole = manifest.archive
            loads.append(Load(f"the archive {whole.path}", manifest.files or (whole,), whole, whole.path))
        elif manifest.kind == "file":
            files += manifest.files
        else:
            top = f"{manifest.top}/" if manifest.top else ""
            files += [replace(file, path=f"{top}{file.path}") for file in manifest.files]
    if len(files) == 1 and "/" not in files[0].path and ending_of(files[0].path) is None:
        loads.append(Load(files[0].path, tuple(files), files[0], files[0].path))
    elif files:
        loads.append(Load(f"{len(files)} files", tuple(files)))
    _refuse_doubles(files)
    if not loads:
        raise UsageError("nothing to put: give a file or a folder")
    return loads


def _refuse_doubles(files: Iterable[ManifestFile]) -> None:
    seen: dict[str, str] = {}
    for file in files:
        if file.path in seen:
            raise UsageError(
                f"{seen[file.path]} and {file.source} would both be {file.path} in the upload: put them one after the "
                "other, into different folders. Nothing was sent."
            )
        seen[file.path] = file.source


def _refuse_published(upload: Upload) -> None:
    if upload.published:
        raise UsageError(
            f"upload {upload.upload_id} is published, so its files stay as they are: make another upload. Nothing was "
            "sent."
        )


@dataclass(frozen=True)
class _Choice:
    load: Load | None
    sent: tuple[ManifestFile, ...] = ()
    kept: tuple[ManifestFile, ...] = ()
    by_size: tuple[ManifestFile, ...] = ()


def _choose(sending: Sending, load: Load) -> _Choice:
    """Tell what of a load has to be sent: what is not there, or is there with another size or checksum."""
    sizes = sending.sizes(load.files)
    due, kept, by_size = [], [], []
    for file in load.files:
        if sizes.get(file.path) != file.size_bytes:
            due.append(file)
            continue
        known = sending.arrivals and sending.arrivals.crc(sending.path_of(file), file.size_bytes)
        if known is None or not file.source:
            by_size.append(file)
        elif known == crc_of(file):
            kept.append(file)
        else:
            due.append(file)
    if load.whole is not None and due:  # an archive goes as a whole
        return _Choice(load, load.files)
    left = replace(load, files=tuple(due)) if due else None
    return _Choice(left, tuple(due), (*kept, *by_size), tuple(by_size))


def _read_back(sending: Sending, due: Sequence[Load]) -> None:
    """Look whether all is there that was sent.

    Raises
    ------
    NotAsAsked
    """
    for load in due:
        missing = _missing(sending, load)
        if missing and get_upload(sending.client, sending.upload_id).running:
            until_idle(sending.client, sending.upload_id, sending.patience)  # it may be about to put them there
            missing = _missing(sending, load)
        if missing:
            listed = ", ".join(missing[:_SHOWN]) + (f" and {len(missing) - _SHOWN} more" if missing[_SHOWN:] else "")
            raise NotAsAsked(
                f"{sending.target}: NOMAD took the files, and yet these are not there as they were sent: {listed}. "
                f"Look with `nomad-swagger ls {sending.upload_id}`.",
                differences=missing,
            )


def _missing(sending: Sending, load: Load) -> list[str]:
    sizes = sending.sizes(load.files)
    return [sending.path_of(file) for file in load.files if sizes.get(file.path) != file.size_bytes]


def _outcome(sending: Sending, chosen: Sequence[_Choice], *, process: bool) -> Put:
    client, upload_id = sending.client, sending.upload_id
    sent = tuple(sending.path_of(file) for choice in chosen for file in choice.sent)
    kept = tuple(sending.path_of(file) for choice in chosen for file in choice.kept)
    by_size = tuple(sending.path_of(file) for choice in chosen for file in choice.by_size)
    pattern = client.nomad.generation.archive_files
    written = {path for path in (*sent, *kept) if pattern and re.fullmatch(pattern, path, re.DOTALL)}
    if not (written and process):
        return Put(get_upload(client, upload_id), sent, kept, by_size)
    seen = until_idle(client, upload_id, sending.patience)
    entries = {one.mainfile: one.entry_id for one in processed_entries(client, upload_id) if one.mainfile in written}
    return Put(seen, sent, kept, by_size, entries)
