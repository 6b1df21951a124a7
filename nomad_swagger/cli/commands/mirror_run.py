"""``mirror run``."""

from __future__ import annotations

import time
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nomad_swagger.cli.bars import live_line
from nomad_swagger.cli.options import Server, key_values, server_options
from nomad_swagger.cli.output import note, plural, say
from nomad_swagger.errors import UsageError

if TYPE_CHECKING:
    from nomad_swagger.mirrors.totals import Totals

_MOST_JOBS = 16  # connections that a client keeps open


@click.command()
@click.argument("query", metavar="KEY=VALUE...", nargs=-1)
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path), help="The folder of the mirror.")
@click.option("--resume", is_flag=True, help="Go on with what is in the folder; needs no query.")
@click.option("--update", is_flag=True, help="Ask only for what was processed since; needs no query.")
@click.option("--everything", is_flag=True, help="No query: all that the server has.")
@click.option("--owner", help="Whose entries, as for search.  [default: public]")
@click.option(
    "--files",
    type=click.Choice(["stored", "entries", "none"]),
    help="Whole uploads, the entries' own files, or none.  [default: stored]",
)
@click.option("--metadata-only", is_flag=True, help="No files and no archives.")
@click.option("--archives/--no-archives", default=None, help="Archives, too, as JSON lines.")
@click.option("--include", multiple=True, metavar="PATTERN", help="Only such files: '*vasprun.xml*'.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="No such files.")
@click.option(
    "--jobs", type=click.IntRange(1, _MOST_JOBS), default=4, show_default=True, help="Items at the same time."
)
@click.option("--dask", metavar="ADDRESS", help="Let a Dask cluster do it: tcp://scheduler:8786.")
@server_options
def run(server: Server, query: tuple[str, ...], folder: Path, **said: Any) -> None:
    """Copy what a query finds into a folder, and go on where an earlier run of it stopped.

    \b
    nomad-swagger mirror run code=VASP elements=Ti,O --to titania --archives
    nomad-swagger mirror run --to titania --resume
    nomad-swagger mirror run --to titania --update
    \b
    DIR/UPLOAD/path    the files of the uploads that have hits
    DIR/metadata/      a row for each hit, as Parquet
    DIR/archives/      with --archives: a line of JSON for each hit
    """
    from nomad_swagger.mirrors.layout import LAYOUT, read_layout
    from nomad_swagger.mirrors.run import mirror

    asked = _asked(query, folder, said, there=(folder / LAYOUT).exists())
    if not (server.url or server.profile) and (folder / LAYOUT).exists():
        server = replace(server, url=read_layout(folder).wanted.server)
    executor, more = _executor(said["dask"]), _options(said)
    try:
        with live_line() as tell:
            totals = mirror(
                server.client(),
                asked,
                folder,
                executor=executor,
                update=said["update"],
                jobs=said["jobs"],
                progress=_teller(tell),
                **more,
            )
    except KeyboardInterrupt:
        if (folder / LAYOUT).exists():
            note(f"What came is kept. To go on: {read_layout(folder.absolute()).go_on}")
        raise
    say(str(totals.folder))
    _sum_up(totals)


def _asked(query: tuple[str, ...], folder: Path, said: dict[str, Any], *, there: bool) -> dict[str, Any] | None:
    """Give the query; None to go on with what is there."""
    if said["everything"] and query:
        raise UsageError("--everything takes no query")
    if said["resume"] and said["update"]:
        raise UsageError("--resume goes on with what is listed, --update lists what is new: say one of them")
    if query or said["everything"]:
        asked = key_values(query)
        if not (there and said["resume"]):
            return asked
        from nomad_swagger.mirrors.layout import read_layout

        return None if read_layout(folder).wanted.query == asked else asked
    if not there and (said["resume"] or said["update"]):
        raise UsageError(f"{folder} is no mirror yet: give a query, such as elements=Si")
    if not there:
        raise UsageError("a mirror of what? Give a query, such as elements=Si, or --everything")
    return None


def _options(said: dict[str, Any]) -> dict[str, Any]:
    if said["metadata_only"] and (said["files"] not in (None, "none") or said["archives"]):
        raise UsageError("--metadata-only takes no --files and no --archives")
    bare = {"files": "none", "archives": False} if said["metadata_only"] else {}
    named = {name: said[name] for name in ("owner", "files", "archives")}
    patterns = {name: said[name] or None for name in ("include", "exclude")}
    return {**named, **patterns, **bare}


def _executor(address: str | None) -> Executor | None:
    if address is None:
        return None
    from nomad_swagger.mirrors.executors import dask_executor

    return dask_executor(address)


def _teller(tell: Any) -> Any:
    from nomad_swagger.mirrors.totals import Pulse

    pulse = Pulse(time.monotonic)
    return lambda totals: tell(pulse.words(totals))


def _sum_up(totals: Totals) -> None:
    from nomad_swagger.mirrors.totals import size_words

    note(
        f"{totals.listed:,} {plural('entry', totals.listed)}, {totals.files:,} {plural('file', totals.files)}, "
        f"{totals.archives:,} {plural('archive', totals.archives)}, {size_words(totals.size_bytes)}"
    )
    if totals.absent:
        note(f"{totals.absent:,} have no archive to give; `mirror verify {totals.folder}` names them")
    if totals.gone:
        note(f"{totals.gone:,} are gone upstream, and kept here; `mirror verify {totals.folder}` names them")
