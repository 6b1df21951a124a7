"""Our errors, for callers who know the system's: what is missing is also a FileNotFoundError, and so on.

The words and attributes stay ours.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from nomad_swagger.errors import Forbidden, LoginRefused, NoCredentials, NomadError, NotFound, Unauthorized, UsageError


class NoSuchPath(NotFound, FileNotFoundError):
    """Nothing is there, or not for you."""


class LoginNeeded(Unauthorized, PermissionError):
    """Not without a login."""


class KeptBack(Forbidden, PermissionError):
    """Not for you."""


class NoLogin(NoCredentials, PermissionError):
    """Half a login, or none."""


class LoginFailed(LoginRefused, PermissionError):
    """The login server said no."""


class ReadOnly(UsageError, OSError):
    """Nothing is changed through this door."""


_TWINS: dict[type[NomadError], tuple[type[NomadError], int]] = {
    NotFound: (NoSuchPath, errno.ENOENT),
    Unauthorized: (LoginNeeded, errno.EACCES),
    Forbidden: (KeptBack, errno.EACCES),
    NoCredentials: (NoLogin, errno.EACCES),
    LoginRefused: (LoginFailed, errno.EACCES),
}


@contextmanager
def also_the_systems() -> Iterator[None]:
    """Raise our errors as ones that are the system's too, where it has one.

    Examples
    --------
    >>> try:
    ...     with also_the_systems():
    ...         raise NotFound("no such file", status=404)
    ... except FileNotFoundError as error:
    ...     print(error, error.status)
    no such file 404
    """
    try:
        yield
    except NomadError as error:
        if type(error) not in _TWINS:
            raise
        kind, number = _TWINS[type(error)]
        twin = kind(*error.args)
        vars(twin).update(vars(error), errno=number)
        raise twin from error
