"""``archive``: of one entry, or of all that a query finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nomad_swagger.cli.failures import Verdict
from nomad_swagger.cli.frames import frame_out
from nomad_swagger.cli.options import ID, Server, key_values, server_options
from nomad_swagger.cli.output import counting_bar, note, plural, say, show_json
from nomad_swagger.cli.values import read_body
from nomad_swagger.errors import UsageError

if TYPE_CHECKING:
    from nomad_swagger.flows.archives.query import Archives

Pick = Callable[[Any], Any]
_NOTHING_THERE = 4  # the exit code of what is not found


@click.command()
@click.argument("words", metavar="ENTRY | KEY=VALUE...", nargs=-1, type=ID)
@click.option("--query", "expression", metavar="JMESPATH", help="What of each archive to print, in JMESPath's words.")
@click.option("--at", "path", metavar="PATH", help="One value: section_run/-1/program_name. Reads big archives, too.")
@click.option("--unit", help="For --at: eV, angstrom …; NOMAD's own values are SI.")
@click.option("--required", metavar="JSON", help="The parts to fetch: JSON, @FILE or -.")
@click.option("--query-entries", is_flag=True, help="The words are a search; print all its archives.")
@click.option("--owner", default="public", show_default=True, help="For a search: whose entries.")
@click.option("--limit", type=click.IntRange(1), help="For a search: how many at most.")
@click.option("--page-size", type=click.IntRange(1), help="For a search: archives in one request.")
@click.option(
    "--column", "columns", metavar="NAME=PATH", multiple=True, help="For a search: a table of values instead."
)
@click.option("-o", "--output", "fmt", type=click.Choice(["ndjson", "csv", "parquet", "table"]), help="For a search.")
@click.option("--to", "file", type=click.Path(path_type=Path), help="For a search: a file; a second run goes on in it.")
@click.option("--replace", is_flag=True, help="Replace that file, if there is one.")
@server_options
def archive(server: Server, words: tuple[str, ...], query_entries: bool, **said: Any) -> None:
    """Print the archive of an entry as JSON: what NOMAD read from its files, in SI units.

    With --query-entries: of all entries of a search, a line of JSON each, as they arrive. A column whose name ends in a
    unit is given in it.

    \b
    nomad-swagger archive ENTRY --at section_run/-1/section_system/-1/atom_labels
    nomad-swagger archive --query-entries code=VASP elements=Si --to si.ndjson
    nomad-swagger archive --query-entries elements=Si -o csv \\
        --column energy_eV=run/-1/calculation/-1/energy/total/value
    """
    if query_entries:
        _many(server, words, said)
    else:
        _one(server, words, said)


def _one(server: Server, words: tuple[str, ...], said: dict[str, Any]) -> None:
    from nomad_swagger.flows.archives import one as flow

    if len(words) != 1:
        raise UsageError("give the id of one entry; or --query-entries and a search, such as elements=Si")
    for option in ("limit", "page_size", "columns", "fmt", "file"):
        if said[option]:
            raise UsageError(f"{_option(option)} goes with --query-entries")
    if said["path"]:
        try:
            show_json(flow.archive_value(server.client(), words[0], said["path"], said["unit"]))
        except KeyError as error:
            raise Verdict(str(error.args[0]), _NOTHING_THERE) from error
        return
    pick = _pick(said["expression"])
    show_json(pick(flow.archive(server.client(), words[0], required=_required(said["required"]))))


def _many(server: Server, words: tuple[str, ...], said: dict[str, Any]) -> None:
    from nomad_swagger.flows.archives.query import archives

    columns = {name: str(path) for name, path in key_values(said["columns"]).items()}
    fmt = said["fmt"] or ("table" if columns else "ndjson")
    if bool(columns) != (fmt != "ndjson"):
        raise UsageError(f"-o {fmt} {'takes no' if columns else 'needs'} --column NAME=PATH")
    if said["path"]:
        raise UsageError("--at is for one entry; for a search use --column NAME=PATH")
    pick = _pick(said["expression"])
    write = frame_out(fmt, said["file"], overwrite=said["replace"]) if columns else None
    with counting_bar("archives") as progress:
        found = archives(
            server.client(),
            required=_required(said["required"]),
            owner=said["owner"],
            limit=said["limit"],
            page_size=said["page_size"],
            missing="raise",
            progress=progress,
            query=key_values(words),
        )
        if write is not None:
            write(found.to_pandas(columns))
        elif said["file"]:
            _write(found, said["file"], pick, said)
        else:
            _print(found, pick)


def _print(found: Archives, pick: Pick) -> None:
    from nomad_swagger.flows.archives.lines import line_of

    count = 0
    for one in found:
        say(line_of(one, pick(one)))
        count += 1
    note(f"{count} of {len(found)} {plural('archive', len(found))}")


def _write(found: Archives, file: Path, pick: Pick, said: dict[str, Any]) -> None:
    from nomad_swagger.flows.archives.lines import write_lines

    count = write_lines(found, file, pick=pick, what=said["expression"] or "", overwrite=said["replace"])
    note(f"{file}: {count} {plural('archive', count)}")


def _pick(expression: str | None) -> Pick:
    """Give what an expression picks from an archive; all of it without one."""
    if not expression:
        return lambda one: one
    import jmespath

    try:
        compiled = jmespath.compile(expression)
    except jmespath.exceptions.JMESPathError as error:
        raise UsageError(f"--query {expression!r} is no JMESPath: {error}") from error

    def pick(one: Any) -> Any:
        try:
            return compiled.search(dict(one))
        except jmespath.exceptions.JMESPathError as error:
            raise UsageError(f"--query {expression!r} does not fit the archive: {error}") from error

    return pick


def _required(text: str | None) -> Any:
    return read_body(text) if text else None


def _option(name: str) -> str:
    return {"columns": "--column", "fmt": "-o", "file": "--to"}.get(name, f"--{name.replace('_', '-')}")
