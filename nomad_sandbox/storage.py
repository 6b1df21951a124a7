"""A store of objects on a port of its own: gives the zip of an upload to whoever brings a signed address.

This is where a NOMAD with remote storage sends downloads of what is public (307). Knows signatures and time. It must
not know users or NOMAD's API.

Source: NOMAD 2.0.0's code, not seen at work; the refusals are those of S3 and its kin: an address that is signed and
brings a login as well is refused, and so is one whose time is over.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from nomad_sandbox.packed import packed
from nomad_sandbox.ranges import send_stored
from nomad_sandbox.store import Store

BUCKET = "/nomad-public"
LIFETIME_S = 3600
_ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'


def _refused(status: int, code: str, message: str) -> Response:
    return Response(_ERROR.format(code=code, message=message), status, content_type="application/xml")


class Storage:
    """The objects of one sandbox.

    Parameters
    ----------
    store : Store
    url : str
        Scheme, host and port of the gateway.
    clock : callable
        Seconds since 1970.
    """

    def __init__(self, store: Store, url: str, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._url = url
        self._clock = clock
        self._secret = secrets.token_bytes(32)

    def _signature(self, path: str, expires: str) -> str:
        return hmac.new(self._secret, f"GET {path} {expires}".encode(), hashlib.sha256).hexdigest()

    def address(self, upload_id: str) -> str:
        """Give an address of an upload's zip that is good for an hour."""
        path, expires = f"{BUCKET}/{upload_id}/raw.zip", str(int(self._clock()) + LIFETIME_S)
        query = {"X-Expires": expires, "X-Signature": self._signature(path, expires)}
        return f"{self._url}{path}?{urlencode(query)}"

    def _answer(self, request: Request) -> Response:
        path, expires = request.path, request.args.get("X-Expires", "")
        good = hmac.compare_digest(self._signature(path, expires), request.args.get("X-Signature", ""))
        if "Authorization" in request.headers:
            return _refused(400, "InvalidArgument", "Only one auth mechanism allowed")
        if request.method != "GET" or not good:
            return _refused(403, "SignatureDoesNotMatch", "The request signature does not match")
        if int(expires) < self._clock():
            return _refused(403, "AccessDenied", "Request has expired")
        upload_id = path.removeprefix(f"{BUCKET}/").partition("/")[0]
        if not self._store.raw_folder(upload_id).is_dir():
            return _refused(404, "NoSuchKey", "The specified key does not exist.")
        return send_stored(request, packed(self._store, upload_id), mimetype="application/zip")

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer as WSGI."""
        return self._answer(Request(environ))(environ, start_response)
