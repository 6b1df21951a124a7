"""Look at uploads.

Knows what an upload's answers say; sending is :mod:`nomad_swagger.flows.sending`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nomad_swagger import dotted
from nomad_swagger.errors import UsageError
from nomad_swagger.flows.deeds import need_login
from nomad_swagger.flows.listed import Listed
from nomad_swagger.flows.paging import records_of
from nomad_swagger.flows.records import Upload, read_record
from nomad_swagger.words import State

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_SHOWN = ("upload_id", "name", "status", "stage", "published", "created")  # at a prompt


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


def list_uploads(client: NomadClient, *, state: State | None = None, name: str | None = None) -> Listed[Upload]:
    """Give your own uploads, the newest first; a prompt shows them as rows.

    Parameters
    ----------
    client : NomadClient
    state : {"unpublished", "published", "all"}, optional
        By default the unpublished ones.
    name : str, optional
        Those of that name alone.
    """
    return Listed(_own_uploads(client, state, name), "uploads", _SHOWN, key="upload_id")


def _own_uploads(client: NomadClient, state: State | None, name: str | None) -> Iterator[Upload]:
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
