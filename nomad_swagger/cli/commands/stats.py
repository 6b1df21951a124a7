"""``stats``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

from nomad_swagger.cli.options import Server, key_values, offered, output_option, server_options
from nomad_swagger.cli.output import note, plural, show_rows
from nomad_swagger.words import Interval, Owner

if TYPE_CHECKING:
    from nomad_swagger.flows.statistics import Statistics

_TOP = 20


@click.command()
@click.argument("quantity")
@click.argument("quantities", metavar="KEY=VALUE...", nargs=-1, shell_complete=offered("search_words"))
@click.option(
    "--owner",
    default="public",
    show_default=True,
    shell_complete=offered("owners"),
    help="public, visible, user, shared, staging, all, admin.",
)
@click.option("--interval", metavar="LENGTH", help="Of times: 1d, 1w, 1M (unless told), 1q, 1y; of numbers: a number.")
@click.option("--metric", help="Give this for each value too, by the server's name for it.")
@click.option("--limit", type=click.IntRange(1), help="The most frequent values only; a table shows 20 unless told.")
@click.option("--plot", metavar="FILE", help="Draw it into a .png, .svg or .pdf file, which is replaced.")
@click.option("--show", is_flag=True, help="Draw it in a window.")
@output_option()
@server_options
def stats(
    server: Server,
    quantity: str,
    quantities: tuple[str, ...],
    owner: Owner,
    interval: str | None,
    metric: str | None,
    limit: int | None,
    plot: str | None,
    show: bool,
    fmt: str,
) -> None:
    """Count the entries of a search by QUANTITY.

    \b
    On every NOMAD: elements, only_elements, formula, code, upload_id, entry_id, dataset, doi, upload_time.
    Besides, what the server itself names. KEY=VALUE says which entries, as for search.
    \b
    nomad-swagger stats elements code=VASP --plot elements.png
    nomad-swagger stats upload_time --interval 1y -o csv
    """
    from nomad_swagger.flows.statistics import statistics

    check_drawing(plot, show)
    found = statistics(
        server.client(),
        quantity,
        owner=owner,
        interval=cast("Interval | None", interval),  # or the text of a number
        metric=metric,
        limit=limit,
        query=key_values(quantities),
    )
    columns = ("value", "entries", "share", *([metric] if metric else ()))
    shown = show_rows(_rows(found, fmt, limit), columns=columns, fmt=fmt, key="value")
    note(
        f"{shown} of {len(found.counts)} {plural('value', len(found.counts))} of {found.quantity} "
        f"in {found.total} {plural('entry', found.total)}"
    )
    if found.without:
        beyond = "" if limit is None else ", or one beyond --limit"
        note(f"{found.without} {plural('entry', found.without)} in none of the counts: without a value{beyond}")
    if plot:
        found.plot(plot, top=limit or _TOP)
        note(f"drawn: {plot}")
    if show:
        from nomad_swagger.science import plots

        found.plot(window=True, top=limit or _TOP)
        plots.show()


def check_drawing(plot: str | None, show: bool) -> None:
    """Find out before the server is asked whether a picture can be drawn.

    Raises
    ------
    UsageError
        A file of another kind, or no display.
    ModuleNotFoundError
        There is no matplotlib.
    """
    from nomad_swagger.science import picture, plots

    if plot:
        picture.check_format(plot)
        plots.sheet(1, 1)
    if show:
        plots.check_window()


def _rows(found: Statistics, fmt: str, limit: int | None) -> Any:
    """Give the rows as a format has them: a table is for eyes, so it is short and its shares are percent."""
    rows = list(found.rows())
    if fmt != "table":
        return rows
    if limit is None and found.kind == "values":
        rows = rows[:_TOP]
    return [{**row, "share": "" if row["share"] is None else f"{row['share']:.1%}"} for row in rows]
