"""Which embedded NOMADs run on this machine: a small file for each, written at its start and removed at its end.

Clients read these files to find a sandbox by its nickname. A file alone proves nothing, for a closed terminal leaves
it: who reads it asks the port whether that process is there. Knows the files. It must not know who reads them.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import platformdirs

from nomad_sandbox.addresses import ALIVE_PATH, HOST

_APP = "nomad-swagger"
ASK_S = 1.0


def registry_folder(env: Mapping[str, str] | None = None) -> Path:
    """Give the folder of the records."""
    named = (os.environ if env is None else env).get("XDG_STATE_HOME")
    return (Path(named) / _APP if named else Path(platformdirs.user_state_dir(_APP))) / "sandboxes"


def write_record(folder: Path, port: int, *, name: str, data: Path | None, login: str = "keycloak") -> Path:
    """Write the record of this process's sandbox, and give its place; ``login`` says whether its Keycloak is named."""
    record = {
        "name": name,
        "pid": os.getpid(),
        "port": port,
        "url": f"http://{HOST}:{port}",
        "data": None if data is None else str(data.resolve()),
        "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "login": login,
    }
    for place in reversed([folder, *folder.parents]):
        if not place.exists():
            place.mkdir(mode=0o700, exist_ok=True)  # whatever the umask leaves: logins lie beside it
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".record-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(record, file)
    path = folder / f"{port}.json"
    Path(temporary).replace(path)
    return path


@contextmanager
def registered(
    port: int, *, name: str, data: Path | None = None, folder: Path | None = None, login: str = "keycloak"
) -> Iterator[None]:
    """Let clients find the sandbox of this process as long as the context lasts."""
    path = write_record(folder or registry_folder(), port, name=name, data=data, login=login)
    try:
        yield
    finally:
        if path.exists() and json.loads(path.read_text("utf-8"))["pid"] == os.getpid():
            path.unlink()


def who_is_on(port: int) -> int | None:
    """Give the process id of the sandbox on a port, None for anything else."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ASK_S)
    try:
        connection.request("GET", ALIVE_PATH)
        told: Any = json.loads(connection.getresponse().read(1000))
        return int(told["pid"]) if told.get("sandbox") == "nomad_sandbox" else None
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError):
        return None
    finally:
        connection.close()


def free_port_after(port: int) -> int:
    """Give the next port that is free."""
    for candidate in range(port + 1, min(port + 1000, 65536)):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, candidate)) != 0:
                return candidate
    return 0
