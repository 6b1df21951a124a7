"""What a person sees while NOMAD works on an upload, and where its web pages show it then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from nomad_swagger.cli import console
from nomad_swagger.cli.output import counting_bar, note, plural, stage_notes

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.flows.records import Upload

_TOLD_EACH = 10  # lines about one upload at most, where there is no terminal for a bar


@contextmanager
def watching(client: NomadClient) -> Iterator[Callable[[Upload], None]]:
    """Give a callback for an upload that is looked at: notes each stage once, and how many entries are done.

    On a terminal that is a bar of the entries done of all, as NOMAD counts them; elsewhere a line now and then.
    """
    from nomad_swagger.flows.processing import count_entries

    with counting_bar("entries") as bar:
        tell, count = stage_notes(), bar if console.draws() else _lines()

        def seen(upload: Upload) -> None:
            if not console.draws() or not upload.running:
                tell(upload)
            counted = count_entries(client, upload) if upload.running else None
            if counted is not None and counted.total:
                count(counted.over, counted.total)

        yield seen


def _lines() -> Callable[[int, int], None]:
    told = [0]

    def tell(done: int, total: int) -> None:
        step = done * _TOLD_EACH // total
        if step > told[0]:
            told[0] = step
            note(f"{done} of {total} {plural('entry', total)} done")

    return tell


def note_page(client: NomadClient, upload: Upload) -> None:
    """Say where NOMAD's web pages show an upload."""
    from nomad_swagger.flows.gui import page_of

    note(f"upload {upload.upload_id}: {page_of(client, upload)}")


def note_embargo(client: NomadClient, upload: Upload, months: int) -> None:
    """Say until when only the owner sees the files of what was published; ``months`` is what was asked for."""
    from nomad_swagger.flows.publishing import embargo_of

    embargo = embargo_of(client, upload, months)
    if embargo.months:
        end = f" until {_day(embargo.end)}" if embargo.end else ""
        note(
            f"upload {upload.upload_id}: under embargo for {embargo.months} {plural('month', embargo.months)}{end}; "
            "others see that it is there"
        )


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
