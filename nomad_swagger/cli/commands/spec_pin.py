"""``spec pin`` and ``spec verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nomad_swagger import settings
from nomad_swagger.cli.failures import Verdict
from nomad_swagger.cli.options import Server, offered, server_options
from nomad_swagger.cli.output import note, say
from nomad_swagger.cli.specs import diff_report, pinned_folder

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec


@click.command()
@click.argument("source")
@click.option("--name", required=True, help="What to call it.")
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path("specs"), show_default=True
)
@click.option("--update", is_flag=True, help="Replace a pin of that name; prints what changes first.")
@server_options
def pin(server: Server, source: str, name: str, folder: Path, update: bool) -> None:
    """Pin a description: canonical JSON and a line with its hash, to commit into your own repository.

    \b
    nomad-swagger spec pin https://nomad.example.org/prod/rae/api --name our-nomad
    """
    from nomad_swagger.apispec.cache import utc_now
    from nomad_swagger.apispec.pins import nomad_version_of, pin
    from nomad_swagger.apispec.snapshots import read_index

    found = server.about(source, live="://" in source)
    before = read_index(folder).get(name)
    if before is not None and update:
        say(diff_report(_as_spec(before), found, title=f"{name}: pinned → now"))
    made = pin(
        found.document,
        name=name,
        source=source,
        folder=folder,
        generation=found.generation,
        nomad_version=nomad_version_of(found.document),
        fetched_at=utc_now() if "://" in source else found.origin.fetched_at,
        update=update,
    )
    note(f"pinned {made.name} in {made.path}: {made.operations} operations, sha256 {made.sha256}")


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=offered("snapshot_names"))
@click.option("--against", metavar="URL", help="Also compare with what a server says now.")
@server_options
def verify(server: Server, names: tuple[str, ...], against: str | None) -> None:
    """Check pins: their hashes, their validity, and that our verbs find their operations.

    Without names all pins of one folder: --specs, else the first of NOMAD_SWAGGER_SPECS and ./specs that has an index,
    else those that come along. Exits with 8 on tampering, or with --against on drift, with the difference in words.
    """
    from nomad_swagger.apispec.cache import SpecCache
    from nomad_swagger.apispec.snapshots import read_index
    from nomad_swagger.apispec.verify import verify_folder

    folder = pinned_folder(server.specs, names)
    cache = SpecCache(settings.cache_folder())
    problems = verify_folder(folder, names, is_known_valid=cache.is_valid)
    for problem in problems:
        note(problem.message)
    if problems:
        raise Verdict(f"{len(problems)} problems in {folder}", 8)
    rows = read_index(folder)
    checked = [rows[name] for name in names or sorted(rows)]
    for snapshot in checked:
        cache.mark_valid(snapshot.sha256)
        say(f"{snapshot.name}: {snapshot.operations} operations, sha256 {snapshot.sha256[:12]}… as pinned")
    if against is None:
        return
    live = server.about(against, live=True)
    for snapshot in checked:
        then = _as_spec(snapshot)
        if then.diff(live):
            say(diff_report(then, live, title=f"{snapshot.name} → {against}"))
            raise Verdict(f"{against} is no longer what {snapshot.name} says", 8)
        say(f"{snapshot.name}: {against} says the same")


def _as_spec(snapshot: object) -> Spec:
    from nomad_swagger.apispec.model import Origin, Spec
    from nomad_swagger.apispec.snapshots import Snapshot

    assert isinstance(snapshot, Snapshot)
    origin = Origin("snapshot", snapshot.name, snapshot.fetched_at)
    return Spec.kept(snapshot.read_text(), origin, snapshot.sha256, folder=settings.cache_folder())
