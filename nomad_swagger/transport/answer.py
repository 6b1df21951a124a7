"""Read the JSON of an answer that is still on the wire, with bounds: its kind, its size, its depth.

A cut answer is a lost one: :class:`CutAnswer` is of the kind that the retry loop knows. Must not know NOMAD's
operations.
"""

from __future__ import annotations

from typing import Any

import requests

from nomad_swagger.errors import ApiError
from nomad_swagger.settings import CHUNK_BYTES, JSON_LIMIT_BYTES
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.decode import TooDeep, decode
from nomad_swagger.transport.failures import detail_of

_BEGINNINGS = frozenset(bytes([byte]) for byte in b'{["-0123456789tfnNI')


class CutAnswer(requests.exceptions.ChunkedEncodingError):
    """JSON that ended in its middle: v0 tells no length, so nothing else shows it."""


def read_json(call: PreparedCall, response: requests.Response, limit_bytes: int = JSON_LIMIT_BYTES) -> Any:
    """Give an answer's JSON.

    Raises
    ------
    ApiError
        It is none (a login page, or a proxy's), too long, or nested too deep.
    CutAnswer
        It ended in its middle.
    """
    content = _content(call, response, limit_bytes)
    try:
        return decode(content)
    except TooDeep as error:
        raise _refused(call, response, str(error), "NOMAD's are not") from error
    except ValueError as error:
        kind = response.headers.get("Content-Type", "something")
        # what does not even begin as JSON was not cut, whatever it calls itself: a page under a wrong name
        if "json" not in kind or content.lstrip()[:1] not in _BEGINNINGS:
            response._content = content  # read from the wire by us: what follows looks at it as requests keeps it
            raise _refused(call, response, f"expected JSON and got {kind}: {detail_of(response)!r}") from error
        raise CutAnswer(f"the answer ended in the middle, after {len(content)} bytes of JSON") from error


def _content(call: PreparedCall, response: requests.Response, limit_bytes: int) -> bytes:
    blocks, size = [], 0
    with response:
        for block in response.iter_content(CHUNK_BYTES):
            blocks.append(block)
            size += len(block)
            if size > limit_bytes:
                raise _refused(
                    call, response, f"the answer goes on after {size:,} bytes, more than {limit_bytes:,} are not read"
                )
    return b"".join(blocks)


def _refused(call: PreparedCall, response: requests.Response, what: str, more: str = "") -> ApiError:
    said = f"{what}; {more}" if more else what
    done = ""
    if not call.repeatable and call.method not in ("GET", "HEAD"):
        done = " It was sent, and may have been done: look before you do it again."
    return ApiError(
        f"{call.title}: {said}.{done} Is this the URL of NOMAD's API, or does a login page or proxy stand in between?",
        status=response.status_code,
        operation=call.title,
        detail=what,
    )
