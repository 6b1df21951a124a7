"""One prepared call: everything that goes over the wire for one operation, and nothing that is decided later.

The same object is sent, streamed, or printed as a recipe, so a recipe cannot lie. It holds no credentials: who calls
is the transport's matter, and a recipe writes ``$NOMAD_TOKEN``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Protocol, TypeAlias
from urllib.parse import quote, urlencode

from nomad_swagger.light import dataclass
from nomad_swagger.transport.origin import shown


class Body(Protocol):
    """A body that is made again for each attempt, so that a retry sends all of it.

    ``size_bytes`` is None where the length is not known before sending; the body then goes chunked.
    """

    @property
    def size_bytes(self) -> int | None: ...

    def chunks(self) -> Iterator[bytes]:
        """Give the content from its beginning, as blocks of about a MiB."""


@dataclass(frozen=True)
class FilePart:
    """One file of a multipart form: the field, the file's name and its content."""

    field: str
    filename: str
    content: Body
    content_type: str = "application/octet-stream"


@dataclass(frozen=True)
class Form:
    """A multipart form: plain fields and files."""

    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[FilePart, ...] = ()


Content: TypeAlias = "bytes | Body | Form | None"


@dataclass(frozen=True)
class PreparedCall:
    """A request that is ready to go.

    Attributes
    ----------
    method : str
        Upper case.
    url : str
        Without the query.
    query : tuple of (str, str)
        In the order of the document's parameters, values as text, not encoded.
    headers : tuple of (str, str)
        Without credentials.
    body : bytes, Body, Form or None
    operation : str
        ``tag.operation``; method and URL where there is none.
    repeatable : bool
        May it be sent again when the answer to the first got lost? Declared per verb, not by the HTTP method.
    needs_login : bool
        Does the document, or what we know about it, ask for a login?
    binary : bool
        The answer is a file: bytes, even where it happens to be JSON.
    expects : tuple of (str, str)
        What makes an answer one: place → kind, see :mod:`nomad_swagger.calls.answers`.
    arguments : tuple of (str, object)
        What the caller gave, by the document's parameter names; for recipes in the words of a library.
    """

    method: str
    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: Content = None
    operation: str = ""
    repeatable: bool = False
    needs_login: bool = False
    binary: bool = False
    expects: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    arguments: tuple[tuple[str, object], ...] = field(default=(), repr=False)

    @property
    def full_url(self) -> str:
        """Give the URL with its query, percent-encoded (a blank is ``%20``)."""
        return f"{self.url}?{urlencode(self.query, quote_via=quote)}" if self.query else self.url

    @property
    def title(self) -> str:
        """Give what to call this call in a message."""
        return self.operation or f"{self.method} {shown(self.url)}"
