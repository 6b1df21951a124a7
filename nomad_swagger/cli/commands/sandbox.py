"""``sandbox``: run an embedded NOMAD, list those that run, stop one."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import click

from nomad_sandbox.command import OPTIONS, start
from nomad_swagger import instances, settings
from nomad_swagger.cli.options import output_option, without_server
from nomad_swagger.cli.output import note, show_rows
from nomad_swagger.errors import NomadError

_COLUMNS = ("name", "port", "pid", "url", "data", "started")
STOP_S = 10.0


@click.group(invoke_without_command=True, params=list(OPTIONS), help=start.__doc__)
@click.pass_context
@without_server
def sandbox(ctx: click.Context, /, **options: Any) -> None:  # its help is that of `start`
    if ctx.invoked_subcommand is None:
        start(**options)


@sandbox.command("list")
@output_option("table", "json", "ndjson", "csv", "ids")
def list_(fmt: str) -> None:
    """List the sandboxes that run on this machine."""
    show_rows(instances.running(settings.state_folder()), columns=_COLUMNS, fmt=fmt, key="name")


@sandbox.command()
@click.argument("which", metavar="[NAME|PORT]", default="")
def stop(which: str) -> None:
    """Stop a running sandbox; it need not be named where it is the only one."""
    folder = settings.state_folder()
    chosen = instances.find(folder, which)
    os.kill(chosen.pid, signal.SIGTERM)
    end_s = time.monotonic() + STOP_S
    while chosen in instances.running(folder):
        if time.monotonic() > end_s:
            raise NomadError(f"sandbox {chosen.name}: process {chosen.pid} was asked to stop and still answers")
        time.sleep(0.05)
    note(f"stopped {chosen.told}")
