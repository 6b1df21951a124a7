"""Send files, look at uploads, delete them.

Knows what may not be done twice; what the steps are called on a server is in its generation.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from nomad_swagger import dotted
from nomad_swagger.errors import NoCredentials, NomadError, ServerError, TransportError, UsageError
from nomad_swagger.flows.paging import records_of
from nomad_swagger.flows.records import Upload, read_record
from nomad_swagger.transport.bodies import Counted, Progress, body_of
from nomad_swagger.transport.send import never_sent
from nomad_swagger.words import State

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def upload(
    client: NomadClient,
    source: str | Path | BinaryIO | None = None,
    *,
    name: str | None = None,
    local_path: str | None = None,
    progress: Progress | None = None,
) -> Upload:
    """Upload files; NOMAD starts to process them at once.

    Parameters
    ----------
    client : NomadClient
    source : path or binary file object
        A zip or tar file, or a folder, which is packed while it is sent. Streamed: memory stays flat.
    name : str, optional
        The upload's name; by default the file's.
    local_path : str, optional
        Instead of ``source``: a file that lies on the server.
    progress : callable, optional
        Called with bytes sent and bytes in all.

    Returns
    -------
    Upload
        Still running: go on with :func:`wait`.

    Raises
    ------
    UsageError
        Nothing to upload.
    NoCredentials, Unauthorized
        Not logged in.
    ConnectionLost
        The answer got lost; an upload may have been made: look with ``nomad-swagger uploads`` before another try.
    """
    nomad = client.nomad
    if (source is None) == (local_path is None):
        raise UsageError("upload takes a source or local_path=, one of them")
    need_login(client, "upload")
    if local_path is not None:
        call = nomad.prepare_verb("upload", {"name": name, "local_path": local_path})
        return read_upload(client, "upload", nomad.json(call))
    assert source is not None
    body, filename = body_of(source)
    call = nomad.prepare_verb(
        "upload",
        {"name": name or filename, "file_name": filename if nomad.takes("upload", "file_name") else None},
        body=Counted(body, progress) if progress else body,
    )
    try:
        return read_upload(client, "upload", nomad.json(call))
    except (TransportError, ServerError) as error:
        if not never_sent(error.__cause__):
            add_words(
                error,
                "The upload may have been made all the same: look with `nomad-swagger uploads` before another try.",
            )
        raise


def get_upload(client: NomadClient, upload: Upload | str) -> Upload:
    """Look at an upload.

    Raises
    ------
    NotFound
        There is none of that id that you may see.
    """
    nomad = client.nomad
    told = nomad.ask("get_upload", {"upload_id": upload_id_of(upload)})
    found: Upload = read_record(nomad.generation.records, "upload", told)
    return found


def list_uploads(client: NomadClient, *, state: State | None = None, name: str | None = None) -> Iterator[Upload]:
    """Give your own uploads, the newest first.

    Parameters
    ----------
    client : NomadClient
    state : {"unpublished", "published", "all"}, optional
        By default the unpublished ones.
    name : str, optional
        Those of that name alone.
    """
    need_login(client, "uploads")
    given = {"state": state, "name": name}
    yield from records_of(client.nomad, "list_uploads", "upload", given, what="the list of uploads")


def upload_id_of(upload: Upload | str) -> str:
    """Give the id of what may be a record or an id.

    Raises
    ------
    UsageError
        It is empty.
    """
    upload_id = upload if isinstance(upload, str) else upload.upload_id
    if not upload_id.strip():
        raise UsageError("the upload id is empty")
    return upload_id


def read_upload(client: NomadClient, verb: str, answer: Any) -> Upload:
    """Give the record in a verb's answer."""
    nomad = client.nomad
    record: Upload = read_record(nomad.generation.records, "upload", dotted.get(answer, nomad.verb(verb).answer))
    return record


def add_words(error: NomadError, words: str) -> None:
    """Add what the flow knows to a message about the wire."""
    error.args = (f"{error} {words}", *error.args[1:])


def need_login(client: NomadClient, what: str) -> None:
    """Refuse, before anything is sent, what nobody may do anonymously.

    Raises
    ------
    NoCredentials
    """
    if client.nomad.transport.authenticator is None:
        raise NoCredentials(
            f"{what} needs a login. Log in with `nomad-swagger login`, pass user= and password= (or token=) to "
            "connect(), or set NOMAD_CLIENT_USER and NOMAD_CLIENT_PASSWORD."
        )
