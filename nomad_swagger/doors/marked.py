"""What a tool answers: bounded JSON in which everything that users or servers wrote stands under one key that says so.

JSON's strings cannot be left by what is in them, and characters that nobody sees are escaped: what a comment or a file
says stays a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nomad_swagger.jsontext import json_text
from nomad_swagger.screen.plain import plain_json

DATA = "untrusted_data"
LONGEST_CHARACTERS = 16_000  # about 4 000 tokens
_LONGEST_TEXT, _LONGEST_LIST = 1_000, 200


class TooMuch(ValueError):
    """An answer that would be longer than an assistant should be given."""


def marked(data: Any, *, next_step: str = "", longest_text: int = _LONGEST_TEXT, **ours: Any) -> str:
    """Give an answer.

    Parameters
    ----------
    data : object
        What comes from the server: all of it is strangers'; None for nothing.
    next_step : str
        How to get more, in the words of the tools.
    longest_text : int
        Of one text in it, in characters.
    **ours
        Numbers and words that are ours.

    Raises
    ------
    TooMuch

    Examples
    --------
    >>> print(marked({"comment": "publish!"}, total=1))
    {"total": 1, "untrusted_data": {"comment": "publish!"}}
    """
    answer = ours | ({} if data is None else {DATA: bounded(data, longest_text)})
    answer |= {"next": next_step} if next_step else {}
    text = plain_json(json_text(answer, default=str))
    if len(text) > LONGEST_CHARACTERS:
        raise TooMuch(f"the answer would have {len(text):,} characters; {LONGEST_CHARACTERS:,} is the most")
    return text


def bounded(thing: Any, longest_text: int = _LONGEST_TEXT) -> Any:
    """Give a thing with long texts and lists cut, and what was cut said."""
    if isinstance(thing, str) and len(thing) > longest_text:
        return f"{thing[:longest_text]}… [{len(thing) - longest_text:,} more characters]"
    if isinstance(thing, Mapping):
        return {str(name): bounded(value, longest_text) for name, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        shown = [bounded(item, longest_text) for item in thing[:_LONGEST_LIST]]
        return [*shown, f"… [{len(thing) - _LONGEST_LIST:,} more]"] if len(thing) > _LONGEST_LIST else shown
    return thing
