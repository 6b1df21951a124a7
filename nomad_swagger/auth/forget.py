"""Keep passwords and tokens out of what an error leaves behind.

A traceback holds every frame below it with its local variables, and so does whatever prints or sends them: debuggers,
error trackers, ``pytest -l``. Here the frames of an act that had a secret in hand are emptied before its error goes on.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def forgetful(act: Callable[P, R]) -> Callable[P, R]:
    """Give an act whose errors carry no local variables of it, nor of what it called."""

    @functools.wraps(act)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return act(*args, **kwargs)
        except BaseException as error:
            del args, kwargs
            forget_frames(error)
            raise

    return call


def forget_frames(error: BaseException) -> None:
    """Empty the frames of an error, and of those that led to it, as far as they have ended."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        traceback.clear_frames(one.__traceback__)
        waiting += [one.__cause__, one.__context__]
