"""``wait``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nomad_swagger.cli.commands.upload import ALLOW_FAILED, COLUMNS, judge, note_failures
from nomad_swagger.cli.many import UPLOADS, Each, read_ids, until_over
from nomad_swagger.cli.options import Server, output_option, server_options, timeout_option
from nomad_swagger.words import Until

if TYPE_CHECKING:
    from nomad_swagger.flows.records import Upload


@click.command()
@UPLOADS
@click.option(
    "--until", type=click.Choice(["processed", "published", "deleted"]), default="processed", show_default=True
)
@timeout_option
@ALLOW_FAILED
@output_option()
@server_options
def wait(server: Server, words: tuple[str, ...], until: Until, timeout_s: float, allow_failed: bool, fmt: str) -> None:
    """Wait until uploads are processed, published or deleted; - reads their ids from standard input.

    Exits with 5 when NOMAD could not process one, or read nothing of it, and with 7 when the time is up; the upload
    goes on all the same. Of several uploads the highest code counts.
    """
    from nomad_swagger.cli.watching import watching
    from nomad_swagger.flows import waiting

    client, left_s = server.client(), until_over(timeout_s)

    def one(upload_id: str) -> Upload:
        with watching(client) as progress:
            seen = waiting.wait(client, upload_id, until=until, timeout_s=left_s(), progress=progress)
        note_failures(seen.errors)
        return seen

    def verdict(seen: Upload) -> None:
        judge([seen], allow_failed=allow_failed)

    Each(COLUMNS, fmt, read_ids(words)).do(one, judge=verdict if until == "processed" else None)
