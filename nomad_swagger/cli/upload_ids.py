"""The ids of your own uploads, for TAB: remembered, and asked for anew by a process of its own.

Nobody waits for a server longer than a second: what is remembered is offered, and what comes later is for the next TAB.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger import settings
from nomad_swagger.disk import make_private, write_atomically
from nomad_swagger.errors import NomadError

if TYPE_CHECKING:
    from nomad_swagger.cli.options import Server

_FRESH_S = 30.0
_PATIENCE_S = 0.6  # beside the second that starting takes at most
_GIVE_UP_S = 20
_LOOK_S = 0.02
_MOST = 200


def own_uploads(server: Server, *, patience_s: float = _PATIENCE_S) -> list[tuple[str, str]]:
    """Give ids and names of the caller's uploads, the newest first, as far as they are known within a moment."""
    path = _memory(server)
    known, age_s = _remembered(path)
    if age_s > _FRESH_S and hasattr(os, "posix_spawn"):
        _ask_anew(server)
        end = time.monotonic() + patience_s
        while time.monotonic() < end and (known is None or age_s > _FRESH_S):
            time.sleep(_LOOK_S)
            known, age_s = _remembered(path)
    return known or []


def _memory(server: Server) -> Path:
    """Give the file for a server and a user, as far as command line and environment tell them apart."""
    said = settings.environment()
    who = [said.get(name, "") for name in (settings.ENV_URL, settings.ENV_USER, settings.ENV_TOKEN)]
    key = hashlib.sha256(json.dumps([server.url, server.profile, *who]).encode()).hexdigest()[:24]
    return settings.cache_folder() / "completion" / f"{key}.json"


def _remembered(path: Path) -> tuple[list[tuple[str, str]] | None, float]:
    try:
        rows = json.loads(path.read_text("utf-8"))
        return [(str(row[0]), str(row[1])) for row in rows], time.time() - path.stat().st_mtime
    except (OSError, ValueError, LookupError, TypeError):
        return None, float("inf")


def _ask_anew(server: Server) -> None:
    """Start a process that asks the server; it outlives us, and ends by itself."""
    words = [sys.executable, "-m", "nomad_swagger.cli.upload_ids", json.dumps(asdict(server))]
    nowhere = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1, 2)]
    with suppress(OSError, NotImplementedError):  # then nothing is asked, and nothing offered
        os.posix_spawn(sys.executable, words, os.environ, file_actions=nowhere, setsid=True)


def refresh(server: Server) -> None:
    """Ask the server for the caller's uploads, and remember them."""
    from itertools import islice

    from nomad_swagger.flows.uploads import list_uploads

    found = islice(list_uploads(server.client(), state="all"), _MOST)
    rows = [(upload.upload_id, upload.name) for upload in found]
    path = _memory(server)
    make_private(path.parent)
    write_atomically(path, json.dumps(rows).encode(), mode=0o600)


def main() -> None:
    """Refresh for the server in the first argument, within bounds."""
    from nomad_swagger.cli.options import Server

    if hasattr(signal, "alarm"):
        signal.alarm(_GIVE_UP_S)
    with suppress(NomadError):
        refresh(Server(**json.loads(sys.argv[1])))


if __name__ == "__main__":
    main()
