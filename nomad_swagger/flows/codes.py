"""The programs that a server knows by name, so that ``code=vasp`` finds VASP.

The list is the server's own (``info``). It is asked for when a code is searched for the first time, and kept beside the
cached description, as long as that stays the same. A code that is not on it is asked for as it is typed: plugins bring
new ones.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nomad_swagger import settings
from nomad_swagger.disk import write_atomically
from nomad_swagger.errors import ApiError, TransportError
from nomad_swagger.flows.records import read_record
from nomad_swagger.flows.values import several
from nomad_swagger.nearest import nearest

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.flows.told_records import ServerInfo

log = logging.getLogger(__name__)

_NEAR = 3
_PUNCTUATION = re.compile(r"[\s_-]+")


def spelled(client: NomadClient, value: Any) -> list[Any]:
    """Give codes as the server spells them, whatever case, blanks and dashes they have; unknown ones as they are."""
    values = several(value)
    typed = [value] if values is None else values
    if all(one in client.nomad.generation.codes for one in typed):
        return typed  # as NOMAD writes them: no request is needed to know that
    known = codes_of(client)
    return list(dict.fromkeys(name for one in typed for name in _meant(str(one), known) or [one]))


def near_codes(client: NomadClient, typed: str) -> list[str] | None:
    """Give the server's codes that a name is like; None where it is one of them, or the server does not tell."""
    known = codes_of(client)
    if not known or _meant(typed, known):
        return None
    by_case = {name.casefold(): name for name in known}
    near = nearest(typed.casefold(), by_case)
    inside = [folded for folded in by_case if typed.casefold() in folded or folded in typed.casefold()]
    short = [folded for folded in by_case if "".join(word[0] for word in folded.split()) == typed.casefold()]
    return [by_case[folded] for folded in dict.fromkeys([*near, *inside, *short])][:_NEAR]


def _meant(typed: str, known: Sequence[str]) -> list[str]:
    """Give the codes that a name means: by upper or lower case alike, else by its letters and digits alone."""
    same = [name for name in known if name.casefold() == typed.strip().casefold()]
    return same or [name for name in known if _bare(name) == _bare(typed)]


def _bare(name: str) -> str:
    return _PUNCTUATION.sub("", name.casefold())


def codes_of(client: NomadClient) -> tuple[str, ...]:
    """Give the names of the programs that a server knows; none where it does not tell."""
    nomad = client.nomad
    if not nomad.can("info"):
        return ()
    path = _kept(nomad.api_url, nomad.spec.sha256)
    try:
        return tuple(str(name) for name in json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        pass  # not kept yet, or damaged: the server tells
    try:
        info: ServerInfo = read_record(nomad.generation.records, "info", nomad.ask("info", {}))
    except (ApiError, TransportError) as error:
        log.warning("the codes that %s knows are not to be had (%s): asking for them as typed", nomad.api_url, error)
        return ()
    try:
        write_atomically(path, json.dumps(info.codes).encode())
    except OSError as error:  # a cache that cannot be written costs a request, no more
        log.info("%s: %s", path, error)
    return info.codes


def _kept(api_url: str, sha256: str) -> Path:
    return settings.cache_folder() / f"codes-{hashlib.sha256(f'{api_url} {sha256}'.encode()).hexdigest()[:20]}.json"
