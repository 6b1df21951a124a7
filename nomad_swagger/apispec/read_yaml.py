"""YAML as data and nothing else: events to dicts, with bounds on depth and on what aliases stand for.

Knows YAML's events. It must not know what a description is. PyYAML's loaders are not used above the event level:
they build what a tag asks for, expand a small text without bound, turn a date or ``on`` into something that JSON
does not have, and let the second of two equal keys win. Scalars follow the core schema of YAML 1.2, which OpenAPI
asks for; keys are always text, so that ``200:`` names a response.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import field

import yaml

from nomad_swagger.apispec.limits import MAX_ALIASED_NODES, MAX_DEPTH
from nomad_swagger.errors import SpecError
from nomad_swagger.light import dataclass

_CORE = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?[0-9]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep, which no API description needs"


class _NotPlain(Exception):
    """Something in the YAML is refused; the message says what."""


@dataclass
class _Frame:
    """A mapping or sequence that is still open."""

    value: dict[str, object] | list[object]
    anchor: str | None
    size: int = 1
    height: int = 1
    key: str | None = None
    merged: list[dict[str, object]] = field(default_factory=list)


@dataclass
class _Anchored:
    value: object
    size: int
    height: int


def read_yaml(text: str, where: str) -> object:
    """Read one YAML document as plain data.

    Parameters
    ----------
    text : str
    where : str
        The URL or path, for messages.

    Raises
    ------
    SpecError
        Broken YAML, or a tag, alias, key or depth that plain data does not need.

    Examples
    --------
    >>> read_yaml("responses: {200: {description: on}}", "here")
    {'responses': {'200': {'description': 'on'}}}
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder()
    line = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            line = event.start_mark.line + 1 if event.start_mark else line
            builder.take(event)
    except _NotPlain as error:
        raise SpecError(f"{where}, line {line}: {error}") from error
    except yaml.YAMLError as error:
        if "nesting depth" in str(getattr(error, "problem", "")):  # libyaml's own limit, of PyYAML 6.0.4 on
            raise SpecError(f"{where}, line {line}: {_TOO_DEEP}") from error
        raise SpecError(f"{where}: it is neither good JSON nor good YAML: {' '.join(str(error).split())}") from error
    except ValueError as error:
        raise SpecError(f"{where}, line {line}: {error}") from error
    return builder.document


class _Builder:
    """Take events one by one, keep what is open on a stack, and end with ``document``."""

    def __init__(self) -> None:
        self.document: object = None
        self._open: list[_Frame] = []
        self._anchors: dict[str, _Anchored] = {}
        self._aliased = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._start(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._end()
            case yaml.AliasEvent():
                self._alias(event.anchor)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise _NotPlain("a second YAML document starts here; an API description is one")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        frame = self._open[-1] if self._open else None
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            _check_tag(event.tag)
            frame.key = "<<" if event.value == "<<" and event.implicit[0] else _new_key(frame, event.value)
            if event.anchor:
                self._anchors[event.anchor] = _Anchored(event.value, 1, 0)
            return
        self._put(_Anchored(_scalar_value(event), 1, 0), event.anchor)

    def _start(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        _check_tag(event.tag)
        if self._open and isinstance(self._open[-1].value, dict) and self._open[-1].key is None:
            raise _NotPlain("a key that is a list or a mapping")
        if len(self._open) >= MAX_DEPTH:
            raise _NotPlain(_TOO_DEEP)
        self._open.append(_Frame({} if isinstance(event, yaml.MappingStartEvent) else [], event.anchor))

    def _end(self) -> None:
        frame = self._open.pop()
        if isinstance(frame.value, dict):
            for mapping in frame.merged:
                _merge(frame.value, mapping)
        self._put(_Anchored(frame.value, frame.size, frame.height), frame.anchor)

    def _alias(self, anchor: str | None) -> None:
        if any(frame.anchor == anchor for frame in self._open):
            raise _NotPlain(f"the alias *{anchor} stands inside what it names, so the document has no end")
        if anchor is None or anchor not in self._anchors:
            raise _NotPlain(f"the alias *{anchor} names nothing before it")
        found = self._anchors[anchor]
        self._aliased += found.size
        if self._aliased > MAX_ALIASED_NODES:
            raise _NotPlain(f"its aliases stand for more than {MAX_ALIASED_NODES:,} values (a YAML bomb?)")
        frame = self._open[-1] if self._open else None
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            frame.key = _new_key(frame, found.value)
            return
        self._put(found, None)

    def _put(self, made: _Anchored, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = made
        if not self._open:
            self.document = made.value
            return
        frame = self._open[-1]
        frame.size += made.size
        frame.height = max(frame.height, made.height + 1)
        if len(self._open) + made.height > MAX_DEPTH:
            raise _NotPlain(f"nested more than {MAX_DEPTH} levels deep through its aliases")
        if isinstance(frame.value, list):
            frame.value.append(made.value)
        elif frame.key == "<<":
            frame.merged.extend(_mappings(made.value))
            frame.key = None
        elif frame.key is not None:
            frame.value[frame.key] = made.value
            frame.key = None


def _merge(value: dict[str, object], merged: Mapping[str, object]) -> None:
    value.update({key: inner for key, inner in merged.items() if key not in value})


def _new_key(frame: _Frame, key: object) -> str:
    if not isinstance(key, str):
        raise _NotPlain("a key that is not text")
    if key in frame.value:
        raise _NotPlain(f"the key {key!r} stands twice in one mapping, so one of the two would be lost")
    return key


def _mappings(value: object) -> Iterator[dict[str, object]]:
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            raise _NotPlain("'<<' merges something that is not a mapping")
        yield item


def _check_tag(tag: str | None) -> None:
    if tag not in (None, "!") and tag not in {
        _CORE + kind for kind in ("str", "int", "float", "bool", "null", "map", "seq")
    }:
        shown = str(tag).replace(_CORE, "!!")
        raise _NotPlain(f"the tag {shown} asks for more than plain data, and is refused")


def _scalar_value(event: yaml.ScalarEvent) -> object:
    _check_tag(event.tag)
    text: str = event.value
    if event.tag in ("!", f"{_CORE}str") or not (event.implicit[0] or event.tag):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _HEX.fullmatch(text):
        return int(text, 16)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise _NotPlain(f"{text[:40]} is too large for a number")
        return number
    if _NOT_A_NUMBER.fullmatch(text):
        raise _NotPlain(f"{text} is not a number in JSON")
    return text
