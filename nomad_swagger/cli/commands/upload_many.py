"""``upload-many``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nomad_swagger.cli.commands.upload import ALLOW_FAILED
from nomad_swagger.cli.consent import Consent, deed_options
from nomad_swagger.cli.exit_codes import exit_code
from nomad_swagger.cli.failures import Verdict
from nomad_swagger.cli.options import Server, output_option, server_options
from nomad_swagger.cli.output import counting_bar, note, plural, show_rows
from nomad_swagger.errors import UsageError

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.flows.batch_items import Outcome, Told

COLUMNS = ("folder", "upload_id", "entries", "failed", "published", "state", "error")
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class _Size(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.4 on
    """A number of bytes such as ``500M`` or ``2G``."""

    name = "size"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Give the bytes."""
        text = str(value).strip().upper().removesuffix("B").removesuffix("I")
        unit = text[-1:] if text[-1:] in _UNITS else ""
        try:
            return int(float(text.removesuffix(unit) or "x") * _UNITS[unit])
        except ValueError:
            self.fail(f"{value!r} is no size such as 500M or 2G", param, ctx)


@click.command()
@click.argument("folders", metavar="FOLDER...", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--table", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="CSV or YAML, see below.")
@click.option("--dataset", "datasets", metavar="NAME", multiple=True, help="Put all entries into it; may be repeated.")
@click.option("--pack", "pack_bytes", type=_Size(), default=0, metavar="SIZE", help="Several folders an upload, up to.")
@click.option("--jobs", type=click.IntRange(1, 16), default=2, show_default=True, help="Uploads at once.")
@click.option("--publish", "publishes", is_flag=True, help="Publish each, before the next where there is no room.")
@click.option("--ledger", type=click.Path(dir_okay=False, path_type=Path), help="The file that remembers what is done.")
@click.option("--include", metavar="PATTERN", multiple=True, help="Only such files of the folders; may be repeated.")
@click.option("--exclude", metavar="PATTERN", multiple=True, help="None of these; may be repeated.")
@click.option("--timeout", "timeout_s", type=float, default=3600, show_default=True, help="Seconds to wait for each.")
@ALLOW_FAILED
@deed_options
@output_option()
@server_options
def upload_many(
    server: Server,
    consent: Consent,
    folders: tuple[Path, ...],
    table: Path | None,
    datasets: tuple[str, ...],
    pack_bytes: int,
    jobs: int,
    publishes: bool,
    ledger: Path | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    timeout_s: float,
    allow_failed: bool,
    fmt: str,
) -> None:
    """Make an upload of each of many folders (or zips), wait for them, and tell what became of each.

    The table has a row for each folder, with the columns folder, name, comment, references, coauthors, datasets
    (several with ; between) and embargo_months; without FOLDER... all its folders are meant.

    A ledger remembers what is done: typed again after it broke off, the same command does the rest, and makes no upload
    twice. Without --publish it stops at the server's limit of unpublished uploads, exits with 1, and says what to type.
    """
    from nomad_swagger.flows.batch_items import LEDGER, items_of
    from nomad_swagger.flows.batch_plan import plan_many
    from nomad_swagger.flows.deeds import agree, need_login
    from nomad_swagger.flows.many_uploads import Run
    from nomad_swagger.transfers.ledger import Ledger
    from nomad_swagger.transfers.survey import rules_of

    sources, told = _asked(folders, table, publishes=publishes)
    client = server.client(consent)
    need_login(client, "upload-many")
    kept = Ledger(ledger or _ledger_of(client), LEDGER)
    rules = rules_of(include, exclude)
    place = f"{client.nomad.api_url}\0{client.nomad.login.who or ''}"
    items = items_of(sources, told, place=place, ledger=kept, rules=rules, pack_bytes=pack_bytes)
    run = Run(client, kept, publishes, allow_failed, datasets, timeout_s)
    plan = plan_many(run, items)
    if plan is not None:
        agree(client, plan)
    done: dict[str, Outcome] = {}
    try:
        with counting_bar("uploads") as bar:
            for number, outcomes in enumerate(run.outcomes(items, jobs=jobs), 1):
                done.update((one.folder, one) for one in outcomes)
                bar(number, len(items))
                for one in outcomes:
                    _note(one)
    finally:  # what is made is there, also when somebody stops the rest
        order = [str(source) for item in items for source in item.sources]
        show_rows([done[folder] for folder in order if folder in done], columns=COLUMNS, fmt=fmt, key="upload_id")
        note(f"ledger: {kept.path}")
    _judge(list(done.values()), kept.path, publishes=publishes)


def _asked(folders: Sequence[Path], table: Path | None, *, publishes: bool) -> tuple[list[Path], dict[Path, Told]]:
    """Give the folders that are meant, and what is told about each.

    Raises
    ------
    UsageError
    """
    from nomad_swagger.cli.upload_table import read_table

    told = read_table(table) if table is not None else {}
    named = [folder.resolve() for folder in folders] or list(told)
    if not named:
        raise UsageError("upload what? nomad-swagger upload-many FOLDER…, or --table FILE with their names")
    missing = [path for path in named if not path.exists()]
    if missing:
        raise UsageError(f"the table {table} names {missing[0]}, and there is no such folder. Nothing was sent.")
    beyond = [path for path in told if path not in named]
    if beyond:
        note(f"note: {len(beyond)} {plural('row', len(beyond))} of the table left out: their folders are not named")
    if any(told[path].embargo_months for path in named if path in told) and not publishes:
        raise UsageError("embargo_months of the table is for --publish: NOMAD takes it when an upload is published")
    return named, told


def _ledger_of(client: NomadClient) -> Path:
    from nomad_swagger.settings import state_folder

    nomad = client.nomad
    told = hashlib.sha256(f"{nomad.api_url}\0{nomad.login.who or ''}".encode()).hexdigest()[:12]
    return state_folder() / f"upload-many-{told}.sqlite"


def _note(one: Outcome) -> None:
    if one.error:
        note(f"{one.folder}: {one.error}")


def _judge(done: Sequence[Outcome], ledger: Path, *, publishes: bool) -> None:
    """Fail as the worst of the folders.

    Raises
    ------
    Verdict
    """
    left = sum(one.state == "left" for one in done)
    failed = [one for one in done if one.failure is not None]
    words, code = [], 0
    if failed:
        words.append(f"{len(failed)} of {len(done)} folders failed")
        code = max(exit_code(one.failure) for one in failed if one.failure is not None)
    if left:
        mine = " ".join(dict.fromkeys(one.upload_id for one in done if one.upload_id and not one.published))
        free = f"nomad-swagger publish {mine}" if mine else "nomad-swagger uploads"
        words.append(
            f"{left} of {len(done)} folders are left: this server allows you no more unpublished uploads. Publish or "
            f"delete some ({free}){'' if publishes else ', or give --publish'}; then the same again does the rest. "
            f"What is done stands in the ledger {ledger}"
        )
        code = max(code, 1)
    if words:
        raise Verdict(". ".join(words), code)
