"""Who there is: the toy accounts, and those that were invited.

Knows names, e-mails and password hashes. It must not know tokens or HTTP.
"""

# ruff: noqa: S608 - values are bound; what is put into SQL as text are names from tables of ours
from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass
from sqlite3 import Row

from nomad_sandbox.store import Store, utc_now

_TOYS = (
    ("leonard", "leonard.hofstadter@nomad-fairdi.tests.de", "Leonard", "Hofstadter", False),
    ("sheldon", "sheldon.cooper@nomad-fairdi.tests.de", "Sheldon", "Cooper", False),
    ("admin", "admin@nomad-fairdi.tests.de", "Admin", "Administrator", True),
)
_TOY_PASSWORD = "password"  # noqa: S105 - the tutorial's own, for a server on loopback
_TOY_NAMESPACE = uuid.UUID("5a4bd0c2-5a0e-4a53-a4b6-0f4d2b0a6c11")


@dataclass(frozen=True)
class User:
    """One account.

    Attributes
    ----------
    user_id : str
        A UUID.
    """

    user_id: str
    username: str
    email: str
    first_name: str
    last_name: str
    affiliation: str | None
    affiliation_address: str | None
    created: str
    is_admin: bool

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


_COLUMNS = "user_id, username, email, first_name, last_name, affiliation, affiliation_address, created, is_admin"


def _user(row: Row) -> User:
    return User(**{**dict(row), "is_admin": bool(row["is_admin"])})


def _hash(password: str, salt: bytes) -> str:
    return salt.hex() + ":" + hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 10_000).hex()


class Accounts:
    """The users of a store; the toy accounts are always among them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        for username, email, first, last, is_admin in _TOYS:
            if self.find(username) is None:
                user_id = str(uuid.uuid5(_TOY_NAMESPACE, username))
                self._insert(user_id, username, email, first, last, password=_TOY_PASSWORD, is_admin=is_admin)

    def _insert(
        self, user_id: str, username: str, email: str, first: str, last: str, *, password: str | None, is_admin: bool
    ) -> None:
        hashed = None if password is None else _hash(password, secrets.token_bytes(16))
        with self._store.change() as connection:
            connection.execute(
                "INSERT INTO users (user_id, username, email, first_name, last_name, created, is_admin, password_hash)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (user_id, username, email, first, last, utc_now(), is_admin, hashed),
            )

    def get(self, user_id: str) -> User | None:
        """Give the user of that id."""
        row = self._store.row(f"SELECT {_COLUMNS} FROM users WHERE user_id = ?", (user_id,))
        return None if row is None else _user(row)

    def find(self, name: str) -> User | None:
        """Give the user of that user name or e-mail."""
        row = self._store.row(
            f"SELECT {_COLUMNS} FROM users WHERE username = :name OR email = lower(:name)", {"name": name}
        )
        return None if row is None else _user(row)

    def verify(self, name: str, password: str) -> User | None:
        """Give the user if the password is right, else None."""
        user = self.find(name)
        if user is None:
            return None
        stored = self._store.value("SELECT password_hash FROM users WHERE user_id = ?", (user.user_id,))
        if not stored:
            return None
        salt = bytes.fromhex(stored.partition(":")[0])
        return user if hmac.compare_digest(stored, _hash(password, salt)) else None

    def search(self, words: str) -> list[User]:
        """Give the users whose name, user name or e-mail contains the words; all of them for none."""
        pattern = "%" + words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        rows = self._store.rows(
            f"SELECT {_COLUMNS} FROM users WHERE lower(first_name || ' ' || last_name) LIKE :p ESCAPE '\\'"
            " OR lower(username) LIKE :p ESCAPE '\\' OR lower(email) LIKE :p ESCAPE '\\' ORDER BY last_name",
            {"p": pattern},
        )
        return [_user(row) for row in rows]

    def invite(self, email: str, first_name: str, last_name: str) -> User:
        """Add an account without a password."""
        user_id = str(uuid.uuid4())
        self._insert(user_id, email.lower(), email.lower(), first_name, last_name, password=None, is_admin=False)
        user = self.get(user_id)
        assert user is not None
        return user
