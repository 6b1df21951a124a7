"""What makes an answer one.

A proxy's page, a login form or a broken server answers 200 too: with HTML, null, ``[]``, ``{}``, a text. Which places
an answer must have is written down for each verb in the generation's YAML (``shape``), and a prepared call carries it;
here it is held against what came. What may be left out is not in a shape: v0 drops empty groups, v1's last page has no
token.

Knows kinds of values; it must not know what a flow does with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nomad_swagger import dotted
from nomad_swagger.errors import ApiError
from nomad_swagger.generations.verbs import Pages, Verb
from nomad_swagger.transport.call import PreparedCall

_LONGEST = 80
_WORDS = {
    "text": "a text",
    "number": "a number",
    "flag": "true or false",
    "object": "an object",
    "items": "a list",
    "list": "a list",
    "any": "something",
}
KINDS = tuple(_WORDS)


def expected_of(verb: Verb) -> dict[str, str]:
    """Give what an answer to a verb must have: place → kind.

    What a list is made of and how long it is counts without being said, except for counts, whose answer leaves out a
    group that nothing is in.
    """
    said = {place for places in verb.shape for place in places.split("|")}
    listed = _of_pages(verb.pages) if verb.pages and not verb.bucket else {}
    return {**verb.shape, **{places: kind for places, kind in listed.items() if places not in said}}


def _of_pages(pages: Pages) -> dict[str, str]:
    totals = [place for place in (pages.total, pages.walk.total if pages.walk else "") if place]
    return {pages.items: "items"} | ({"|".join(dict.fromkeys(totals)): "number"} if totals else {})


def check_shape(call: PreparedCall, answer: object, *, status: int = 200) -> None:
    """Hold an answer against what the call expects.

    Parameters
    ----------
    call : PreparedCall
        With ``expects``, which :meth:`Nomad.prepare_verb` fills in.
    answer : object
        The JSON that came.
    status : int
        With which it came.

    Raises
    ------
    ApiError
        It is none of NOMAD's. The message says what came instead, and for a deed that nobody knows whether it was done;
        ``.status`` is that of a success, ``.detail`` what came.
    """
    for places, kind in call.expects:
        values = [dotted.get(answer, place) for place in places.split("|")]
        if not any(_is(kind, value) for value in values):
            found = next((value for value in values if value is not None), answer)
            raise no_answer(call, f"{_wanted(places, kind)} is missing", found, status=status)


def no_answer(call: PreparedCall, why: str, came: object, *, status: int = 200) -> ApiError:
    """Give the error for an answer that is none of NOMAD's.

    Parameters
    ----------
    call : PreparedCall
    why : str
        What is wrong with it.
    came : object
        What came instead.
    status : int
    """
    detail = in_words(came)
    done = " It was sent, and may have been done: look before you do it again." if is_deed(call) else ""
    return ApiError(
        f"{call.title}: the answer is none of NOMAD's: {why}, and {detail} came.{done} "
        "Is this the URL of NOMAD's API, or does a login page or proxy stand in between?",
        status=status,
        operation=call.title,
        detail=detail,
    )


def is_deed(call: PreparedCall) -> bool:
    """Tell whether a call changes something that a second one would change again."""
    return not call.repeatable and call.method not in ("GET", "HEAD")


def is_no_answer(error: ApiError) -> bool:
    """Tell whether an error is about an answer that said success and was none: what was asked may have been done."""
    return 200 <= error.status < 300


def in_words(came: object) -> str:
    """Give what a JSON value is, short enough for a message.

    Examples
    --------
    >>> in_words({}), in_words(None), in_words("hi"), in_words([1, 2])
    ('{}', 'null', "'hi'", 'a list of 2')
    """
    if came is None:
        return "null"
    if isinstance(came, str):
        return repr(came if len(came) <= _LONGEST else f"{came[:_LONGEST]}…")
    if isinstance(came, Mapping) and came:
        names = ", ".join(str(name) for name in list(came)[:5])
        return f"an object with {names if len(names) <= _LONGEST else f'{names[:_LONGEST]}…'}"
    if isinstance(came, Sequence) and came:
        return f"a list of {len(came)}"
    return repr(came).lower() if isinstance(came, bool) else repr(came)[:_LONGEST]


def _is(kind: str, value: object) -> bool:
    return value is not None and _CHECKS[kind](value)


def _is_items(value: object) -> bool:
    inner = list(value.values()) if isinstance(value, Mapping) else value
    return isinstance(inner, list) and not any(item is None for item in inner)


_CHECKS: Mapping[str, Callable[[object], bool]] = {
    "text": lambda value: isinstance(value, str) and bool(value),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "flag": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, Mapping) and bool(value),
    "items": _is_items,
    "list": lambda value: isinstance(value, list),
    "any": lambda value: True,
}


def _wanted(places: str, kind: str) -> str:
    words = _WORDS[kind]
    named = " or ".join(place for place in places.split("|") if place)
    return f"{words} at {named}" if named else words
