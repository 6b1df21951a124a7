"""Wait until nothing is done with an upload, however what was done ended: while it is, NOMAD takes no other order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nomad_swagger.errors import WaitTimeout
from nomad_swagger.flows.polling import Patience, TimeIsUp, wait_until
from nomad_swagger.flows.records import Upload
from nomad_swagger.flows.uploads import get_upload

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def until_idle(client: NomadClient, upload_id: str, patience: Patience) -> Upload:
    """Give an upload when nothing is done with it any more.

    Raises
    ------
    NotFound
    WaitTimeout
        Something still is.
    """
    try:
        return wait_until(lambda: get_upload(client, upload_id), lambda seen: not seen.running, patience)
    except TimeIsUp as error:
        raise WaitTimeout(
            f"upload {upload_id}: still busy after {patience.timeout_s:g} s ({error.seen.stage or error.seen.status}), "
            "and takes nothing meanwhile. Try again later, or give it longer with --timeout.",
            upload=error.seen,
        ) from None
