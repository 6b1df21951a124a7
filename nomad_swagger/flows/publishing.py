"""Publish and delete: the two acts that cannot be taken back, so each order is sent once.

When the answer to an order gets lost, the upload is looked at before anybody decides. Source: NOMAD 0.8.6, where a
second publish while the first one runs is refused and yet wipes comment, references and coauthors.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import NomadWarning, NotFound, ServerError, TransportError, UsageError
from nomad_swagger.flows.people import find_user
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.records import Upload
from nomad_swagger.flows.uploads import add_words, get_upload, need_login, upload_id_of
from nomad_swagger.flows.waiting import Seen, Watch

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

LONGEST_EMBARGO_MONTHS = 36


def publish(
    client: NomadClient,
    upload: Upload | str,
    *,
    comment: str | None = None,
    references: Sequence[str] = (),
    coauthors: Sequence[str] = (),
    embargo_months: int = 0,
    timeout_s: float = 3600,
    progress: Seen | None = None,
    patience: Patience | None = None,
) -> Upload:
    """Publish an upload and wait until it is public. It cannot be taken back.

    Waits for processing first. An upload that is public already is given back as it is, with a warning where you said
    something about it that it may not have.

    Parameters
    ----------
    client : NomadClient
    upload : Upload or str
    comment : str, optional
    references : sequence of str
        URLs.
    coauthors : sequence of str
        User ids, or e-mail addresses of people with an account.
    embargo_months : int
        0 to 36: for how long only you, and those whom you share the data with, see them. Coauthors are credit.
    timeout_s, progress, patience
        As for :func:`wait`.

    Returns
    -------
    Upload
        Published.

    Raises
    ------
    UsageError
        An embargo out of range, or an unknown coauthor.
    InvalidRequest
        NOMAD refuses, for instance an upload without entries.
    NotFound, ProcessingFailed, WaitTimeout

    Warns
    -----
    NomadWarning
        It was published before: comment, references, coauthors and embargo stay as they are.

    Examples
    --------
    >>> publish(client, done, comment="Si, PBE", embargo_months=6)          # doctest: +SKIP
    """
    if not 0 <= embargo_months <= LONGEST_EMBARGO_MONTHS:
        raise UsageError(f"embargo_months is {embargo_months}; NOMAD allows 0 to {LONGEST_EMBARGO_MONTHS}")
    need_login(client, "publish")
    upload_id = upload_id_of(upload)
    metadata = {
        "comment": comment or None,
        "references": _listed(references, "references"),
        "coauthors": [find_user(client, name) for name in _listed(coauthors, "coauthors") or ()] or None,
        "embargo_months": embargo_months or None,
    }
    patience = replace(patience or Patience(), timeout_s=timeout_s)
    ready = Watch(client, upload_id, "processed", progress).until_over(patience)
    if ready.published:
        _warn_of_unsaid(upload_id, metadata)
        return ready
    rest = _edited_first(client, upload_id, metadata, patience, progress)
    order(client, "publish", upload_id, rest)
    return Watch(client, upload_id, "published", progress, accepted=True).until_over(patience)


def delete(
    client: NomadClient,
    upload: Upload | str,
    *,
    timeout_s: float = 3600,
    progress: Seen | None = None,
    patience: Patience | None = None,
) -> None:
    """Delete an unpublished upload and wait until it is gone.

    Raises
    ------
    NotFound
        There is no such upload.
    InvalidRequest
        It is published, or still being processed.
    WaitTimeout
    """
    need_login(client, "delete")
    upload_id = upload_id_of(upload)
    get_upload(client, upload_id)  # a mistyped id is not "deleted"
    order(client, "delete", upload_id, {})
    patience = replace(patience or Patience(), timeout_s=timeout_s)
    Watch(client, upload_id, "deleted", progress, accepted=True).until_over(patience)


def order(client: NomadClient, verb: str, upload_id: str, arguments: Mapping[str, Any]) -> None:
    """Send an order about an upload, once; if the answer gets lost, find out whether it was taken.

    Raises
    ------
    TransportError, ServerError
        The answer got lost, and the upload shows no sign of the order.
    ApiError
        NOMAD refuses.
    """
    nomad = client.nomad
    call = nomad.prepare_verb(verb, {"upload_id": upload_id, **arguments})
    try:
        nomad.send(call)
    except (TransportError, ServerError) as error:
        if not _was_taken(client, upload_id, error):
            add_words(error, "The upload is as it was before: give the order again.")
            raise


def _was_taken(client: NomadClient, upload_id: str, lost: TransportError | ServerError) -> bool:
    """Look at an upload for the sign of an order whose answer got lost."""
    try:
        seen = get_upload(client, upload_id)
    except NotFound:
        return True  # gone: deleted, or published on a server where published uploads leave staging
    except (TransportError, ServerError):
        add_words(lost, f"Whether upload {upload_id} got the order is not known: look at it before another try.")
        raise lost from None
    return seen.running or seen.published


def _edited_first(
    client: NomadClient,
    upload_id: str,
    metadata: Mapping[str, Any],
    patience: Patience,
    progress: Seen | None,
) -> dict[str, Any]:
    """Edit what this server does not take at publish, and give what is left for the publish itself."""
    taken = {name: value for name, value in metadata.items() if client.nomad.takes("publish", name)}
    edit = {name: value for name, value in metadata.items() if name not in taken and value is not None}
    if edit:
        order(client, "edit_upload", upload_id, edit)
        Watch(client, upload_id, "processed", progress).until_over(patience)
    return taken


def _warn_of_unsaid(upload_id: str, metadata: Mapping[str, Any]) -> None:
    given = [name for name, value in metadata.items() if value is not None]
    if given:
        warnings.warn(
            f"upload {upload_id} was published before; its {', '.join(given)} stay as they are",
            NomadWarning,
            stacklevel=3,
        )


def _listed(names: Sequence[str], what: str) -> list[str] | None:
    if isinstance(names, str):
        raise UsageError(f"{what} is one text; give a list: {what}=[{names!r}]")
    return list(names) or None
