"""The embedded NOMADs that run on this machine, as their records say, each asked whether it is there.

A record outlives a closed terminal, so none is believed: the port must answer, and with the record's process id. Knows
the records. It must not know profiles or what is asked of a sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass

FOLDER = "sandboxes"
_ALIVE_PATH = "/sandbox/alive"
_ASK_S = 1.0


@dataclass(frozen=True)
class Instance:
    """A running sandbox.

    Attributes
    ----------
    name : str
        As it was called at its start; its port where it was not.
    pid, port : int
    url : str
        Scheme, host and port.
    data : str or None
        The folder that it keeps everything in; None for a temporary one.
    started : str
        ISO 8601.
    login : str
        ``api`` where no Keycloak is named for it: its APIs' own door is the only one that is known.
    """

    name: str
    pid: int
    port: int
    url: str
    data: str | None = None
    started: str = ""
    login: str = "keycloak"

    @property
    def told(self) -> str:
        """Name, process and folder in one line."""
        name = self.name if self.name == str(self.port) else f"{self.name} (port {self.port})"
        where = f"in {self.data}" if self.data else "in a temporary folder"
        return f"{name}: process {self.pid}, {where}, since {self.started}"


def running(state_folder: Path) -> list[Instance]:
    """Give the sandboxes that run, by port."""
    read = (_read(path) for path in sorted((state_folder / FOLDER).glob("*.json")))
    return sorted((one for one in read if one is not None and _is_there(one)), key=lambda one: one.port)


def find(state_folder: Path, which: str = "") -> Instance:
    """Give the one sandbox that runs, or the one of a name or port.

    Raises
    ------
    UsageError
        There is none, or several and none is named.
    """
    known = running(state_folder)
    if not known:
        raise UsageError("no sandbox is running; start one with `nomad-swagger sandbox`")
    chosen = [one for one in known if which in ("", one.name, str(one.port))]
    if len(chosen) == 1:
        return chosen[0]
    if which:
        raise UsageError(f"no sandbox is called {which!r}. {_list(known)}")
    raise UsageError(f"{len(known)} sandboxes are running: say which one, like sandbox:{known[0].name}. {_list(known)}")


def _list(known: Sequence[Instance]) -> str:
    return "Running are:\n" + "\n".join(f"  {one.told}" for one in known)


def _read(path: Path) -> Instance | None:
    try:
        row: Any = json.loads(path.read_text("utf-8"))
        return Instance(
            str(row["name"]),
            int(row["pid"]),
            int(row["port"]),
            str(row["url"]),
            row.get("data"),
            str(row["started"]),
            str(row.get("login", "keycloak")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # what is no record is of no sandbox


def _is_there(instance: Instance) -> bool:
    host = instance.url.partition("://")[2].rpartition(":")[0]
    import http.client  # late: few commands ask whether a sandbox runs

    connection = http.client.HTTPConnection(host, instance.port, timeout=_ASK_S)
    try:
        connection.request("GET", _ALIVE_PATH)
        told: Any = json.loads(connection.getresponse().read(1000))
        return bool(told["pid"] == instance.pid)
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return False
    finally:
        connection.close()
