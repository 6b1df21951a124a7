"""The ``mirror`` operations: for admins alone, to whom the sandbox says that it has no mirror."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from nomad_sandbox.v0.answers import Refusal
from nomad_sandbox.v0.call import Call, Handler


def refuse(call: Call, **_: str) -> Response:
    """Refuse everybody.

    Raises
    ------
    Refusal
        401 for all but admins, 501 for them.
    """
    if not call.user().is_admin:
        raise Refusal(401, "Only the admin user is allowed to perform this operation.")
    raise Refusal(501, f"{call.operation.key} is not part of the sandbox")


HANDLERS: Mapping[str, Handler] = {
    f"mirror.{name}": refuse
    for name in ("get_uploads_mirror", "get_upload_mirror", "download_files_mirror", "downlod_users_mirror")
}
