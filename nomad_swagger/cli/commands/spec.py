"""``spec``: the group of commands about API descriptions."""

from __future__ import annotations

import click

from nomad_swagger.cli.lazy import LazyGroup, Table

COMMANDS: Table = {
    "list": ("spec_list", "List cached, pinned and shipped descriptions."),
    "show": ("spec_list", "Print a description."),
    "fetch": ("spec_list", "Fetch a server's description into the cache."),
    "clean": ("spec_list", "Empty the cache."),
    "pin": ("spec_pin", "Pin a description into a folder of your own."),
    "verify": ("spec_pin", "Check pinned descriptions, or compare them with a server."),
    "diff": ("spec_diff", "Say what changed between two descriptions, and what breaks."),
    "doctor": ("spec_diff", "Say what in a description bites a client."),
    "stubs": ("stubs", "Write types for editors and type checkers."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def spec() -> None:
    """API descriptions: what a server says of itself, pinned so that nothing changes unseen.

    A SOURCE is a URL (of an API or of its document), a path, or a snapshot's name.
    """
