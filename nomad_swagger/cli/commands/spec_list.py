"""``spec list``, ``show``, ``fetch`` and ``clean``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from nomad_swagger import settings
from nomad_swagger.cli.options import Server, offered, output_option, server_options, wide_option
from nomad_swagger.cli.output import note, say, say_json, show_rows, takes

COLUMNS = ("name", "origin", "age", "generation", "operations", "sha256")


@click.command("list")
@output_option()
@server_options
def list_(server: Server, fmt: str) -> None:
    """List the descriptions at hand: the cache, the folders of pins, and those that come along."""
    found = show_rows(_rows(server.specs), columns=COLUMNS, fmt=fmt, key="name")
    note(f"{found} descriptions")


@click.command()
@click.argument("source", required=False, shell_complete=offered("snapshot_names"))
@click.option("-o", "--output", "fmt", type=click.Choice(["json", "yaml"]), default="json", show_default=True)
@server_options
def show(server: Server, source: str | None, fmt: str) -> None:
    """Print a description as the server wrote it."""
    import json

    document = server.about(source).document
    if fmt == "json":
        say_json(json.dumps(document, indent=2, ensure_ascii=False))
        return
    import yaml

    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    text = text if takes(text) else yaml.safe_dump(document, sort_keys=False, allow_unicode=False)
    say(text.rstrip(), exact=True)


@click.command()
@click.argument("source", metavar="URL", required=False)
@wide_option
@server_options
def fetch(server: Server, source: str | None) -> None:
    """Fetch a server's description into the cache; nothing but the server's answer will do."""
    spec = server.about(source, live=True)
    show_rows([_row(spec.url, spec)], columns=COLUMNS, fmt="table", key="name")


@click.command()
@server_options
def clean(server: Server) -> None:
    """Empty the cache of fetched descriptions; pins and shipped ones stay."""
    from nomad_swagger.apispec.cache import SpecCache

    del server
    note(f"{SpecCache(settings.cache_folder()).clear()} cached descriptions removed")


def _rows(specs: str | None) -> Iterator[dict[str, Any]]:
    from nomad_swagger.apispec.cache import SpecCache
    from nomad_swagger.apispec.model import Origin, Spec
    from nomad_swagger.apispec.snapshots import all_snapshots, shipped_folder

    for kept in SpecCache(settings.cache_folder()).entries():
        origin = Origin("cache", kept.url, kept.fetched_at)
        yield _row(kept.url, Spec.kept(kept.text, origin, kept.sha256, folder=settings.cache_folder()))
    for pinned in all_snapshots(settings.spec_folders(specs)):
        origin = Origin("snapshot", pinned.name, pinned.fetched_at)
        yield {
            "name": pinned.name,
            "origin": "shipped" if _is_in(pinned.path, shipped_folder()) else str(pinned.path.parent),
            "age": origin.age,
            "generation": pinned.generation,
            "operations": pinned.operations,
            "sha256": pinned.sha256,
        }


def _row(name: str, spec: Any) -> dict[str, Any]:
    return {
        "name": name,
        "origin": spec.origin.kind,
        "age": spec.origin.age,
        "generation": spec.generation,
        "operations": len(spec.operations),
        "sha256": spec.sha256,
    }


def _is_in(path: Path, folder: Path) -> bool:
    return path.resolve().parent == folder.resolve()
