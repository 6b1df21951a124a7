"""What the shell offers on TAB: operations, tags and quantities, from a snapshot or the cache and never the network."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from nomad_swagger.cli.descriptions import describe_offline, server_of
from nomad_swagger.errors import NomadError
from nomad_swagger.screen.plain import plain


def operation_names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Give the operations that begin like this, each with what it does."""
    return [
        CompletionItem(plain(name), help=plain(summary))
        for name, summary in _operations(ctx)
        if name.startswith(incomplete)
    ]


def tag_names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Give the tags that begin like this."""
    return _distinct(name.split(".")[0] for name, _ in _operations(ctx) if name.startswith(incomplete))


def parameter_words(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Give ``key=`` for the parameters of the operation that was named before."""
    try:
        spec = describe_offline(server_of(ctx))
        operation = spec.operation(ctx.params.get("operation") or "")
    except NomadError:
        return []
    return [f"{p.name}=" for p in operation.parameters if p.name.startswith(incomplete)]


def _operations(ctx: click.Context) -> list[tuple[str, str]]:
    try:
        found = describe_offline(server_of(ctx)).operations
    except NomadError:
        return []
    return [(name, operation.summary) for name, operation in found.items()]


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
