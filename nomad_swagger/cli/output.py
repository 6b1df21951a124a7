"""What commands print with. `console` does it; `rows` lays records out, `bars` tell how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nomad_swagger.cli.amounts import plural, size_words
from nomad_swagger.cli.bars import Heartbeat, counting_bar, transfer_bar, transfer_bars
from nomad_swagger.cli.console import ask, confirm, note, say, say_bytes, say_json, takes, width
from nomad_swagger.cli.rows import parquet_out, show_json, show_rows

if TYPE_CHECKING:
    from nomad_swagger.calls.plan import Plan
    from nomad_swagger.client.nomad import Nomad

__all__ = [
    "Heartbeat",
    "ask",
    "confirm",
    "counting_bar",
    "note",
    "parquet_out",
    "plural",
    "say",
    "say_bytes",
    "say_json",
    "show_json",
    "show_plan",
    "show_rows",
    "size_words",
    "stage_notes",
    "takes",
    "transfer_bar",
    "transfer_bars",
    "width",
]


def show_plan(nomad: Nomad, plan: Plan) -> None:
    """Print a plan: in words, its requests in order, and what each must show afterwards."""
    from nomad_swagger.explore.plan_as_text import plan_text

    say(plan_text(nomad, plan))


def stage_notes(*, heart: Heartbeat | None = None) -> Callable[[Any], None]:
    """Give a callback that notes each new stage of an upload once, and every half minute that it is still there.

    Parameters
    ----------
    heart : Heartbeat, optional
        Knows when such a line is due.
    """
    last: list[str] = []
    beat = heart or Heartbeat()

    def seen(upload: Any) -> None:
        words = f"{upload.stage or '-'} ({upload.status or '-'})"
        words += f", {upload.entries} {plural('entry', upload.entries)}" if upload.entries else ""
        words += f", {upload.failed} failed" if upload.failed else ""
        if last == [words]:
            beat.beat(lambda: f"upload {upload.upload_id}: still {words}")
            return
        last[:] = [words]
        note(f"upload {upload.upload_id}: {words}")
        beat.begin()

    return seen
