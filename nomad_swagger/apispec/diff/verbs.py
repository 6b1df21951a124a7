"""Which of our verbs a change hits.

Knows how the generation data says what a verb uses. It must not know any verb.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nomad_swagger.apispec.diff.change import BREAKING, Change
from nomad_swagger.generations.generation import Generation
from nomad_swagger.generations.verbs import Verb

# these fail every call; other breaking changes hit those who use what changed
_FATAL = {
    *("operation-removed", "operation-renamed", "operation-moved", "login-needed", "login-removed"),
    *("parameter-required", "body-added", "body-required", "body-removed", "media-removed"),
}
_NAMED = ("parameter", "path parameter", "header", "cookie", "form field", "body")


def affected_verbs(changes: Iterable[Change], verbs: Mapping[str, Sequence[str]]) -> list[str]:
    """Give one sentence for each way in which a breaking change hits a verb.

    Parameters
    ----------
    changes : iterable of Change
    verbs : mapping of str to sequence of str
        What each verb uses: ``repo.search`` for an operation, ``repo.search:dft.system`` for a parameter or a field
        of its body, ``repo.search>results`` for a part of its answer (none given: all of it). A name under which the
        thing goes on in the new document may stand there too: then the verb follows by itself, and nothing is said.

    Returns
    -------
    list of str
        ```publish` will fail: …`` where every call is hit, ```search` may go wrong: …`` where only some are.

    Examples
    --------
    >>> gone = Change("breaking", "operation-removed", "repo.search", "operation", "is gone", old="repo.search")
    >>> affected_verbs([gone], {"search": ["repo.search"]})
    ['`search` will fail: repo.search is gone']
    """
    breaking = [change for change in changes if change.severity == BREAKING]
    sentences = (
        _sentence(verb, change)
        for verb, needs in sorted(verbs.items())
        for change in breaking
        if _is_hit(change, frozenset(needs))
    )
    return list(dict.fromkeys(sentences))


def needs_of(generation: Generation) -> dict[str, list[str]]:
    """Give what each verb of a generation uses, all alternatives, as ``affected_verbs`` takes it.

    Examples
    --------
    >>> from nomad_swagger.generations.generation import load_generation
    >>> "uploads.exec_upload_operation:metadata.comment" in needs_of(load_generation("v0"))["publish"]
    True
    """
    return {
        verb: [need for variant in variants for need in (variant.operation, *_places(variant))]
        for verb, variants in generation.verbs.items()
    }


def _places(variant: Verb) -> Iterator[str]:
    names = [
        *variant.constants,
        *variant.optional,
        *(name for candidates in variant.arguments.values() for name in candidates),
    ]
    walk = variant.pages.walk if variant.pages else None
    if variant.pages:
        names += [variant.pages.size, variant.pages.number, *((walk.send, *walk.constants) if walk else ())]
    for name in filter(None, names):
        # the name of the body itself is the document's business; what counts is the way into it
        _, slash, inner = name.partition("/")
        yield f"{variant.operation}:{inner.replace('/', '.') if slash else name}"
    if variant.pages:
        read = (variant.pages.items, variant.pages.total, *((walk.cursor, walk.total) if walk else ()))
        yield from (f"{variant.operation}>{place}" for place in filter(None, read))


def _is_hit(change: Change, needs: frozenset[str]) -> bool:
    operations = {re.split("[:>]", need)[0] for need in needs}
    if change.operation not in operations:
        return False
    if change.kind == "operation-renamed":
        return str(change.new) not in operations
    if change.where.startswith("answer"):
        return _is_read(change, needs)
    if _is_fatal(change):
        return True
    name = _named(change.where)
    if f"{change.operation}:{name}" not in needs:
        return False
    return not any(f"{change.operation}:{new}" in needs for new in str(change.new or "").split(" or "))


def _is_read(change: Change, needs: frozenset[str]) -> bool:
    read = [need.partition(">")[2] for need in needs if need.startswith(f"{change.operation}>")]
    place = change.where.partition(" · ")[2]
    return not (read and place) or any(_within(place, one) or _within(one, place) for one in read)


def _within(place: str, whole: str) -> bool:
    return place == whole or place.startswith((f"{whole}.", f"{whole}["))


def _is_fatal(change: Change) -> bool:
    return change.kind in _FATAL or change.kind in ("parameter-added", "field-added")


def _named(where: str) -> str:
    for words in _NAMED:
        for lead in (f"{words} · ", f"{words} "):
            if where.startswith(lead):
                return where.removeprefix(lead).split(" · ")[0]
    return where


def _sentence(verb: str, change: Change) -> str:
    if change.kind == "operation-moved":
        outcome = "will fail until its pinned description is renewed"
    else:
        outcome = "will fail" if _is_fatal(change) else "may go wrong"
    place = change.operation if change.where == "operation" else f"{change.operation}, {change.where}"
    return f"`{verb}` {outcome}: {place} {change.message}"
