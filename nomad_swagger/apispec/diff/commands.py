"""What a change does to our commands, which read the new description and not the old one.

Knows how the generation data says what a command stands on. It must not know any command.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

from nomad_swagger.apispec.diff.change import BREAKING, Change
from nomad_swagger.disk import read_yaml
from nomad_swagger.errors import UnknownOperation
from nomad_swagger.generations.generation import Generation, Interface, load_generation, place
from nomad_swagger.generations.verbs import Verb

# these fail a call of which we know only what the generation data say
_FATAL = {"parameter-required", "parameter-added", "field-added", "body-added", "body-required", "media-removed"}
_GONE = {"field-removed", "field-renamed", "schema-removed"}


def affected_commands(
    changes: Iterable[Change], old: Interface, new: Interface, *, before: str, after: str
) -> list[str]:
    """Give one sentence for each of our commands that works with the old API, and fails or may go wrong with the new.

    Parameters
    ----------
    changes : iterable of Change
    old, new : mapping of str to collection of str
        The operations of the documents, with the names of their parameters.
    before, after : str
        The generations that they belong to; empty for none that we know.

    Returns
    -------
    list of str
        ```dataset doi` will fail: …`` where every call is hit, ```search` may go wrong: …`` where only some are.
    """
    if not before:
        return []
    was, now = load_generation(before), load_generation(after) if after else None
    breaking = [change for change in changes if change.severity == BREAKING]
    sentences = (
        sentence
        for command, needs in commands().items()
        if all(_way(was, need, old) for need in needs)
        for sentence in _sentences(command, needs, (was, old), (now, new), breaking)
    )
    return list(dict.fromkeys(sentences))


@cache
def commands() -> Mapping[str, Sequence[str]]:
    """Give what each of our commands stands on."""
    found: Mapping[str, Sequence[str]] = read_yaml(
        files("nomad_swagger.generations").joinpath("commands.yaml").read_text("utf-8")
    )
    return found


def _sentences(
    command: str,
    needs: Sequence[str],
    before: tuple[Generation, Interface],
    after: tuple[Generation | None, Interface],
    breaking: Sequence[Change],
) -> Iterator[str]:
    for need in needs:
        was = _way(*before[:1], need, before[1])
        now = _way(after[0], need, after[1]) if after[0] is not None else None
        if now is None:
            argument = need.partition(".")[2]
            told = f"{was.operation if was else need}{f' with {argument}' if argument else ''}"
            yield f"`{command}` will fail: the new API has nothing for it (it was {told})"
            return
        if "." in need or was is None or now.operation != was.operation or after[0] is not before[0]:
            continue
        for change in breaking:
            if change.operation == now.operation and _hits(change, now):
                outcome = "will fail" if change.kind in _FATAL else "may go wrong"
                where = "" if change.where == "operation" else f", {change.where}"
                yield f"`{command}` {outcome}: {change.operation}{where} {change.message}"


def _way(generation: Generation, need: str, interface: Interface) -> Verb | None:
    """Give the way of doing what a command stands on that a document supports, None where it supports none."""
    name, _, argument = need.partition(".")
    if name not in generation.verbs:
        return None
    try:
        verb = generation.verb(name, interface)
    except UnknownOperation:
        return None
    if argument and place(verb.arguments.get(argument, ()), interface[verb.operation]) is None:
        return None
    return verb


def _hits(change: Change, verb: Verb) -> bool:
    """Tell whether a change hits every call of a verb, or a part of the answer that the verb must have."""
    if change.where.startswith("answer"):
        place_ = change.where.partition(" · ")[2]
        return change.kind in _GONE and any(_within(one, place_) for one in _read(verb))
    return change.kind in _FATAL and not _sends(change, verb)


def _sends(change: Change, verb: Verb) -> bool:
    """Tell whether the verb sends what is required now."""
    name = change.where.removeprefix("body").removeprefix("parameter").strip(" ·")
    sent = [*verb.constants, *(one for candidates in verb.arguments.values() for one in candidates)]
    return any(name and one.split("/", 1)[-1].replace("/", ".").startswith(name) for one in sent)


def _read(verb: Verb) -> list[str]:
    places = [place_ for one in verb.shape for place_ in one.split("|")]
    return [*places, *filter(None, (verb.pages.items, verb.pages.total))] if verb.pages else places


def _within(place_: str, whole: str) -> bool:
    return place_ == whole or place_.startswith((f"{whole}.", f"{whole}["))
