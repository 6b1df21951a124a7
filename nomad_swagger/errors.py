"""Every error that this package raises, as one tree.

Knows the names, what each one carries, and nothing else. It must not know who raises what.

::

    NomadError
     ├── UsageError (ValueError)            a mistake in the call; nothing was sent
     │    ├── MissingExtra (ImportError)    it needs a library that is not installed
     │    ├── UnknownOperation              no such operation in the document; names the nearest
     │    └── UnknownArgument               no such parameter or quantity; names the nearest
     ├── SpecError                          the API description is at fault
     │    ├── SpecNotFound                  nothing to read: no network, no cache, no snapshot named
     │    ├── SpecTampered                  a pinned document is not what its hash says
     │    └── SpecNotConvertible            an OpenAPI 3 document that cannot become Swagger 2.0
     ├── AuthError                          no login, or a login refused
     │    ├── NoCredentials
     │    └── LoginRefused
     ├── TransportError                     no answer came
     │    ├── ConnectionLost
     │    └── RequestTimeout (TimeoutError)
     ├── ApiError                           NOMAD answered with an error status
     │    ├── InvalidRequest                400, 405, 415, 422
     │    ├── Unauthorized                  401
     │    ├── Forbidden                     403
     │    ├── NotFound                      404
     │    ├── Conflict                      409
     │    ├── RateLimited                   429
     │    └── ServerError                   5xx
     ├── ProcessingError                    NOMAD took the data, but what it made of it is not what was asked
     │    ├── ProcessingFailed
     │    └── WaitTimeout (TimeoutError)    still busy when our patience ended
     ├── SourceChanged                      what was being sent changed meanwhile, or could not be read to its end
     ├── NotAsAsked                         done, and what is read back differs from what was asked
     └── TransferError                      a file did not arrive as it should
          ├── IncompleteTransfer
          └── ChecksumMismatch
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nomad_swagger.nearest import nearest


class NomadError(Exception):
    """The root: catch this to catch everything that this package raises on purpose.

    Attributes
    ----------
    advice : str
        What to try next, in the words of Python; the message ends with it. The shell has words of its own.
    """

    def __init__(self, *args: Any, advice: str = "") -> None:
        super().__init__(*args)
        self.advice = advice

    @property
    def happened(self) -> str:
        """The message without the advice."""
        return super().__str__()

    def __str__(self) -> str:
        return f"{self.happened.rstrip('.')}. {self.advice}" if self.advice else self.happened


class NomadWarning(UserWarning):
    """Something went on in another way than asked for; the message says in which."""


class UsageError(NomadError, ValueError):
    """The call itself is wrong; nothing was sent."""


class MissingExtra(UsageError, ModuleNotFoundError):
    """It needs a library that is not installed, ``name``; the message names the extra that brings it."""


class _UnknownName(UsageError):
    """A name that the document does not have.

    Attributes
    ----------
    name : str
        What was asked for.
    nearest : tuple of str
        The closest names that exist, best first; may be empty.
    """

    kind = "name"

    def __init__(self, name: str, known: Iterable[str] = (), *, where: str = "") -> None:

        self.name = name
        self.nearest = tuple(nearest(name, known, alike=0.5))
        message = f"unknown {self.kind} {name!r}{f' {where}' if where else ''}"
        if self.nearest:
            message += f"; did you mean {' or '.join(repr(near) for near in self.nearest)}?"
        super().__init__(message)


class UnknownOperation(_UnknownName):
    """No such operation in the API description."""

    kind = "operation"


class UnknownArgument(_UnknownName):
    """No such parameter, quantity or argument."""

    kind = "argument"


class SpecError(NomadError):
    """The API description cannot be used."""


class SpecNotFound(SpecError):
    """No API description could be had: not from the network, the cache, or a snapshot that was named for it."""


class SpecTampered(SpecError):
    """A pinned document differs from what its index says."""


class SpecNotConvertible(SpecError):
    """An OpenAPI 3 document that has no Swagger 2.0 form."""


class AuthError(NomadError):
    """Who you are could not be settled."""


class NoCredentials(AuthError):
    """The call needs a login and there is none."""


class LoginRefused(AuthError):
    """The login server said no; the message carries its words."""


class TransportError(NomadError):
    """No (whole) answer came."""


class ConnectionLost(TransportError):
    """The server could not be reached, or hung up."""


class RequestTimeout(TransportError, TimeoutError):
    """The server was silent for longer than the time-out."""


class ApiError(NomadError):
    """NOMAD answered with an error status.

    Attributes
    ----------
    status : int
        The HTTP status.
    operation : str
        What was called, ``tag.operation``, or method and URL where no operation is known.
    detail : str
        NOMAD's own words.
    """

    def __init__(
        self, message: str, *, status: int = 0, operation: str = "", detail: str = "", advice: str = ""
    ) -> None:
        super().__init__(message, advice=advice)
        self.status = status
        self.operation = operation
        self.detail = detail


class InvalidRequest(ApiError):
    """400, 405, 415, 422: NOMAD does not accept the request as it is."""


class Unauthorized(ApiError):
    """401: not logged in, or not allowed to act as who you are (v0 says 401 for both)."""


class Forbidden(ApiError):
    """403: logged in, but not allowed."""


class NotFound(ApiError):
    """404: no such thing, or not for you."""


class Conflict(ApiError):
    """409: in the way of something else."""


class RateLimited(ApiError):
    """429: too many requests; later, please."""


class ServerError(ApiError):
    """5xx: NOMAD itself failed."""


class ProcessingError(NomadError):
    """NOMAD's processing did not come to the wanted end.

    Attributes
    ----------
    upload : Upload or None
        The upload as last seen.
    """

    def __init__(self, message: str, *, upload: Any = None, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.upload = upload


class ProcessingFailed(ProcessingError):
    """NOMAD gave up on the upload.

    Attributes
    ----------
    errors : tuple of str
        NOMAD's own words.
    """

    def __init__(self, message: str, *, upload: Any = None, errors: Iterable[str] = (), advice: str = "") -> None:
        super().__init__(message, upload=upload, advice=advice)
        self.errors = tuple(errors)


class WaitTimeout(ProcessingError, TimeoutError):
    """The upload was still busy when the time was up. Nothing is lost: wait again."""


class SourceChanged(NomadError):
    """A file changed, vanished or could not be read while it was being sent; the message says what is known of it.

    Attributes
    ----------
    path : str
        The file.
    """

    def __init__(self, message: str, *, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class NotAsAsked(NomadError):
    """NOMAD took an order, and what is read back differs from what was asked.

    Attributes
    ----------
    upload : Upload or None
        As last seen.
    differences : tuple of str
        What is, beside what was asked.
    """

    def __init__(self, message: str, *, upload: Any = None, differences: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.upload = upload
        self.differences = tuple(differences)


class TransferError(NomadError):
    """A file did not arrive as it should. Nothing stands under the final name."""


class IncompleteTransfer(TransferError):
    """Less came than there is.

    Attributes
    ----------
    received, expected : int or None
        Bytes of a file, or archives of a query; ``expected`` is None where the server did not tell.
    missing : mapping of str to str
        Of a query: the entries that did not come, each with the reason.
    """

    def __init__(
        self,
        message: str,
        *,
        received: int | None = None,
        expected: int | None = None,
        missing: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.received = received
        self.expected = expected
        self.missing = dict(missing or {})


class ChecksumMismatch(TransferError):
    """The bytes are not the ones that were announced."""
