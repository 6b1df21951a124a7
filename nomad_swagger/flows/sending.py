"""Send files as a new upload: looked at before, packed on the way, and with a journal never twice.

Knows what may not be done twice, and what is known when it broke off; what the step is called on a server is in its
generation.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from nomad_swagger.calls.plan import Option, Plan, Word
from nomad_swagger.errors import ApiError, NomadWarning, SourceChanged, TransportError, UsageError
from nomad_swagger.flows.deeds import add_words, agree, give, is_open, log, need_login, plan_of, step_of
from nomad_swagger.flows.journal import JournalRow, row_of
from nomad_swagger.flows.records import Upload
from nomad_swagger.flows.resuming import begun_before, note_before
from nomad_swagger.flows.uploads import read_upload
from nomad_swagger.transfers.archive_files import ending_of
from nomad_swagger.transfers.manifest import Kind, Manifest, ManifestFile
from nomad_swagger.transfers.outgoing import Outgoing, outgoing
from nomad_swagger.transfers.survey import rules_of
from nomad_swagger.transfers.told_names import shown
from nomad_swagger.transfers.watched import Watched
from nomad_swagger.transport.bodies import FileBody, Progress
from nomad_swagger.transport.send import never_sent

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

Source: TypeAlias = "str | Path | BinaryIO | Manifest"


def upload(
    client: NomadClient,
    source: Source | None = None,
    *,
    name: str | None = None,
    local_path: str | None = None,
    include: Sequence[str] | str = (),
    exclude: Sequence[str] | str = (),
    skip_unreadable: bool = False,
    follow_links: bool = False,
    escape_names: bool = False,
    as_is: bool = False,
    journal: str | Path | None = None,
    again: bool = False,
    progress: Progress | None = None,
) -> Upload:
    """Upload files; NOMAD starts to process them at once.

    Parameters
    ----------
    client : NomadClient
    source : path, binary file object or Manifest
        A zip or tar file goes as it is; a folder, or a file that is no archive, is packed while it is sent. Streamed:
        memory stays flat. All of it is looked at before anything is sent (:func:`manifest`).
    name : str, optional
        The upload's name; by default the file's.
    local_path : str, optional
        Instead of ``source``: a file that lies on the server.
    include, exclude : sequence of str
        Of a folder: patterns as in a gitignore. A ``.nomadignore`` in it counts too.
    skip_unreadable : bool
        Leave out what cannot be read or followed, instead of refusing the folder.
    follow_links : bool
        Take along what links lead to that lead out of the folder.
    escape_names : bool
        Send names that are no UTF-8 as ``caf%E9``, instead of refusing them.
    as_is : bool
        Send a file as it is, though it may be no archive, or a cut one.
    journal : path, optional
        A file that remembers what was sent, so that the same call goes on with what an earlier one made, whose answer
        got lost, say, instead of making a second upload. Commands keep one.
    again : bool
        Make another upload, whatever the journal says.
    progress : callable, optional
        Called with bytes sent and bytes in all.

    Returns
    -------
    Upload
        Still running: go on with :func:`wait`.

    Warns
    -----
    NomadWarning
        Names what is left out since it could not be read; what else stays at home is logged.

    Raises
    ------
    UsageError
        Nothing to upload, or something stands in the way: nothing was sent. With a journal also where it is published.
    SourceChanged
        A file changed, vanished or could not be read while it was sent: no upload was made.
    NoCredentials, Unauthorized
        Not logged in.
    ConnectionLost, ServerError, ApiError
        The answer got lost, or is none of NOMAD's; an upload may have been made all the same.
    """
    need_login(client, "upload")
    if (source is None) == (local_path is None):
        raise UsageError("upload takes a source or local_path=, one of them")
    rules = rules_of(include, exclude, skip_unreadable, follow_links, escape_names, as_is)
    out = None if source is None else outgoing(source, rules, member=name)
    _tell_left_out(out)
    if journal is None or out is None or out.manifest is None:
        if journal is not None:
            raise UsageError("a journal remembers files on this disk: what is no path cannot be known again")
        return send(client, plan_upload(client, out, name=name, local_path=local_path, progress=progress))
    row = row_of(client, out.manifest, name or out.name or "", journal)
    with row.claimed():
        before = None if again else begun_before(client, row)
        if before is not None:
            return before
        return send(client, plan_upload(client, out, name=name, progress=progress), row)


def _tell_left_out(out: Outgoing | None) -> None:
    """Warn of what could not be read, and log what else stays at home."""
    manifest = out.manifest if out is not None else None
    for one in manifest.left_out if manifest is not None else ():
        if one.unread:
            warnings.warn(f"{one.path} is left out: {one.why}", NomadWarning, stacklevel=3)
        else:
            log.info("%s is left out: %s", one.path, one.why)


def send(client: NomadClient, plan: Plan, row: JournalRow | None = None) -> Upload:
    """Send a planned upload, once; the row of a journal learns how far it came.

    Raises
    ------
    SourceChanged, ApiError, TransportError
    """
    agree(client, plan)
    (step,) = plan.steps
    body = step.call.body if isinstance(step.call.body, Watched) else None
    if row is not None:
        note_before(client, row)
        if body is not None:
            body.when_last = partial(row.mark, "handed over", bytes=body.size_bytes)
    try:
        made = read_upload(client, "upload", give(client, step))
    except SourceChanged as error:
        _forget(row)
        add_words(error, "Not all of it was sent, so no upload was made of it.")
        raise
    except (ApiError, TransportError) as error:
        if _may_be_made(error, body):
            add_words(error, f"The upload may have been made all the same: {_where_to_look(row)}")
        else:
            _forget(row)
        raise
    except KeyboardInterrupt as stop:
        stop.args = (_when_stopped(body, row),)
        raise
    if row is not None:
        row.mark("sent", upload_id=made.upload_id)
    return made


def _may_be_made(error: ApiError | TransportError, body: Watched | None) -> bool:
    """Tell whether there may be an upload: NOMAD did not refuse, and had all that was to be sent."""
    return is_open(error) and not never_sent(error.__cause__) and (body is None or body.handed_over)


def _where_to_look(row: JournalRow | None) -> str:
    if row is None:
        return "look with `nomad-swagger uploads` before another try."
    return "the same again looks for it, and goes on with it (or look with `nomad-swagger uploads`)."


def _when_stopped(body: Watched | None, row: JournalRow | None) -> str:
    """Say what is known when somebody stops the sending."""
    if body is not None and not body.sent_bytes and not body.handed_over:
        _forget(row)
        return "Nothing was sent."
    if body is not None and not body.handed_over:
        _forget(row)
        much = f"{body.sent_bytes:,} bytes" + (f" of {body.size_bytes:,}" if body.size_bytes is not None else "")
        return f"It was not sent: {much} were on their way, and NOMAD makes no upload of a part."
    return f"All of it was sent, and no answer came yet. The upload may have been made: {_where_to_look(row)}"


def _forget(row: JournalRow | None) -> None:
    if row is not None:
        row.drop()


def plan_upload(
    client: NomadClient,
    source: Source | Outgoing | None = None,
    *,
    name: str | None = None,
    local_path: str | None = None,
    progress: Progress | None = None,
    look: bool = True,
) -> Plan:
    """Give what :func:`upload` would do; with ``look=False`` the file need not be there yet."""
    if (source is None) == (local_path is None):
        raise UsageError("upload takes a source or local_path=, one of them")
    options = [Option("name", name)] if name else []
    if source is None:
        assert local_path is not None
        words = f"have {local_path} uploaded, which lies on the server"
        step = step_of(client, "upload", {"name": name, "local_path": local_path}, words)
        return plan_of(client, "upload", words, [step], command=("upload", Option("local-path", local_path), *options))
    out = source if isinstance(source, Outgoing) else outgoing(source) if look else _unseen(source)
    words = f"upload {out.words}"
    step = step_of(
        client,
        "upload",
        {"name": name or out.name, "file_name": out.file_name if client.nomad.takes("upload", "file_name") else None},
        words,
        body=Watched(out.body, progress) if look else out.body,
    )
    file: tuple[Word, ...] = (out.manifest.source,) if out.manifest is not None else ()
    return plan_of(client, "upload", words, [step], command=("upload", *file, *options))


def _unseen(source: Source) -> Outgoing:
    """Give what stands for a path that nobody looks at.

    Raises
    ------
    UsageError
        An open file, which has no path.
    """
    if isinstance(source, Manifest):
        return outgoing(source)
    path = Path(source if isinstance(source, (str, Path)) else str(getattr(source, "name", "")))
    if str(path) == ".":
        raise UsageError("a recipe needs a file on disk; give its path")
    if not path.is_dir() and ending_of(path.name):
        manifest = Manifest(path, "archive", "", ())
        return Outgoing(FileBody(path), path.name, path.name, shown(path.name), manifest)
    kind: Kind = "folder" if path.is_dir() else "file"
    top = path.resolve().name if kind == "folder" else path.stem
    return outgoing(Manifest(path, kind, top, (ManifestFile(path.name, 0, 0),)))
