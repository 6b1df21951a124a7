"""Get a document from a URL: any status comes back as it is, and a body without end is cut off.

Used for API descriptions, which are public: no login goes along.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nomad_swagger.settings import CHUNK_BYTES
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.failures import translated
from nomad_swagger.transport.send import Transport

LONGEST_BODY_BYTES = (64 << 20) + 1


def fetch_with(
    url: str, headers: Mapping[str, str], *, transport: Transport | None = None
) -> tuple[int, Mapping[str, str], bytes, str]:
    """Give status, headers (lower case), body and final URL.

    Raises
    ------
    ConnectionLost, RequestTimeout
    """
    anonymous = replace(transport, authenticator=None) if transport else Transport()
    accept = {"Accept": "application/json, application/yaml;q=0.9, */*;q=0.1", **headers}
    call = PreparedCall("GET", url, headers=tuple(accept.items()), repeatable=True)
    with translated(call.title), anonymous.exchange(call, stream=True) as response:
        body = bytearray()
        for chunk in response.iter_content(CHUNK_BYTES):
            body += chunk
            if len(body) >= LONGEST_BODY_BYTES:
                break
        lowered = {name.lower(): value for name, value in response.headers.items()}
        return response.status_code, lowered, bytes(body), response.url
