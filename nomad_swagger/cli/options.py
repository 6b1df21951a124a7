"""Options that many commands share, and the client or description that they ask for."""

from __future__ import annotations

import functools
import logging
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nomad_swagger.errors import NomadWarning, UsageError

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec
    from nomad_swagger.cli.consent import Consent
    from nomad_swagger.client.client import NomadClient

F = TypeVar("F", bound=Callable[..., Any])

# One id in 64 begins with a dash. 22 characters are an upload's, 28 an entry's; a path may follow.
_DASHED_ID = re.compile(r"-[A-Za-z0-9_](?:[\w-]{20}|[\w-]{26})(?:/.*)?", re.ASCII)
_SHIELD = "\ufdd0"

FORMATS = ("table", "json", "ndjson", "csv", "ids")


@dataclass(frozen=True)
class Server:
    """Which server and which description a command is about, as the command line says it."""

    profile: str | None = None
    url: str | None = None
    spec: str | None = None
    specs: str | None = None
    anonymous: bool = False
    verbose: int = 0

    def client(self, consent: Consent | None = None) -> NomadClient:
        """Give the client; who calls is settled by environment, profile and stored login.

        A command that changes something has a consent watch over it.
        """
        from nomad_swagger.client.connect import connect

        client = connect(
            self.url, profile=self.profile, spec=self.spec or "auto", specs=self.specs, anonymous=self.anonymous
        )
        return consent.watch(client) if consent is not None else client

    def description(self) -> Spec:
        """Give the API description; no server is needed for a pinned or a cached one."""
        from nomad_swagger.apispec.load import load_spec, make_loader, resolve_source
        from nomad_swagger.client.connect import find_profile

        if self.spec and resolve_source(self.spec).kind != "server":
            return load_spec(self.spec, specs=self.specs)
        target = find_profile(self.url, self.profile)
        if self.spec == "offline":
            return make_loader(specs=self.specs).offline().from_url(target.url, fallback=target.snapshot)
        return load_spec(target.url, fallback=target.snapshot, specs=self.specs, live=self.spec == "live")

    def about(self, source: str | None, *, live: bool = False) -> Spec:
        """Give the description that a SOURCE names, else the server's; with ``live`` as the server says it now."""
        if source is None:
            return replace(self, spec="live" if live else self.spec).description()
        from nomad_swagger.apispec.load import load_spec

        return load_spec(source, specs=self.specs, live=live)


def shielded(words: Iterable[str]) -> list[str]:
    """Give the command line with ids that begin with a dash marked, so that they are not read as options."""
    return [_SHIELD + word if _DASHED_ID.fullmatch(word) else word for word in words]


class _Id(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.4 on
    """An argument that may be an id: takes the mark off again."""

    name = "id"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the id as it was typed."""
        return value.removeprefix(_SHIELD)


ID = _Id()


def server_options(command: F) -> F:
    """Add ``--profile --url --spec --specs --anonymous -v``; the command gets a ``server``, unless it is the group."""

    @click.option("--profile", metavar="NAME", help="A deployment's nickname, or a profile of the config file.")
    @click.option("--url", metavar="URL", help="The API's URL, a nickname, or 'sandbox'.")
    @click.option("--spec", metavar="SPEC", help="auto, live, offline, a snapshot's name, a path, a URL or a nickname.")
    @click.option("--specs", metavar="DIR", help="A folder of snapshots to look into first.")
    @click.option("--anonymous", is_flag=True, help="Be nobody, whatever login there is.")
    @click.option("-v", "--verbose", count=True, help="Say what is done; twice: each request.")
    @click.pass_context
    @functools.wraps(command)
    def wrapped(ctx: click.Context, /, **given: Any) -> Any:
        mine = Server(**{name: given.pop(name) for name in ("profile", "url", "spec", "specs", "anonymous", "verbose")})
        server = _over(ctx.find_object(Server), mine)
        _log(server.verbose)
        if isinstance(ctx.command, click.Group):
            ctx.obj = server
            return command(**given)
        return command(server=server, **given)

    return wrapped  # type: ignore[return-value]


def output_option(*formats: str) -> Callable[[F], F]:
    """Add ``-o``; the first format is the default."""
    return click.option(
        "-o",
        "--output",
        "fmt",
        type=click.Choice(formats or FORMATS),
        default=(formats or FORMATS)[0],
        show_default=True,
    )


def key_values(words: Iterable[str]) -> dict[str, Any]:
    """Give the mapping of ``key=value`` words; a repeated key has a list of values.

    ``query={…}``, ``query=@FILE`` or ``query=-`` is a query as NOMAD's web pages hand it out; what is in it stands
    beside the other words.

    Raises
    ------
    UsageError
        A word without ``=``.
    """
    given: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise UsageError(f"{word!r} is not key=value, such as elements=Si")
        if key == "query" and (value == "-" or value.lstrip().startswith(("{", "@"))):
            given |= query_of(value)
            continue
        if key in given:
            given[key] = [*(given[key] if isinstance(given[key], list) else [given[key]]), value]
        else:
            given[key] = value
    return given


def query_of(text: str) -> dict[str, Any]:
    """Give the query in JSON of NOMAD's: itself, or the whole request that its web pages show, of which it is a part.

    Raises
    ------
    UsageError
        It is no JSON object.
    """
    from nomad_swagger.cli.values import read_body

    given = read_body(text)
    if isinstance(given, dict) and isinstance(given.get("query"), dict):
        _note_owner(given.get("owner"))
        given = given["query"]
    if not isinstance(given, dict):
        raise UsageError(
            f'a query is a JSON object, such as {{"results.material.elements:all": ["Si"]}}, not {given!r}'
        )
    return given


def _note_owner(owner: Any) -> None:
    """Say that whose entries are searched is said by an option, where a whole request says it otherwise."""
    context = click.get_current_context(silent=True)
    said = context.params.get("owner") if context else None
    if owner and said and owner != said:
        warnings.warn(
            f"the request's owner, {owner!r}, is not taken over: entries of {said!r} are searched; say --owner {owner}",
            NomadWarning,
            stacklevel=3,
        )


def _over(outer: Server | None, inner: Server) -> Server:
    said = {name: value for name, value in vars(inner).items() if value}
    return replace(outer, **said) if outer else inner


def _log(verbose: int) -> None:
    where = " %(name)s" if verbose else ""
    logging.basicConfig(format=f"%(levelname)s{where}: %(message)s", level=logging.WARNING)
    # Our own loggers only: those below us write whole URLs, tokens in them included.
    logging.getLogger("nomad_swagger").setLevel([logging.WARNING, logging.INFO, logging.DEBUG][min(verbose, 2)])
