"""One value of a JSON document as it streams by: nothing is kept but that value, whatever the document's size.

A path means what it means to :func:`nomad_swagger.science.values.value`, but for sections with names that are numbers
or ``*``, which no archive has. Needs ijson, of the extra ``[fast]``. It must not know where the stream comes from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Protocol

from nomad_swagger.extras import needed_by
from nomad_swagger.science.values import EVERY, NothingThere, index_of, steps_of

_NOTHING: Any = object()
_DEEPER = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}
_ONLY = ("0", "-1")


class Readable(Protocol):
    """A file, or the body of an answer as it comes in."""

    def read(self, size: int, /) -> bytes:
        """Give at most so many bytes; none at the end."""
        ...


@needed_by("archive_value")
def value_from_stream(file: Readable, path: str) -> Any:
    """Give the value at a path of a JSON document.

    Of a list that the path counts from the end, as many values are kept as it counts; of every item of a list (``*``)
    that what the path leads to. A path without these is read no further than to its value.

    Parameters
    ----------
    file : Readable
    path : str
        As for :meth:`nomad_swagger.science.values.Archive.at`.

    Returns
    -------
    object
        As ``json.loads`` gives it: floats as float, integers exact.

    Raises
    ------
    KeyError
        There is nothing at the path.
    ValueError
        It is no JSON, which has no NaN either, or it breaks off.

    Examples
    --------
    >>> import io
    >>> value_from_stream(io.BytesIO(b'{"run": [{"e": 1}, {"e": 2.5}]}'), "run/-1/e")
    2.5
    """
    import ijson

    steps = steps_of(path)
    ends_early = not any(step == EVERY or (index_of(step) or 0) < 0 for step in steps)
    try:
        events = iter(ijson.basic_parse(file))
        found = _Reader(events, ends_early).value(steps)
        if not ends_early or found is _NOTHING:
            deque(events, maxlen=0)  # what follows may be no JSON
    except ijson.JSONError as error:
        raise ValueError(f"no JSON: {error}") from error
    if found is _NOTHING:
        raise NothingThere(f"nothing at {path!r}")
    return found


class _Reader:
    """Takes values from ijson's events; each method leaves the stream behind the value that it was called for.

    With ``ends_early`` it is left where something was found.
    """

    def __init__(self, events: Iterator[tuple[str, Any]], ends_early: bool) -> None:
        self._events, self._ends_early = events, ends_early

    def value(self, steps: tuple[str, ...]) -> Any:
        """Give what is at a path in the whole document."""
        return self._at(*next(self._events), steps)

    def _at(self, event: str, content: Any, steps: tuple[str, ...]) -> Any:
        """Give what is at a path in the value that begins with an event."""
        if not steps:
            return self._whole(event, content)
        step, rest = steps[0], steps[1:]
        if event == "start_array":
            return self._in_list(step, rest)
        if step in _ONLY:
            return self._at(event, content, rest)
        if step == EVERY:
            only = self._at(event, content, rest)
            return only if only is _NOTHING else [only]
        return self._in_section(step, rest) if event == "start_map" else _NOTHING

    def _in_section(self, step: str, rest: tuple[str, ...]) -> Any:
        found = _NOTHING
        for event, name in self._events:
            if event == "end_map":
                break
            if name != step:
                self._pass(*next(self._events))
                continue
            found = self._at(*next(self._events), rest)  # of two with one name the last counts, as to json.loads
            if self._ends_early and found is not _NOTHING:
                break
        return found

    def _in_list(self, step: str, rest: tuple[str, ...]) -> Any:
        number = index_of(step)
        latest: deque[Any] = deque(maxlen=-number if number is not None and number < 0 else None)
        for index, (event, content) in enumerate(self._items()):
            if step == EVERY or index == number or latest.maxlen:
                latest.append(self._at(event, content, rest))
                if self._ends_early and latest[-1] is not _NOTHING:
                    break
            else:
                self._pass(event, content)
        if step == EVERY:
            return _NOTHING if any(item is _NOTHING for item in latest) else list(latest)
        return latest[0] if len(latest) == (latest.maxlen or 1) else _NOTHING

    def _items(self) -> Iterator[tuple[str, Any]]:
        """Give the beginning of each item of the list that the stream is in; whoever takes it reads the item on."""
        for event, content in self._events:
            if event == "end_array":
                return
            yield event, content

    def _pass(self, event: str, _content: Any) -> None:
        depth = _DEEPER.get(event, 0)
        while depth:
            depth += _DEEPER.get(next(self._events)[0], 0)

    def _whole(self, event: str, content: Any) -> Any:
        import ijson

        builder, depth = ijson.ObjectBuilder(), 0
        while True:
            builder.event(event, float(content) if isinstance(content, Decimal) else content)
            depth += _DEEPER.get(event, 0)
            if not depth:
                return builder.value
            event, content = next(self._events)
