"""Options that many commands share, and the client or description that they ask for."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from nomad_swagger.cli import console
from nomad_swagger.cli.words import SHIELD
from nomad_swagger.errors import NomadWarning, UsageError
from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec
    from nomad_swagger.cli.consent import Consent
    from nomad_swagger.client.client import NomadClient

F = TypeVar("F", bound=Callable[..., Any])

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
        from nomad_swagger.client.target import find_profile

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


class _Id(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.4 on
    """An argument that may be an id: takes the mark off again."""

    name = "id"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the id as it was typed."""
        return value.removeprefix(SHIELD)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Give the ids of your uploads; and search words, where a query may stand as well."""
        from nomad_swagger.cli import completion

        if param.name == "name":  # a dataset's
            return []
        ids = completion.upload_ids(ctx, param, incomplete) if "=" not in incomplete else []
        words = completion.search_words(ctx, param, incomplete) if param.nargs == -1 else []
        return [*ids, *map(CompletionItem, words)]


ID = _Id()


class OneFormat(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.4 on
    """The format of a command that has but one. A file stood here once, and is shown its place."""

    name = "format"

    def __init__(self, only: str) -> None:
        self._only = only

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the format, or say where a file goes."""
        if value != self._only:
            raise UsageError(f"-o is a format, and here it is {self._only}; a file goes --to {value}")
        return value


def offered(name: str) -> Callable[[click.Context, click.Parameter, str], Any]:
    """Give a function of ``cli.completion`` that is imported at TAB: no command has to pay for it."""

    def offer(ctx: click.Context, param: click.Parameter, incomplete: str) -> Any:
        from nomad_swagger.cli import completion

        return getattr(completion, name)(ctx, param, incomplete)

    return offer


def server_options(command: F) -> F:
    """Add ``--profile --url --spec --specs --anonymous -v``; the command gets a ``server``, unless it is the group."""

    @click.option(
        "--profile",
        metavar="NAME",
        shell_complete=offered("server_names"),
        help="A deployment's nickname, or a profile of the config file.",
    )
    @click.option(
        "--url", metavar="URL", shell_complete=offered("server_names"), help="The API's URL, a nickname, or 'sandbox'."
    )
    @click.option(
        "--spec",
        metavar="SPEC",
        shell_complete=offered("snapshot_names"),
        help="auto, live, offline, a snapshot's name, a path, a URL or a nickname.",
    )
    @click.option("--specs", metavar="DIR", help="A folder of snapshots to look into first.")
    @click.option("--anonymous", is_flag=True, help="Be nobody, whatever login there is.")
    @click.option("-v", "--verbose", count=True, help="Say what is done; twice: each request.")
    @click.pass_context
    @functools.wraps(command)
    def wrapped(ctx: click.Context, /, **given: Any) -> Any:
        mine = Server(**{name: given.pop(name) for name in ("profile", "url", "spec", "specs", "anonymous", "verbose")})
        server = _over(ctx.find_object(Server), mine)
        console.hear(server.verbose)
        if isinstance(ctx.command, click.Group):
            ctx.obj = server
            return command(**given)
        return command(server=server, **given)

    return wrapped  # type: ignore[return-value]


def without_server(command: F) -> F:
    """Refuse what names a server before a command that speaks to none, or to one of its own."""

    @functools.wraps(command)
    def wrapped(*args: Any, **given: Any) -> Any:
        ctx = click.get_current_context()
        said = ctx.find_object(Server) or Server()
        named = [name for name in ("url", "profile", "spec", "anonymous") if getattr(said, name)]
        if named:
            raise UsageError(
                f"`{ctx.info_name}` speaks to no server that is named: leave --{' and --'.join(named)} out"
            )
        return command(*args, **given)

    return wrapped  # type: ignore[return-value]


def timeout_option(command: F) -> F:
    """Add ``--timeout``."""
    return click.option(
        "--timeout",
        "timeout_s",
        type=click.FloatRange(min=0),
        default=3600,
        show_default=True,
        help="Seconds to wait at most.",
    )(command)


def output_option(*formats: str) -> Callable[[F], F]:
    """Add ``-o``, whose first format is the default, and ``--wide``."""
    chosen = formats or FORMATS
    output = click.option("-o", "--output", "fmt", type=click.Choice(chosen), default=chosen[0], show_default=True)
    return lambda command: output(wide_option(command)) if "table" in chosen else output(command)


def _set(name: str, meant: bool) -> Callable[[click.Context, click.Parameter, bool], None]:
    def callback(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            console.configure(**{name: meant})

    return callback


def _log_into(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None and not ctx.resilient_parsing:
        console.log_into(value)


wide_option: Callable[[F], F] = click.option(
    "--wide", is_flag=True, expose_value=False, callback=_set("wide", True), help="A table with all its columns, uncut."
)


def console_options(command: click.Command) -> click.Command:
    """Give a command ``--quiet --no-progress --log-file``, and so those below it."""
    if all(one.name != "quiet" for one in command.params):
        hidden: dict[str, Any] = {"expose_value": False, "is_eager": True}
        command.params += [
            click.Option(
                ["--quiet"],
                is_flag=True,
                help="No notes: results and errors alone.",
                callback=_set("quiet", True),
                **hidden,
            ),
            click.Option(["--no-progress"], is_flag=True, help="No bars.", callback=_set("progress", False), **hidden),
            click.Option(
                ["--log-file"],
                type=click.Path(dir_okay=False, path_type=Path),
                metavar="FILE",
                help="Keep what is told and done in a file, too.",
                callback=_log_into,
                **hidden,
            ),
        ]
    for below in getattr(command, "commands", {}).values():
        console_options(below)
    return command


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
