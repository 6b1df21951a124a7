"""Personal access tokens: made, listed, renewed, revoked.

Knows their rows; of a token itself only its hash is kept. It must not know HTTP.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from nomad_sandbox.accounts import User
from nomad_sandbox.store import Store, utc_now

PREFIX = "nomad_pat_"
MAX_DAYS = 365
MAX_ACTIVE = 100
_SCHEMA = """
CREATE TABLE IF NOT EXISTS pats (
    id TEXT PRIMARY KEY, user_id TEXT NOT NULL, token_hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    description TEXT, scopes TEXT NOT NULL, created_at TEXT NOT NULL, expired_at TEXT NOT NULL,
    last_used_at TEXT, revoked INTEGER NOT NULL DEFAULT 0
)
"""


@dataclass(frozen=True)
class Pat:
    """Whom a valid token speaks for, and for what."""

    user_id: str
    scopes: tuple[str, ...]


def prepare_pats(store: Store) -> None:
    """Make the table, unless it is there."""
    with store.change() as connection:
        connection.execute(_SCHEMA)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _described(row: Any) -> dict[str, Any]:
    shown = {key: row[key] for key in row.keys() if key not in ("token_hash", "user_id")}  # noqa: SIM118 - no dict
    return {**shown, "scopes": json.loads(row["scopes"]), "revoked": bool(row["revoked"])}


def _expiry(days: int) -> str:
    return (datetime.now(timezone.utc) + timedelta(days=days)).isoformat(timespec="microseconds")


def create_pat(store: Store, user: User, metadata: Mapping[str, Any], *, days: int) -> tuple[dict[str, Any], str]:
    """Make a token, and give what is known of it and the token itself, which nobody can get again.

    Raises
    ------
    ValueError
        A lifetime out of bounds, or too many tokens.
    """
    if not 0 < days <= MAX_DAYS:
        raise ValueError(f"expires_in_days must be between 1 and {MAX_DAYS}.")
    if len([row for row in list_pats(store, user) if not row["revoked"]]) >= MAX_ACTIVE:
        raise ValueError(f"There are {MAX_ACTIVE} active tokens already.")
    pat_id, token = str(uuid.uuid4()), PREFIX + secrets.token_urlsafe(32)
    with store.change() as connection:
        connection.execute(
            "INSERT INTO pats (id, user_id, token_hash, name, description, scopes, created_at, expired_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                pat_id,
                user.user_id,
                _hash(token),
                metadata["name"],
                metadata.get("description"),
                json.dumps(metadata["scopes"]),
                utc_now(),
                _expiry(days),
            ),
        )
    return get_pat(store, user, pat_id) or {}, token


def list_pats(store: Store, user: User) -> list[dict[str, Any]]:
    """Give a user's tokens, newest first."""
    rows = store.rows("SELECT * FROM pats WHERE user_id = ? ORDER BY created_at DESC", (user.user_id,))
    return [_described(row) for row in rows]


def get_pat(store: Store, user: User, pat_id: str) -> dict[str, Any] | None:
    """Give what is known of one token of a user."""
    row = store.row("SELECT * FROM pats WHERE id = ? AND user_id = ?", (pat_id, user.user_id))
    return None if row is None else _described(row)


def rotate_pat(store: Store, user: User, pat_id: str) -> str:
    """Put a new token in the place of an old one, which is worth nothing from now on."""
    token = PREFIX + secrets.token_urlsafe(32)
    with store.change() as connection:
        connection.execute(
            "UPDATE pats SET token_hash = ? WHERE id = ? AND user_id = ?", (_hash(token), pat_id, user.user_id)
        )
    return token


def revoke_pat(store: Store, user: User, pat_id: str) -> None:
    """Make a token worth nothing."""
    with store.change() as connection:
        connection.execute("UPDATE pats SET revoked = 1 WHERE id = ? AND user_id = ?", (pat_id, user.user_id))


def find_pat(store: Store, token: str) -> Pat | None:
    """Give what a token speaks for, None for one that is not valid (any more)."""
    row = store.row(
        "SELECT user_id, scopes FROM pats WHERE token_hash = ? AND revoked = 0 AND expired_at > ?",
        (_hash(token), utc_now()),
    )
    return None if row is None else Pat(row["user_id"], tuple(json.loads(row["scopes"])))
