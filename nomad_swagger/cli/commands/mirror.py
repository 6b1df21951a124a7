"""``mirror``: the group of commands about a query as a folder."""

from __future__ import annotations

import click

from nomad_swagger.cli.lazy import LazyGroup, Table

COMMANDS: Table = {
    "run": ("mirror_run", "Make a mirror, or go on with one."),
    "plan": ("mirror_plan", "Say what a mirror would cost, and whether there is room."),
    "status": ("mirror_look", "Say how far a mirror is."),
    "verify": ("mirror_look", "Read every file of a mirror and compare it with the ledger."),
    "export": ("mirror_look", "Print the manifest: paths, sizes, sha256, ids, licences, DOIs."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def mirror() -> None:
    """A mirror is what a query finds, as a folder: files, metadata, archives.

    A ledger in it knows what has come, so that a run goes on where another one stopped.
    """
