"""Where the API is served: ``servers`` to ``host``, ``basePath`` and ``schemes``.

Knows URLs; it must not know the network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urljoin, urlsplit

from nomad_swagger.apispec.openapi3.inert import inert
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.work import Schema, Work, listing, mapping
from nomad_swagger.jsontypes import as_items

_SCHEMES = ("http", "https", "ws", "wss")
_HOST = re.compile(r"[^{}/ :\\@]+(:\d+)?")
_AT = Place("/servers")


def convert_servers(work: Work, url: str | None) -> Schema:
    """Give host, basePath and schemes.

    Parameters
    ----------
    work : Work
    url : str or None
        Where the document came from. A relative server URL is relative to it, and without any server the API is
        where the document is. Without it, and with no absolute server URL, there is a basePath alone.
    """
    base = url if url and urlsplit(url).scheme in _SCHEMES else None
    servers = listing(work.document.get("servers"), _AT)
    if not servers:
        return _written(work, urlsplit(_folder_of(base)) if base else urlsplit("/"))
    address = _filled_in(work, mapping(servers[0], _AT / 0), _AT / 0)
    out = _written(work, urlsplit(urljoin(base, address) if base else address))
    if len(servers) > 1:
        out["x-servers"] = inert(servers)
        work.lose(_AT, f"{len(servers)} servers", "Swagger 2.0 has one: the first is used")
    return out


def base_url(document: Schema, url: str | None) -> str:
    """Give the address that relative URLs of a converted document start from; empty where it is not known."""
    if "host" in document:
        scheme, path = as_items(document["schemes"])[0], str(document["basePath"])
        return f"{scheme}://{document['host']}{path.rstrip('/')}/"
    return url or ""


def _folder_of(url: str) -> str:
    """Give the URL without its last step where that is a file, ``…/openapi.json``."""
    parts = urlsplit(url)
    head, _, last = parts.path.rpartition("/")
    return parts._replace(path=head if "." in last else parts.path, query="", fragment="").geturl()


def _filled_in(work: Work, server: Mapping[str, object], place: Place) -> str:
    variables = server.get("variables")
    variables = variables if isinstance(variables, dict) else {}

    def value(match: re.Match[str]) -> str:
        variable = variables.get(match[1])
        choices = [variable.get("default"), *(variable.get("enum") or ())] if isinstance(variable, dict) else []
        known = next((str(choice) for choice in choices if choice is not None), None)
        if known is None:
            work.lose(place / "url", f"server variable {match[1]}", "it has no default; it is left out of the URL")
        return known or ""

    if variables:
        work.lose(place / "variables", "server variables", "Swagger 2.0 has none: their defaults are used")
    return re.sub(r"\{([^{}]*)\}", value, str(server.get("url") or "/"))


def _written(work: Work, parts: SplitResult) -> Schema:
    # A relative URL without the document's own is still a path.
    out: Schema = {"basePath": "/" + re.sub(r"^(\./)+", "", parts.path).strip("/")}
    host = parts.netloc.rpartition("@")[2]
    if not host or parts.scheme not in _SCHEMES:
        return out
    if not _HOST.fullmatch(host):
        work.lose(_AT, f"host {host}", "Swagger 2.0 cannot write it: the host of the document's own URL is used")
        return out
    return {"host": host, **out, "schemes": [parts.scheme]}
