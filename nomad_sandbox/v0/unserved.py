"""Operations that the sandbox does not have: it says so, after refusing what NOMAD refuses before it does anything.

The mirror is for admins; a material, or a package of the metainfo, that there is not is not found.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from nomad_sandbox import search as index
from nomad_sandbox.v0.answers import Refusal
from nomad_sandbox.v0.call import Call, Handler
from nomad_sandbox.v0.info import METAINFO_PACKAGES


def _unserved(call: Call) -> Refusal:
    return Refusal(501, f"{call.operation.key} is not part of the sandbox")


def mirror(call: Call, **_: str) -> Response:
    """Refuse all but admins with 401, and admins with 501."""
    if not call.user().is_admin:
        raise Refusal(401, "Only the admin user is allowed to perform this operation.")
    raise _unserved(call)


def material(call: Call, material_id: str, **_: str) -> Response:
    """Refuse an unknown material with 404, and one that there is with 501."""
    if not index.entries_with(call.store, "encyclopedia.material.material_id", material_id):
        raise Refusal(404, f"There is no material {material_id}")
    raise _unserved(call)


def report(call: Call, material_id: str) -> Response:
    """Ask for a login first, then refuse like `material`."""
    call.user()
    return material(call, material_id)


def package(call: Call, metainfo_package_name: str) -> Response:
    """Refuse an unknown package with 404, and one that there is with 501."""
    if metainfo_package_name.removesuffix(".json") not in METAINFO_PACKAGES:
        raise Refusal(404, f"The metainfo {metainfo_package_name} does not exist.")
    raise _unserved(call)


_MIRROR = ("get_uploads_mirror", "get_upload_mirror", "download_files_mirror", "downlod_users_mirror")
_MATERIAL = ("material/<material_id>", "enc_materials", "enc_group", "enc_calculations", "enc_calculation")
HANDLERS: Mapping[str, Handler] = {
    **{f"mirror.{name}": mirror for name in _MIRROR},
    **{f"encyclopedia.{name}": material for name in (*_MATERIAL, "enc_statistics")},
    "encyclopedia.enc_report": report,
    **{f"{tag}.get_metainfo": package for tag in ("metainfo", "archive")},
    "metainfo.get_legacy_metainfo": package,
}
