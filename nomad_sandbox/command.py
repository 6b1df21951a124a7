"""The command that runs an embedded NOMAD until it is stopped: ``python -m nomad_sandbox``, ``nomad-swagger sandbox``.

Knows the options and what is said to a person. It must not know how anything is served.
"""

from __future__ import annotations

import errno
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nomad_sandbox.addresses import FACES, PORT
from nomad_sandbox.registry import free_port_after, registered, who_is_on

if TYPE_CHECKING:
    from nomad_sandbox.sandbox import Sandbox


def _reader(read: Callable[[Any], Any]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """Give what turns an option's text into what it says, with its complaint as click's."""

    def callback(_: click.Context, __: click.Parameter, value: Any) -> Any:
        try:
            return None if value is None else read(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    return callback


def _limits(text: str) -> Any:
    from nomad_sandbox.limits import read_limits

    return read_limits(text)


def _rate(text: str) -> Any:
    from nomad_sandbox.conditions import read_rate

    return read_rate(text)


def _faults(texts: tuple[str, ...]) -> tuple[str, ...]:
    from nomad_sandbox.faults import read_fault

    return tuple(read_fault(text).text for text in texts)


OPTIONS = (
    click.Option(["--port"], type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: any."),
    click.Option(["--name"], help="What to call it, where several run.  [default: its port]"),
    click.Option(["--data"], type=click.Path(file_okay=False, path_type=Path), help="Keep everything in this folder."),
    click.Option(["--token-ttl", "token_ttl_s"], type=click.IntRange(1), default=300, show_default=True, metavar="S"),
    click.Option(
        ["--login"],
        type=click.Choice(["keycloak", "api"]),
        default="keycloak",
        show_default=True,
        help="api: no Keycloak is named, as an institute's NOMAD looks from outside.",
    ),
    click.Option(
        ["--local-folder"],
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="The folder from which local_path uploads may come.",
    ),
    click.Option(
        ["--limits"],
        metavar="N[,SIZE]",
        callback=_reader(_limits),
        help="Unpublished uploads of a user, and the size of each.  [default: 10,32GiB]",
    ),
    click.Option(["--storage-gateway"], is_flag=True, help="Send downloads of public zips to a signed address (307)."),
    click.Option(
        ["--rate"],
        metavar="N|central",
        callback=_reader(_rate),
        help="Requests a second from one address; 503 beyond. central, or 30,at-once=10,status=429.",
    ),
    click.Option(["--latency-ms"], type=click.FloatRange(0), default=0.0, metavar="MS", help="Before each answer."),
    click.Option(
        ["--fault", "faults"],
        multiple=True,
        metavar="PLAN",
        callback=_reader(_faults),
        help="What shall go wrong: cut:5MB@raw, 503:0.1, lost-answer@publish, html@edit, slow, 429:retry-after=2.",
    ),
    click.Option(["--seed"], type=int, help="Of the chances of faults, to repeat a run."),
)


def _prepared(port: int, **options: Any) -> Sandbox:
    """Give a sandbox that has its port; a taken one is explained."""
    from nomad_sandbox.sandbox import Sandbox

    box = Sandbox(port=port, **options)
    try:
        box.prepare()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise click.ClickException(_taken(port)) from error
    return box


def _taken(port: int) -> str:
    pid, other = who_is_on(port), free_port_after(port)
    who = "another program" if pid is None else f"another embedded NOMAD (process {pid})"
    use = "" if pid is None else f" Use that one, stop it with `nomad-swagger sandbox stop {port}`, or"
    return f"port {port} is taken by {who}.{use or ' So'} start this one with `--port {other}`, which is free."


def _banner(box: Sandbox, name: str, faults: tuple[str, ...], login: str) -> list[str]:
    """Give the lines that tell a person what there is and what to type next."""
    width = max(len(face.nickname) for face in FACES)
    lines = [f"NOMAD {face.version}  --url {face.nickname:<{width}}  {box.url}{face.base_path}" for face in FACES]
    people = box.accounts.search("")
    emails = ", ".join(user.email for user in people)
    lines += [f"Keycloak     {box.keycloak_url}"] if login == "keycloak" else []
    lines += [f"Accounts     {emails}; each one's password is 'password'"]
    if faults:
        lines.append(f"Faults       {'  '.join(faults)}; repeat this run with --seed {box.faults.seed}")
    first = next(user.email for user in people if not user.is_admin)
    return [
        *lines,
        f"Next         nomad-swagger login --url {FACES[-1].nickname}:{name} --user {first}, in another terminal",
    ]


def start(
    *, name: str | None, latency_ms: float, data: Path | None, faults: tuple[str, ...], login: str, **options: Any
) -> None:
    """Run an embedded NOMAD on this machine until Ctrl-C.

    A small real NOMAD: real files, real calculations, three toy accounts. Other commands find it with --url sandbox,
    or sandbox:NAME where several run.
    """
    for end in (signal.SIGTERM, signal.SIGINT):  # a shell starts what is in its background deaf to Ctrl-C
        signal.signal(end, signal.default_int_handler)
    box = _prepared(options.pop("port"), data=data, latency_s=latency_ms / 1000, faults=faults, **options)
    name = name or str(box.port)
    with registered(box.port, name=name, data=data, login=login):
        for line in _banner(box, name, faults, login):
            click.echo(line)
        click.echo("Stop with Ctrl-C.", err=True)
        try:
            box.serve_forever()
        except KeyboardInterrupt:
            click.echo("stopped", err=True)


command = click.Command("nomad_sandbox", callback=start, params=list(OPTIONS), help=start.__doc__)
