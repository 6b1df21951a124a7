"""The journal of uploads: what was begun, so that the same command, typed again, goes on instead of sending twice.

One row for a server, a user, a name and the files of a manifest (their paths, sizes and times). It holds no secret and
no content of a file. What a row means for a server is known by :mod:`nomad_swagger.flows.resuming`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nomad_swagger import disk
from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.ledger import Ledger
from nomad_swagger.transfers.manifest import Manifest

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

Phase = Literal["sending", "handed over", "sent", "publishing", "published"]
"""Not all of it is on its way; the last byte is; NOMAD told the upload's id; it is being published; all was done."""

_KIND = "journal of uploads"


@dataclass(frozen=True)
class JournalRow:
    """The place of one upload in a journal.

    Attributes
    ----------
    ledger : Ledger
    key : str
    about : dict
        What the key was made of, for a person who looks into the file.
    manifest : Manifest
    name : str
        The upload's name.
    """

    ledger: Ledger
    key: str
    about: dict[str, Any]
    manifest: Manifest
    name: str
    clock: Callable[[], float] = field(default=time.time, repr=False)

    @property
    def told(self) -> dict[str, Any] | None:
        """Give what is known; None where nothing is."""
        return self.ledger.get(self.key)

    @property
    def phase(self) -> str:
        """Give how far it came; empty where it was not begun."""
        return str((self.told or {}).get("phase", ""))

    def begin(self, **known: Any) -> None:
        """Note that the sending begins, with what is known of the server before."""
        self.ledger.put(self.key, {**self.about, **known, "phase": "sending", "at": self.clock()})

    def mark(self, phase: Phase, **more: Any) -> None:
        """Note how far it came."""
        self.ledger.put(self.key, {**(self.told or self.about), **more, "phase": phase, "at": self.clock()})

    def drop(self) -> None:
        """Forget it: nothing was made."""
        self.ledger.drop(self.key)

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Be the only one who sends this.

        Raises
        ------
        UsageError
            Another process does.
        """
        path = self.ledger.path.with_name(f"{self.ledger.path.name}.{self.key[:16]}.lock")
        try:
            lock = disk.claim(path)
        except disk.Taken as error:
            raise UsageError(
                f"{self.about['source']} is being sent by another command at the moment: let that one end, and look "
                "with `nomad-swagger uploads`. Nothing was sent."
            ) from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            lock.close()


def row_of(client: NomadClient, manifest: Manifest, name: str, journal: str | Path) -> JournalRow:
    """Give the place of an upload in a journal's file.

    Raises
    ------
    UsageError
        The file is something else.
    """
    nomad = client.nomad
    about = {
        "server": nomad.api_url,
        "user": nomad.login.who or "",
        "name": name,
        "files": manifest.digest,
        "source": str(manifest.source.absolute()).encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
    }
    told = "\0".join((about["server"], about["user"], name, manifest.digest))
    key = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
    return JournalRow(Ledger(Path(journal), _KIND), key, about, manifest, name)
