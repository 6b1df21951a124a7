"""How a download is to go about it, and what zips and single files share: taken names, what is missing.

Knows what a user may say; it must not know what is downloaded.
"""

from __future__ import annotations

import filecmp
import logging
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from nomad_swagger.disk import write_atomically
from nomad_swagger.errors import NomadWarning, UsageError
from nomad_swagger.flows.own_record import OwnRecord
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.fetch import How
from nomad_swagger.transfers.parts import Part
from nomad_swagger.transport.bodies import Progress

if TYPE_CHECKING:
    from nomad_swagger.flows.sameness import Wish

log = logging.getLogger(__name__)

OnExisting = Literal["error", "skip", "replace"]
_SHOWN_NAMES = 5


@dataclass(frozen=True)
class Wishes:
    """What a caller wants of a download.

    Attributes
    ----------
    folder : Path
    on_existing : {"error", "skip", "replace"}
        What becomes of a file that is there with another content.
    include, exclude : sequence of str
    extract, flat : bool
    name : str or None
        For a zip.
    jobs : int
    wait_for_lock : bool
    progress : callable or None
    stop : threading.Event
    unlisted_known : bool
        The caller has said already that the server lists no upload as a whole.
    laid : callable or None
        Told which files are meant and where they go, before any of them comes.
    left_out : callable or None
        Told which files the server kept back; else that is a warning.
    record : OwnRecord or None
        Of what has come before, and where what comes is noted.
    """

    folder: Path
    on_existing: OnExisting = "error"
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    extract: bool = False
    flat: bool = False
    name: str | None = None
    jobs: int = 4
    wait_for_lock: bool = False
    progress: Progress | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    unlisted_known: bool = False
    laid: Callable[[Sequence[Wish]], None] | None = None
    left_out: Callable[[Sequence[str]], None] | None = None
    record: OwnRecord | None = None

    def __post_init__(self) -> None:
        if self.on_existing not in get_args(OnExisting):
            raise UsageError(f"on_existing is one of {', '.join(get_args(OnExisting))}, not {self.on_existing!r}")
        if self.name is not None and (self.name in ("", ".", "..") or set(self.name) & set("/\\\0")):
            raise UsageError(f"{self.name!r} is no name for a file: --to (to=) says the folder")

    @property
    def selects(self) -> bool:
        """Tell whether files are wanted, and no zip of them."""
        return bool(self.include or self.exclude or self.extract or self.flat)

    @property
    def how(self) -> How:
        """Give how a transfer goes about it."""
        return How(self.progress, self.stop, self.wait_for_lock)


def already_there(target: Path) -> UsageError:
    """Give the error for a name that is taken by something else."""
    return UsageError(
        f"{target} is there already, with another content. Choose another folder with --to (to=), "
        "keep it with --on-existing skip, or say --replace (on_existing='replace')."
    )


def named(part: Part, on_existing: OnExisting) -> bool:
    """Give a checked part its name; what took that name meanwhile counts as what was there before.

    Returns
    -------
    bool
        What stands under the name now is what came.

    Raises
    ------
    UsageError
        Something else is there.
    """
    try:
        part.place(replace=on_existing == "replace")
    except FileExistsError as error:
        same = filecmp.cmp(part.path, part.target, shallow=False)
        part.drop()
        if not same and on_existing != "skip":
            raise already_there(part.target) from error
        return same
    return True


def told_same(target: Path, by: str) -> None:
    """Say that something is there already, and what it was compared by."""
    log.log(
        logging.INFO if by == "checksums" else logging.WARNING,
        "%s is there already, the same by its %s; nothing was fetched",
        target,
        by,
    )


def report_left_out(what: str, left_out: Sequence[str], due: int, beside: Path, *, stacklevel: int) -> None:
    """Warn of files that NOMAD kept back; a long list goes into a file, which the warning names."""
    if not left_out:
        return
    words = f"{what}: NOMAD left out {len(left_out)} of {due} files without saying so: "
    words += ", ".join(left_out[:_SHOWN_NAMES])
    if len(left_out) > _SHOWN_NAMES:
        listing = beside.with_name(f"{beside.name}.left-out.txt")
        write_atomically(listing, ("\n".join(left_out) + "\n").encode())
        words += f" …; all of them are listed in {listing}"
    warnings.warn(words, NomadWarning, stacklevel=stacklevel)
