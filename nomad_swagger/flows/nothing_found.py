"""What may be wrong with a search that found nothing, where we can know it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import ApiError, NotFound
from nomad_swagger.flows.codes import near_codes
from nomad_swagger.flows.uploads import get_upload
from nomad_swagger.flows.values import several
from nomad_swagger.generations.generation import place

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_CODE, _UPLOAD, _PATH, _FORMULA = "code", "upload_id", "path", "formula"
_LOOKED_AT = 3  # uploads


def why_nothing(client: NomadClient, quantities: Mapping[str, Any], owner: str) -> Iterator[str]:
    """Give what could be wrong with a search that found nothing, a sentence each.

    Parameters
    ----------
    client : NomadClient
    quantities : mapping
        As they were asked for, in our words.
    owner : str
    """
    for code in _values(quantities, _CODE):
        near = near_codes(client, str(code))
        if near is not None:
            known = f"this server knows {', '.join(near)}" if near else "`nomad-swagger stats code` lists what is there"
            yield f"no entry is of code {code!r}; {known}"
    if _values(quantities, _FORMULA):
        yield "a formula is that of the whole cell, which may hold several units: Ti2O4 is not TiO2"
    if owner == "public":
        yield from _unpublished(client, _values(quantities, _UPLOAD))
    word = client.nomad.generation.quantities.get(_PATH)
    parameters = client.nomad.spec.interface[client.nomad.verb("search").operation]
    if word and quantities.get(_PATH) is not None and place(word.names, parameters) in word.whole:
        yield "this version of NOMAD finds a file by its whole path in the upload: folder/file.out"


def _unpublished(client: NomadClient, upload_ids: list[Any]) -> Iterator[str]:
    """Say which uploads are there and not public."""
    if client.nomad.transport.authenticator is None:
        if upload_ids:
            yield "what is not public only its owner finds: log in, and say owner='visible' (--owner visible)"
        return
    for upload_id in upload_ids[:_LOOKED_AT]:
        try:
            upload = get_upload(client, str(upload_id))
        except NotFound:
            yield f"there is no upload {upload_id} that you may see"
        except ApiError:
            continue
        else:
            if not upload.published:
                yield f"upload {upload_id} is not published: owner='visible' (--owner visible) finds it"


def _values(quantities: Mapping[str, Any], name: str) -> list[Any]:
    value = quantities.get(name)
    listed = several(value)
    return [] if value is None else [value] if listed is None else listed
