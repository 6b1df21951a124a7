"""Give an order about an upload, once; where no answer of NOMAD's comes back, look whether it was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nomad_swagger.calls.plan import Step
from nomad_swagger.errors import ApiError, NotFound, TransportError
from nomad_swagger.flows.deeds import add_words, give, is_open
from nomad_swagger.flows.uploads import get_upload

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def order(client: NomadClient, step: Step, done_before: str = "") -> None:
    """Send an order about an upload, once; if no answer of NOMAD's comes, find out whether it was taken.

    Raises
    ------
    TransportError, ServerError, ApiError
        No answer of NOMAD's came, and the upload shows no sign of the order; or NOMAD refuses.
    """
    try:
        give(client, step)
    except (TransportError, ApiError) as error:
        if not is_open(error):
            add_words(error, done_before.strip()) if done_before else None
            raise
        if not _was_taken(client, step, error):
            add_words(error, f"{done_before}The upload shows no sign of the order to {step.words}: give it again.")
            raise


def _was_taken(client: NomadClient, step: Step, lost: TransportError | ApiError) -> bool:
    """Look at an upload for the sign of an order whose answer got lost."""
    (upload_id,) = step.upload_ids
    try:
        seen = get_upload(client, upload_id)
    except NotFound:
        return True  # gone: deleted, or published on a server where published uploads leave staging
    except (TransportError, ApiError):
        add_words(lost, f"Whether upload {upload_id} got the order is not known: look at it before another try.")
        raise lost from None
    return seen.running or seen.published
