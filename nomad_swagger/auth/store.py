"""The logins that ``nomad-swagger login`` leaves on disk: tokens, never a password.

One JSON file of mode 0600, written whole and renamed, with a lock beside it for several processes. Where a keyring is
found, the tokens lie in it and the file holds only what is no secret. Knows files; it must not know servers.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from nomad_swagger.auth.servers import Destination
from nomad_swagger.auth.stored import StoredLogin, from_row, store_key, to_row
from nomad_swagger.disk import make_private
from nomad_swagger.errors import AuthError
from nomad_swagger.settings import APP, Keycloak

if TYPE_CHECKING:
    from filelock import FileLock

log = logging.getLogger(__name__)

_FILE = "logins.json"
_SECRETS = ("access_token", "refresh_token")
# Longer than the slowest refresh (10 s to connect and 30 s to answer) of the process that holds the lock.
_LOCK_TIMEOUT_S = 60.0


class Keyring(Protocol):
    """What is used of the keyring library (its module fits)."""

    def get_password(self, service_name: str, username: str, /) -> str | None:
        """Give a secret."""

    def set_password(self, service_name: str, username: str, password: str, /) -> None:
        """Keep a secret."""

    def delete_password(self, service_name: str, username: str, /) -> None:
        """Drop a secret."""


class TokenStore:
    """The stored logins below one folder.

    Parameters
    ----------
    folder : Path
        Made with mode 0700 when the first login is saved.
    keyring : callable, optional
        Finds the keyring where the tokens go instead of the file: ``find_keyring``. Called when one is needed, since
        loading the library takes its time; None, given or found, means the file.
    """

    def __init__(self, folder: Path, *, keyring: Callable[[], Keyring | None] | None = None) -> None:
        self._folder = folder
        self._path = folder / _FILE
        self._find_keyring = keyring
        self._making = threading.Lock()
        self._lock: FileLock | None = None

    def __repr__(self) -> str:
        return f"TokenStore({str(self._path)!r})"

    def load(self, api_url: str) -> StoredLogin | None:
        """Give the login stored for an API, if there is one.

        Raises
        ------
        AuthError
            The file is unreadable, or somebody else's.
        """
        key = store_key(api_url)
        row = self._read().get(key)
        return None if row is None else self._login(key, row)

    def find(self, api_url: str, keycloak: Keycloak | None) -> StoredLogin | None:
        """Give the login stored for an API, else one for another API behind the same login server.

        Parameters
        ----------
        api_url : str
        keycloak : Keycloak or None
            The one that is named for the API by the user or the deployment table; an API cannot name one itself.
        """
        own = self.load(api_url)
        if own is not None or keycloak is None:
            return own
        return next((login for login in self.all() if is_at(login.destination, keycloak)), None)

    def all(self) -> list[StoredLogin]:
        """Give every stored login."""
        logins = (self._login(key, row) for key, row in sorted(self._read().items()))
        return [login for login in logins if login is not None]

    def place_of(self, login: StoredLogin) -> str:
        """Give where a login's tokens lie."""
        row = self._read().get(store_key(login.api_url), {})
        return f"keyring, {self._path}" if row.get("in_keyring") else str(self._path)

    def _login(self, key: str, row: dict[str, Any]) -> StoredLogin | None:
        try:
            if row.get("in_keyring"):
                keyring = self._keyring()
                secrets = keyring.get_password(APP, key) if keyring is not None else None
                if secrets is None:
                    return None
                row = {**row, **json.loads(secrets)}
            return from_row(key, row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._unreadable() from error

    def save(self, login: StoredLogin) -> None:
        """Store a login, in place of older ones for the same API or at the same Keycloak.

        Raises
        ------
        AuthError
            The folder or file cannot be made safe.
        """
        key = store_key(login.api_url)
        row = to_row(login)
        keyring = self._keyring()
        if keyring is not None:
            secrets = {name: row.pop(name) for name in _SECRETS}
            row["in_keyring"] = True
        with self.locked():
            rows = self._read()
            if keyring is not None:
                keyring.set_password(APP, key, json.dumps(secrets))
            self._write({**rows, key: row})

    def forget(self, api_url: str) -> bool:
        """Drop the login for an API; say whether there was one."""
        key = store_key(api_url)
        with self.locked():
            rows = dict(self._read())
            row = rows.pop(key, None)
            if row is None:
                return False
            keyring = self._keyring() if row.get("in_keyring") else None
            if keyring is not None and keyring.get_password(APP, key) is not None:
                keyring.delete_password(APP, key)
            self._write(rows)
        return True

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes and threads from changing the store.

        Raises
        ------
        AuthError
            Somebody held the lock for too long.
        """
        from filelock import Timeout

        self._make_folder()
        try:
            with self._file_lock():
                yield
        except Timeout as error:
            raise AuthError(
                f"stored logins: another process holds {error.lock_file}; end it, then try again"
            ) from error

    def _keyring(self) -> Keyring | None:
        return self._find_keyring() if self._find_keyring is not None else None

    def _file_lock(self) -> FileLock:
        from filelock import FileLock

        # One object for all threads: it counts per thread, so that save() may be called inside locked().
        with self._making:
            if self._lock is None:
                self._lock = FileLock(self._folder / f"{_FILE}.lock", timeout=_LOCK_TIMEOUT_S, mode=0o600)
            return self._lock

    def _read(self) -> Mapping[str, dict[str, Any]]:
        try:
            with self._path.open(encoding="utf-8") as file:
                self._check(file.fileno())
                content = json.load(file)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise self._unreadable() from error
        rows = content.get("logins") if isinstance(content, dict) else None
        if not isinstance(rows, dict) or not all(isinstance(row, dict) for row in rows.values()):
            raise self._unreadable()
        return rows

    def _write(self, rows: Mapping[str, Any]) -> None:
        # mkstemp makes the file with mode 0600, before there is anything in it
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=f".{_FILE}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"version": 1, "logins": rows}, file, indent=1, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _check(self, handle: int) -> None:
        if os.name == "nt":  # pragma: no cover - a profile folder is private there
            return
        facts = os.fstat(handle)
        if facts.st_uid != os.geteuid():
            raise AuthError(f"stored logins: {self._path} belongs to another user; it is not read")
        if stat.S_IMODE(facts.st_mode) & 0o077:
            log.warning("stored logins: others could read %s; now only you can. Log in again to be safe.", self._path)
            os.fchmod(handle, 0o600)

    def _make_folder(self) -> None:
        try:
            make_private(self._folder)
        except OSError as error:
            raise AuthError(f"stored logins: no folder {self._folder}: {error.strerror}") from error
        self._close_folder()

    def _close_folder(self) -> None:
        facts = self._folder.stat()
        others_may_replace = facts.st_mode & 0o022 and not facts.st_mode & stat.S_ISVTX
        if os.name == "nt" or not others_may_replace:
            return
        if facts.st_uid != os.geteuid():
            raise AuthError(f"stored logins: others may write into {self._folder}, which is not yours; name another")
        log.warning("stored logins: others could write into %s; now only you can", self._folder)
        self._folder.chmod(stat.S_IMODE(facts.st_mode) & ~0o022)

    def _unreadable(self) -> AuthError:
        return AuthError(f"stored logins: {self._path} cannot be read; delete it, then log in again")


def is_at(destination: Destination, keycloak: Keycloak) -> bool:
    """Tell whether a login was made at a Keycloak; a slash at the end of its URL makes no other server of it."""
    if not isinstance(destination, Keycloak):
        return False
    same = (destination.realm_name, destination.client_id) == (keycloak.realm_name, keycloak.client_id)
    return same and destination.server_url.rstrip("/") == keycloak.server_url.rstrip("/")


def find_keyring() -> Keyring | None:
    """Give the system's keyring where the library is installed (extra ``keyring``) and finds one; else None."""
    try:
        import keyring
    except ImportError:
        return None
    # the library's stand-ins for "there is none" have no priority
    return keyring if keyring.get_keyring().priority > 0 else None
