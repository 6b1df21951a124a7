"""One byte form and one hash for a document, whatever order a server wrote its keys in.

A real server's key order varies between processes (v0 iterates over sets), so two fetches are equal as JSON and not
byte for byte. The canonical form is compact UTF-8 JSON with sorted keys and a newline at the end; a pinned snapshot
is stored in exactly this form, so ``sha256sum`` on the file gives the hash in the index.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping


def canonical_bytes(document: Mapping[str, object]) -> bytes:
    """Give the canonical form of a document.

    Raises
    ------
    ValueError
        For NaN or infinity, which JSON does not have.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def canonical_sha256(document: Mapping[str, object]) -> str:
    """Give the hex digest that identifies a document's content."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()
