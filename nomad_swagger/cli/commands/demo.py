"""``demo``: the whole flow on a real calculation, told step by step. Nothing it says is a constant."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nomad_swagger import settings
from nomad_swagger.cli.options import without_server
from nomad_swagger.cli.output import plural, say
from nomad_swagger.errors import ProcessingFailed

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.flows.records import Entry, Upload

_SHOWN_ENTRIES = 10
_NEXT = (
    ("help demo", "the same with a calculation of yours: --input FILE"),
    ("ops --spec nomad-2.0.0", "what a NOMAD of today can do"),
    ("sandbox", "a NOMAD that stays, to play with"),
)


@click.command()
@click.option("--input", "source", type=click.Path(exists=True, path_type=Path), help="A zip, a folder or one output.")
@click.option("--to", "folder", type=click.Path(path_type=Path), default=Path("demo-data"), show_default=True)
@click.option("--user", default="leonard.hofstadter@nomad-fairdi.tests.de", show_default=True, help="A toy account.")
@click.option("--comment", default="Uploaded by the demo of nomad-swagger", show_default=True)
@without_server
def demo(source: Path | None, folder: Path, user: str, comment: str) -> None:
    """Show the whole flow: upload, process, publish, find, download, read.

    Runs against an embedded NOMAD that it starts and stops; nothing leaves this machine. The calculation is silicon by
    Quantum ESPRESSO unless --input names yours (codes: see the README).
    """
    from nomad_sandbox import Sandbox
    from nomad_swagger.client.connect import connect

    begin = time.monotonic()
    source = source or _example()
    with Sandbox() as box:
        say(f"An embedded NOMAD runs at {box.api_url}")
        profile = settings.sandbox_profile(box.url)
        client = connect(profile=profile, user=user, password="password")  # noqa: S106 - toy
        operations = client.nomad.spec.operations
        say(f"Its description ({client.nomad.spec.title}) gives a client with {len(operations)} operations")
        published = _publish(client, source, comment)
        _fetch(client, published, folder)
    say(f"\nDone in {time.monotonic() - begin:.1f} s. Next:")
    for command, why in _NEXT:
        say(f"  {_callable()} {command:28} {why}")


def _callable() -> str:
    """Give how this program is called from here: by its name where a shell finds it, else by its path."""
    if shutil.which("nomad-swagger") is not None:
        return "nomad-swagger"
    here = Path(sys.argv[0])
    if here.name != "nomad-swagger":
        return f"{sys.executable} -m nomad_swagger"
    return os.path.relpath(here) if here.is_relative_to(Path.cwd()) else str(here)


def _publish(client: NomadClient, source: Path, comment: str) -> Upload:
    from nomad_swagger.flows import publishing, sending, waiting

    made = sending.upload(client, source, name=source.name)
    say(f"\nUpload {made.upload_id} ({source.name}) went up")
    tell = _stages()
    done = waiting.wait(client, made, progress=tell)
    say(f"  processed: {done.entries} {plural('entry', done.entries)}, {done.failed} of them failed")
    for words in done.errors:
        say(f"  could not be read: {words}")
    if not done.entries:
        raise ProcessingFailed(f"{source}: NOMAD found no calculation of a code that it knows in there", upload=done)
    public = publishing.publish(client, done, comment=comment, progress=tell)
    say(f"  published: {'yes' if public.published else 'no'}")
    return public


def _fetch(client: NomadClient, upload: Upload, folder: Path) -> None:
    from nomad_swagger.flows.search import search

    found = search(client, upload_id=upload.upload_id)
    say(f"\nEverybody finds it: {found.total} {plural('entry', found.total)}")
    for number, entry in enumerate(found):
        if number == _SHOWN_ENTRIES:
            say(f"  … and {found.total - number} more")
            break
        say(f"  {entry.entry_id}  {entry.formula}  {entry.code}  {entry.mainfile}")
        say(f"    by {entry.owner}: {entry.comment}")
        _read_back(client, entry, folder / upload.upload_id)


def _read_back(client: NomadClient, entry: Entry, folder: Path) -> None:
    from nomad_sandbox.calculations import read_calculation
    from nomad_sandbox.mainfiles import find_mainfiles, load_parsers
    from nomad_swagger.flows.download import download

    folder = folder / entry.entry_id
    path = download(client, f"{entry.upload_id}/{entry.mainfile}", to=folder, replace=True)
    say(f"    downloaded: {path} ({path.stat().st_size:,} bytes)")
    parser = next((parser for name, parser in find_mainfiles(folder, load_parsers()) if name == path.name), None)
    if parser is None or not entry.raw.get("processed", True):
        say("    ASE cannot read it, as NOMAD could not")
        return
    calculation = read_calculation(path, parser)
    frame = calculation.frames[-1]
    energy = "no energy" if frame.energy_eV is None else f"{frame.energy_eV:.3f} eV".replace("-", "\N{MINUS SIGN}")
    say(f"    ASE reads: {frame.atoms.get_chemical_formula()}, {energy}")
    for doubt in calculation.doubts:
        say(f"    but: {doubt}")


def _stages() -> Callable[[Upload], None]:
    seen: set[str] = set()

    def tell(upload: Upload) -> None:
        words = f"{upload.stage} ({upload.status})"
        if words not in seen:
            seen.add(words)
            say(f"  {words}")

    return tell


def _example() -> Path:
    """Give the folder of the calculation that comes along, installed or in a checkout."""
    from nomad_swagger.cli.commands.tutorials import where

    return where() / "data" / "silicon"
