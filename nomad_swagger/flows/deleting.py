"""Delete an upload that is not published: asked for once, and done when it is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nomad_swagger.calls.plan import Option, Plan
from nomad_swagger.errors import Forbidden, InvalidRequest
from nomad_swagger.flows.deeds import agree, need_login, plan_of, step_of
from nomad_swagger.flows.orders import order
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.records import Upload
from nomad_swagger.flows.uploads import get_upload, upload_id_of
from nomad_swagger.flows.waiting import Seen, Watch

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def delete(
    client: NomadClient,
    upload: Upload | str,
    *,
    timeout_s: float = 3600,
    progress: Seen | None = None,
    patience: Patience | None = None,
) -> None:
    """Delete an unpublished upload and wait until it is gone. It cannot be taken back.

    Raises
    ------
    NotFound
        There is no such upload.
    Forbidden
        It is published.
    InvalidRequest
        It is still being processed.
    WaitTimeout
    """
    need_login(client, "delete")
    seen = get_upload(client, upload)  # a mistyped id is not "deleted"
    plan = plan_delete(client, upload, seen=seen)
    agree(client, plan)
    try:
        order(client, plan.steps[0])
    except InvalidRequest as error:
        if not seen.published:
            raise
        raise Forbidden(
            error.happened, status=error.status, operation=error.operation, detail=error.detail, advice=error.advice
        ) from error
    patience = replace(patience or Patience(), timeout_s=timeout_s)
    Watch(client, upload_id_of(upload), "deleted", progress, accepted=True).until_over(patience)


def plan_delete(client: NomadClient, upload: Upload | str, *, seen: Upload | None = None) -> Plan:
    """Give what :func:`delete` would do to an upload, which may have been ``seen``."""
    upload_id = upload_id_of(upload)
    words = f"delete upload {upload_id}"
    step = step_of(client, "delete", {"upload_id": upload_id}, words, upload_ids=(upload_id,), shows={"deleted": True})
    return plan_of(
        client,
        "delete",
        words,
        [step],
        upload_ids=(upload_id,),
        entries=seen.entries if seen is not None else None,
        command=("delete", Option("yes"), upload_id),
    )
