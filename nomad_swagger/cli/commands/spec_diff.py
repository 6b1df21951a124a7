"""``spec diff`` and ``spec doctor``."""

from __future__ import annotations

import click

from nomad_swagger.cli.failures import Verdict
from nomad_swagger.cli.options import Server, offered, server_options
from nomad_swagger.cli.output import say
from nomad_swagger.cli.specs import diff_report


@click.command()
@click.argument("old", metavar="A", shell_complete=offered("snapshot_names"))
@click.argument("new", metavar="B", shell_complete=offered("snapshot_names"))
@click.option("--fail-on", type=click.Choice(["breaking", "any"]), help="Exit with 8 if there is such a change.")
@click.option(
    "-o", "--output", "fmt", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True
)
@server_options
def diff(server: Server, old: str, new: str, fail_on: str | None, fmt: str) -> None:
    """Say what a script written for A notices on B: breaking, compatible and cosmetic changes.

    \b
    nomad-swagger spec diff nomad-0.7.9 nomad-0.8.6
    nomad-swagger spec diff our-nomad https://nomad.example.org/prod/rae/api --fail-on breaking
    """
    from nomad_swagger.apispec.diff import BREAKING

    before, after = server.about(old), server.about(new)
    say(diff_report(before, after, title=f"{old} → {new}", fmt=fmt), folds=fmt == "text")
    changes = before.diff(after)
    breaking = [change for change in changes if change.severity == BREAKING]
    if (fail_on == "any" and changes) or (fail_on == "breaking" and breaking):
        raise Verdict(f"{new} differs from {old}: {len(breaking)} of {len(changes)} changes are breaking", 8)


@click.command()
@click.argument("source", required=False, shell_complete=offered("snapshot_names"))
@server_options
def doctor(server: Server, source: str | None) -> None:
    """Say what in a description bites a client, operation by operation, and what we do about it."""
    from nomad_swagger.apispec.doctor import examine, report_findings

    spec = server.about(source)
    say(report_findings(examine(spec.document, spec.losses), title=source or spec.title).rstrip("\n"), folds=True)
