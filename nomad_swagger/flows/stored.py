"""The way of an upload's files that is tried first: the zip that the server has stored of it.

Which verb brings it is data of the generation. A server that refuses (the upload is not published, or there is no such
operation) says None, and the next way is taken.
"""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING

import requests

from nomad_swagger.errors import ApiError
from nomad_swagger.generations.ways import Way
from nomad_swagger.transfers.members import Member, StoredZip, find_zip
from nomad_swagger.transfers.source import Send, uncoded
from nomad_swagger.transport.call import PreparedCall

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.client.nomad import Nomad

log = logging.getLogger(__name__)


def ways_of(nomad: Nomad, kind: str) -> list[Way]:
    """Give the ways in which this server brings a kind of thing, the fastest first."""
    return [way for way in nomad.generation.ways if kind in way.of and nomad.can(way.verb)]


def stored_zip(client: NomadClient, upload_id: str) -> StoredZip | None:
    """Give the stored zip of an upload, with its directory read where there are ranges; None where there is none."""
    nomad = client.nomad
    way = next((way for way in ways_of(nomad, "upload") if way.form == "zip"), None)
    if way is None:
        return None
    call = uncoded(nomad.prepare_verb(way.verb, {"upload_id": upload_id}))
    try:
        found = find_zip(f"{upload_id}.zip", f"{nomad.api_url} {upload_id} {way.verb}", call, sender(nomad))
        if found.has_ranges:
            log.debug("%s: %s files in the stored zip", upload_id, len(found.members))
    except ApiError as error:
        log.info("%s: no stored zip (%s); by another way", upload_id, error.detail or error.status)
        return None
    except zipfile.BadZipFile:
        log.warning("%s: the stored zip is none; by another way", upload_id)
        return None
    return found


def member_at(stored: StoredZip | None, path: str) -> Member | None:
    """Give a file of a stored zip of which parts can be had; None where there is no such zip, or no such file in it."""
    return stored.members.get(path) if stored is not None and stored.has_ranges else None


class StoredZips:
    """The stored zips of uploads, each looked for once; ``known`` are those that somebody looked for before."""

    def __init__(self, client: NomadClient, known: Mapping[str, StoredZip | None] | None = None) -> None:
        self._client = client
        self._found: dict[str, StoredZip | None] = dict(known or {})

    def get(self, upload_id: str) -> StoredZip | None:
        """Give the stored zip of an upload; None where there is none."""
        if upload_id not in self._found:
            self._found[upload_id] = stored_zip(self._client, upload_id)
        return self._found[upload_id]

    def knows(self, upload_id: str) -> bool:
        """Tell whether it was looked for already."""
        return upload_id in self._found


def sender(nomad: Nomad) -> Send:
    """Give what sends a call and leaves the body of the answer on the wire."""

    def send(call: PreparedCall) -> requests.Response:
        return nomad.send(call, stream=True)

    return send
