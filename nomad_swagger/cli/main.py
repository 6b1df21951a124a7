"""The table of commands."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from nomad_swagger.cli.exit_codes import in_a_row
from nomad_swagger.cli.failures import run
from nomad_swagger.cli.lazy import LazyGroup, Table
from nomad_swagger.cli.options import console_options, server_options
from nomad_swagger.cli.words import shielded

COMMANDS: Table = {
    "demo": ("demo", "Show the whole flow on a real calculation, with an embedded NOMAD."),
    "sandbox": ("sandbox", "Run an embedded NOMAD on this machine."),
    "login": ("login", "Log in once; later commands use it."),
    "logout": ("login", "Forget a stored login, and end it at the server."),
    "logins": ("logins", "List the stored logins."),
    "whoami": ("whoami", "Tell who calls, by what, until when, and where that was said."),
    "config": ("config", "The config file: list, get, set, path."),
    "doctor": ("doctor", "Look at what is in the way: server, login, clock, folders."),
    "token": ("token", "Personal access tokens: create, list, rotate, revoke."),
    "upload": ("upload", "Upload zip or tar files, or folders."),
    "upload-many": ("upload_many", "Make an upload of each of many folders, with a ledger."),
    "uploads": ("upload", "List your uploads."),
    "put": ("put", "Put files into an upload that is there."),
    "rm": ("put", "Remove files of an upload that is not published."),
    "process": ("put", "Have NOMAD process an upload's files again."),
    "wait": ("wait", "Wait until an upload is processed, published or deleted."),
    "show": ("show", "Show an entry, or an upload and what failed in it."),
    "publish": ("publish", "Publish an upload; it cannot be taken back."),
    "delete": ("publish", "Delete an unpublished upload."),
    "search": ("search", "Search entries: key=value, repeated for several values."),
    "download": ("download", "Download raw files of entries, uploads, paths or a query."),
    "ls": ("ls", "List the files of an upload, a folder or an entry."),
    "cat": ("cat", "Print a raw file."),
    "archive": ("archive", "Print the archive of an entry."),
    "stats": ("stats", "Count entries by a quantity: a table, and a picture."),
    "cite": ("cite", "Print how to cite an entry or a dataset, as BibTeX."),
    "mirror": ("mirror", "A query as a folder: run, plan, status, verify, export."),
    "open": ("open", "Open the web page of an upload, an entry or a dataset."),
    "edit": ("edit", "Edit comment, references, coauthors, embargo of your entries; name, reviewers, sharing."),
    "users": ("users", "Find people with an account."),
    "dataset": ("dataset", "Datasets: create, list, show, add, remove, delete, doi."),
    "ops": ("ops", "List the operations of an API."),
    "describe": ("describe", "Describe an operation: what it takes and gives, and who may call it."),
    "call": ("call", "Call any operation; its parameters are options."),
    "recipe": ("recipe", "Print a call as curl, wget, requests, bravado or one of these commands."),
    "spec": ("spec", "API descriptions: list, show, fetch, pin, verify, diff, doctor, stubs."),
    "shell": ("shell", "Open a Python prompt with the client and the helpers."),
    "dashboard": ("dashboard", "Open the API in the browser, with your login."),
    "mcp": ("mcp", "Serve reading tools to an assistant, on stdin and stdout."),
    "completion": ("completion", "Completion for bash, zsh and fish: install, show."),
    "help": ("help", "Say what a command does and takes."),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"Exit codes: {in_a_row()}.",
)
@click.version_option(package_name="nomad-swagger", prog_name="nomad-swagger")
@server_options
def cli() -> None:
    """NOMAD from the shell: every operation of a server, and the way from an upload to published data.

    \b
    Try it:   nomad-swagger demo
    Explore:  nomad-swagger ops search --spec nomad-0.8.6
    """


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    run(console_options(cli), shielded(sys.argv[1:]))
