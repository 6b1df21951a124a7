"""NOMAD's kind of hash."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path


def hashed(*parts: str) -> str:
    """Give NOMAD's kind of hash: 28 characters that are safe in a URL."""
    digest = hashlib.sha512("\0".join(parts).encode()).digest()
    return base64.urlsafe_b64encode(digest)[:28].decode()


def file_digest(path: Path) -> str:
    """Give the SHA-256 of a file's content, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
