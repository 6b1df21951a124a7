"""A file that lies ready, with its length, and parts of it by ``Range``: what can be taken up again after a break.

Knows RFC 9110, sections 13 and 14. It must not know what is in the file.

Source: NOMAD 1.4.3 and 2.0.0 send the zip of a published upload so.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from pathlib import Path

from flask import Response
from werkzeug.datastructures import ETags
from werkzeug.http import http_date
from werkzeug.wrappers import Request

from nomad_sandbox.streams import stream_file


def _etag(size: int, changed_ns: int) -> str:
    return hashlib.sha256(f"{changed_ns}-{size}".encode()).hexdigest()[:32]


def _still_holds(request: Request, etag: str, changed: datetime) -> bool:
    """Tell whether ``If-Range``, where there is one, names the file as it is."""
    condition = request.if_range
    if condition is None or (condition.etag is None and condition.date is None):
        return "If-Range" not in request.headers
    if condition.date is not None:
        return changed.replace(microsecond=0) == condition.date
    return ETags([etag]).contains(condition.etag or "")


def _asked(request: Request, size: int) -> tuple[int, int] | None:
    """Give begin and end of the one part that is asked for, None for the whole; an empty one cannot be given."""
    wanted = request.range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return None
    begin, end = wanted.ranges[0]
    if begin < 0:  # the last so many bytes
        return max(size + begin, 0), size
    return begin, size if end is None else min(end, size)


def send_stored(request: Request, path: Path, *, mimetype: str) -> Response:
    """Answer with a file: 200, 206 for a part of it, 416 for one beyond its end.

    Parameters
    ----------
    request : Request
    path : Path
    mimetype : str
    """
    told = path.stat()
    changed = datetime.fromtimestamp(told.st_mtime, timezone.utc)
    etag = _etag(told.st_size, told.st_mtime_ns)
    part = _asked(request, told.st_size) if _still_holds(request, etag, changed) else None
    if part is not None and part[0] >= part[1]:
        response = Response(b"", 416, content_type="text/plain; charset=utf-8")
        response.headers["Content-Range"] = f"bytes */{told.st_size}"
        return response
    begin, end = part or (0, told.st_size)
    response = Response(stream_file(path, offset=begin, length=end - begin), content_type=mimetype)
    response.headers["Content-Length"] = str(end - begin)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Last-Modified"] = http_date(changed)
    response.set_etag(etag)
    if part is not None:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{told.st_size}"
    return response
