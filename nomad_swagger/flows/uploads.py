"""Send files, look at uploads, delete them.

Knows what may not be done twice; what the steps are called on a server is in its generation.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from nomad_swagger import dotted
from nomad_swagger.calls.plan import Option, Plan, Word
from nomad_swagger.errors import ApiError, TransportError, UsageError
from nomad_swagger.flows.deeds import add_words, agree, give, is_open, need_login, plan_of, step_of
from nomad_swagger.flows.paging import records_of
from nomad_swagger.flows.records import Upload, read_record
from nomad_swagger.transport.bodies import Counted, FileBody, FolderBody, Progress, body_of, unpacked_as
from nomad_swagger.transport.call import Body
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
    ConnectionLost, ServerError, ApiError
        The answer got lost, or is none of NOMAD's; an upload may have been made all the same.
    """
    need_login(client, "upload")
    plan = plan_upload(client, source, name=name, local_path=local_path, progress=progress)
    agree(client, plan)
    try:
        return read_upload(client, "upload", give(client, plan.steps[0]))
    except (ApiError, TransportError) as error:
        if is_open(error) and not never_sent(error.__cause__):
            add_words(
                error,
                "The upload may have been made all the same: look with `nomad-swagger uploads` before another try.",
            )
        raise


def plan_upload(
    client: NomadClient,
    source: str | Path | BinaryIO | None = None,
    *,
    name: str | None = None,
    local_path: str | None = None,
    progress: Progress | None = None,
    look: bool = True,
) -> Plan:
    """Give what :func:`upload` would do; with ``look=False`` the file need not be there yet."""
    if (source is None) == (local_path is None):
        raise UsageError("upload takes a source or a local_path, one of them")
    options = [Option("name", name)] if name else []
    if source is None:
        assert local_path is not None
        words = f"have {local_path} uploaded, which lies on the server"
        step = step_of(client, "upload", {"name": name, "local_path": local_path}, words)
        return plan_of(client, "upload", words, [step], command=("upload", Option("local-path", local_path), *options))
    body, filename = body_of(source) if look else _unseen(source)
    words = f"upload {filename}"
    step = step_of(
        client,
        "upload",
        {
            "name": name or filename,
            "file_name": unpacked_as(source, filename) if client.nomad.takes("upload", "file_name") else None,
        },
        words,
        body=Counted(body, progress) if progress else body,
    )
    file: tuple[Word, ...] = (Path(source),) if isinstance(source, (str, Path)) else ()
    return plan_of(client, "upload", words, [step], command=("upload", *file, *options))


def _unseen(source: str | Path | BinaryIO) -> tuple[Body, str]:
    """Give the body for a path, and the file name, without a look at what is there.

    Raises
    ------
    UsageError
        An open file, which has no path.
    """
    path = Path(source if isinstance(source, (str, Path)) else str(getattr(source, "name", "")))
    if str(path) == ".":
        raise UsageError("a recipe needs a file on disk; give its path")
    return (FolderBody(path), f"{path.resolve().name}.zip") if path.is_dir() else (FileBody(path), path.name)


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
