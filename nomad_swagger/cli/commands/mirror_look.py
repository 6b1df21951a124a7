"""``mirror status``, ``mirror verify`` and ``mirror export``: they ask no server."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nomad_swagger.cli.failures import Verdict
from nomad_swagger.cli.options import output_option
from nomad_swagger.cli.output import counting_bar, note, plural, say, show_json, show_rows

if TYPE_CHECKING:
    from nomad_swagger.mirrors.totals import Totals
    from nomad_swagger.mirrors.verify import Verdict as Found

_NAMED = 10
_SPOILT, _NOT_ALL = 8, 6
_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


@click.command()
@_FOLDER
@output_option("table", "json")
def status(folder: Path, fmt: str) -> None:
    """Say how far a mirror is; another process may be writing it."""
    from nomad_swagger.mirrors.layout import is_written, read_layout
    from nomad_swagger.mirrors.ledger import Book
    from nomad_swagger.mirrors.totals import totals_of

    layout = read_layout(folder.absolute())
    book = Book(layout.ledger)
    totals = totals_of(layout.folder, book)
    rows = [
        {"kind": kind, "state": state, "items": found.items, "holding": found.count, "bytes": found.bytes}
        for (kind, state), found in sorted(book.sums().items())
    ]
    errors = book.troubled(_NAMED)
    if fmt == "json":
        of = {"of": asdict(layout.wanted), "running": is_written(layout.folder), **asdict(totals)}
        show_json({**of, "complete": totals.complete, "states": rows, "errors": [asdict(item) for item in errors]})
        return
    show_rows(rows, columns=("kind", "state", "items", "holding", "bytes"), fmt="table", key="kind")
    say(_words(totals))
    for item in errors:
        note(f"{item.key} ({item.state}, attempt {item.attempts}): {item.error}")
    if is_written(layout.folder):
        note("a run is writing it at the moment")
    elif not totals.complete:
        note(f"no run is writing it; to go on: {layout.go_on}")


@click.command()
@_FOLDER
@click.option("--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Files read at once.")
@click.option("--quick", is_flag=True, help="Compare sizes only.")
@output_option("table", "json")
def verify(folder: Path, jobs: int, quick: bool, fmt: str) -> None:
    """Read every file of a mirror and compare size and sha256 with the ledger.

    \b
    Exit codes: 0 all is there and right, 8 a file is changed or missing (`mirror run --resume` brings it anew),
    6 the mirror is not complete yet.
    """
    from nomad_swagger.mirrors.layout import read_layout
    from nomad_swagger.mirrors.verify import named_absent, named_gone
    from nomad_swagger.mirrors.verify import verify as held

    layout = read_layout(folder.absolute())
    with counting_bar("files") as progress:
        found = held(layout, jobs=jobs, quick=quick, progress=progress)
    if fmt == "json":
        show_json({**asdict(found), "good": found.good})
    else:
        say(f"{_words(found.totals)}: {_judged(found, quick)}")
        for path, state in found.spoilt.items():
            say(f"{state}: {path}")
    for path in found.foreign[:_NAMED]:
        note(f"not the mirror's, left alone: {path}")
    for entry_id, reason in named_absent(layout, _NAMED):
        note(f"entry {entry_id} has no archive to give: {reason}")
    for entry_id in named_gone(layout, _NAMED):
        note(f"entry {entry_id} is gone upstream, and kept here")
    if found.spoilt:
        later = "" if found.noted else " A run is writing the mirror at the moment: verify it again when it is over."
        count = len(found.spoilt)
        raise Verdict(
            f"{count} {plural('file', count)} changed or missing: {', '.join(list(found.spoilt)[:_NAMED])}. "
            f"To bring them anew: {layout.go_on}.{later}",
            _SPOILT,
        )
    if not found.good:
        raise Verdict(f"the mirror is not complete; to go on: {layout.go_on}", _NOT_ALL)


@click.command()
@_FOLDER
@output_option("csv", "ndjson", "json", "table")
def export(folder: Path, fmt: str) -> None:
    """Print the manifest of a mirror: what a paper cites.

    \b
    nomad-swagger mirror export titania > titania.csv
    """
    from nomad_swagger.mirrors.export import Line, manifest
    from nomad_swagger.mirrors.layout import read_layout

    layout = read_layout(folder.absolute())
    columns = tuple(Line.__dataclass_fields__)
    shown = show_rows(manifest(layout), columns=columns, fmt=fmt, key="path")
    of = layout.wanted
    note(f"{shown:,} {plural('row', shown)} of a mirror of {of.words} (owner {of.owner}) at {of.server}")


def _words(totals: Totals) -> str:
    from nomad_swagger.mirrors.totals import size_words

    told = (
        f"{totals.listed - totals.gone:,} of {totals.entries:,} {plural('entry', totals.entries)}",
        f"{totals.items_done:,} of {totals.items:,} {plural('item', totals.items)}",
        f"{totals.files:,} {plural('file', totals.files)}",
        f"{totals.archives:,} {plural('archive', totals.archives)}",
        size_words(totals.size_bytes),
    )
    extra = [f"{totals.absent:,} without an archive"] if totals.absent else []
    extra += [f"{totals.gone:,} gone upstream"] if totals.gone else []
    return ", ".join(told) + (f" ({', '.join(extra)})" if extra else "")


def _judged(found: Found, quick: bool) -> str:
    right = "every size right" if quick else "every sha256 right"
    return f"{len(found.spoilt)} of {found.checked:,} files changed or missing" if found.spoilt else right
