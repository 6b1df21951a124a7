"""How answers leave the socket: a long stream without a length ends with the connection, as NOMAD's raw files do.

A peculiarity that clients must live with: there is no Content-Length and no chunking, so a server that dies leaves an
answer that looks whole. Knows cheroot's internals. It must not know what is served.
"""

from __future__ import annotations

from cheroot.server import HTTPConnection, HTTPRequest

DRAIN_BYTES = 1 << 16


class CloseDelimitedRequest(HTTPRequest):
    """A request whose answer is not chunked where the application says ``Connection: close``."""

    def send_headers(self) -> None:
        """Write the headers, after what is left of the request's body was read away in small pieces."""
        headers = {key.lower(): value.lower() for key, value in self.outheaders}
        if headers.get(b"connection") == b"close":
            self.close_connection = True
            if b"content-length" not in headers:
                # cheroot chunks for HTTP/1.1 clients only; the status line is not made from this
                self.response_protocol = "HTTP/1.0"
        if not self.close_connection and not self.chunked_read:
            # cheroot would read the rest of a refused upload in one piece
            while getattr(self.rfile, "remaining", 0) > 0 and self.rfile.read(DRAIN_BYTES):
                pass
        super().send_headers()


class CloseDelimitedConnection(HTTPConnection):
    """A connection of such requests."""

    RequestHandlerClass = CloseDelimitedRequest
