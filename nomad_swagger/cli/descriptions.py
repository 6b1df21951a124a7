"""Which API description a command talks about, when all it needs is the description: nobody logs in for that."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import click

from nomad_swagger.cli.options import Server
from nomad_swagger.errors import UsageError

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec

_NAMES = tuple(field.name for field in fields(Server) if field.name != "verbose")


def describe_server(server: Server) -> Spec:
    """Give the description with the URL that calls go to, where somebody names one."""
    spec = server.description()
    return spec.at(_url(server) or spec.url)


def describe_offline(server: Server) -> Spec:
    """Give the description from a snapshot or the cache, in silence; for completion, which must not wait.

    Raises
    ------
    NomadError
        There is none.
    """
    from nomad_swagger.apispec.load import make_loader, resolve_source
    from nomad_swagger.client.target import find_profile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loader = make_loader(specs=server.specs).offline()
        source = resolve_source(server.spec or "auto")
        if source.kind != "server":
            return source.load(loader)
        target = find_profile(server.url, server.profile)
        return loader.from_url(target.url, fallback=target.snapshot)


def server_of(ctx: click.Context, words: Sequence[str] = ()) -> Server:
    """Give the server that the command line names so far.

    Parameters
    ----------
    ctx : click.Context
        Read with its parents; their callbacks need not have run, as in completion.
    words : sequence of str
        What is still to be parsed: an operation's options depend on ``--spec``, which may come behind its name.
    """
    server = Server()
    for said in (*_params_of(ctx), dict(_said_later(words))):
        given = {name: said[name] for name in _NAMES if said.get(name)}
        server = replace(server, **given)
    return server


def _params_of(ctx: click.Context) -> Iterator[Mapping[str, Any]]:
    if ctx.parent is not None:
        yield from _params_of(ctx.parent)
    yield ctx.params


def _said_later(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for number, word in enumerate(words):
        option, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or option not in _NAMES:
            continue
        if equals:
            yield option, value
        elif number + 1 < len(words):
            yield option, words[number + 1]


def _url(server: Server) -> str:
    from nomad_swagger.client.target import named_profile

    try:
        found = named_profile(server.url, server.profile)
    except UsageError:
        if server.url or server.profile:
            raise
        return ""
    return found.url if found is not None else ""
