"""What the shell offers on TAB: from snapshots, caches and the config, and never longer than a moment from the network.

An error means that nothing is offered: a shell has no place to say why.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

import click
from click.shell_completion import CompletionItem

from nomad_swagger.cli.descriptions import describe_offline, server_of
from nomad_swagger.errors import NomadError
from nomad_swagger.screen.plain import plain
from nomad_swagger.words import Owner

_ELEMENT_WORDS = ("elements", "only_elements")
_OUR_WORDS = ("elements", "only_elements", "formula", "code", "upload_id", "entry_id", "dataset", "doi", "path")


def operation_names(ctx: click.Context, _param: click.Parameter | None, incomplete: str) -> list[CompletionItem]:
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


def command_names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Give the commands that begin like this."""
    command = ctx.find_root().command
    known = command.list_commands(ctx.find_root()) if isinstance(command, click.Group) else []
    return _beginning(known, incomplete)


def search_words(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Give ``key=`` for what can be searched, and behind the ``=`` the values that are known for it."""
    key, equals, value = incomplete.partition("=")
    if not equals:
        return _beginning([f"{word}=" for word in (*_OUR_WORDS, *_quantities(ctx))], incomplete)
    if key == "owner":
        return _beginning([f"{key}={owner}" for owner in get_args(Owner)], incomplete)
    if key == "upload_id":
        return [f"{key}={item.value}" for item in upload_ids(ctx, _param, value)]
    if key in _ELEMENT_WORDS:
        before, comma, last = value.rpartition(",")
        return [f"{key}={before}{comma}{symbol}" for symbol in _elements() if symbol.lower().startswith(last.lower())]
    if key == "code":
        return [f"{key}={code}" for code in _codes(ctx) if code.lower().startswith(value.lower())]
    return []


def owners(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Give the words that say whose."""
    return _beginning(get_args(Owner), incomplete)


def server_names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Give profiles and nicknames."""
    from nomad_swagger import settings

    try:
        return _beginning([*settings.profiles(), *settings.SANDBOX_APIS], incomplete)
    except NomadError:
        return []


def snapshot_names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Give the pinned descriptions, and the words that stand for others."""
    from nomad_swagger import settings
    from nomad_swagger.apispec.snapshots import read_index, shipped_folder

    try:
        folders = [*settings.spec_folders(server_of(ctx).specs), shipped_folder()]
        names = [name for folder in folders for name in read_index(folder)]
    except NomadError:
        names = []
    return _beginning([*names, "auto", "live", "offline"], incomplete)


def upload_ids(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Give the ids of your uploads that begin like this, each with its name."""
    from nomad_swagger.cli.upload_ids import own_uploads

    try:
        found = own_uploads(server_of(ctx))
    except (NomadError, OSError):
        return []
    return [CompletionItem(one, help=name) for one, name in found if one.startswith(incomplete)]


def _operations(ctx: click.Context) -> list[tuple[str, str]]:
    try:
        found = describe_offline(server_of(ctx)).operations.rows
    except NomadError:
        return []
    return [(name, row.summary) for name, row in found.items()]


def _quantities(ctx: click.Context) -> list[str]:
    """Give the names that the server's own search takes, where it is known without asking."""
    from nomad_swagger.generations.generation import load_generation
    from nomad_swagger.generations.vocabulary import load_vocabulary
    from nomad_swagger.jsontypes import as_object

    try:
        spec = describe_offline(server_of(ctx))
        generation = load_generation(spec.generation)
        if generation.vocabulary:
            version = as_object(spec.document.get("info")).get("version", "")
            return list(load_vocabulary(generation.vocabulary, str(version)))
        verb = generation.verbs["search"][0]
        return [p.name for p in spec.operation(verb.operation).parameters if p.name not in generation.controls]
    except NomadError:
        return []


def _codes(ctx: click.Context) -> list[str]:
    """Give the programs that servers of this generation know; of both, where no server is known."""
    from nomad_swagger.generations.generation import GENERATIONS, load_generation

    try:
        names: Iterable[str] = [describe_offline(server_of(ctx)).generation]
    except NomadError:
        names = GENERATIONS
    return sorted({code for name in names if name for code in load_generation(name).codes})


def _elements() -> list[str]:
    from nomad_swagger.science.periodic_table import PLACES

    return sorted(PLACES)


def _beginning(words: Iterable[str], incomplete: str) -> list[str]:
    return _distinct(word for word in words if word.startswith(incomplete))


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
