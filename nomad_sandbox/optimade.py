"""Read OPTIMADE's filter language: text in, tree out.

Knows the grammar as far as structures are asked for with it. It must not know what a property is called in an index.

Source: OPTIMADE 1.1, "The Filter Language EBNF Grammar".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

_TOKEN = re.compile(
    r"\s*(?:(?P<string>\"(?:[^\"\\]|\\.)*\")|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<operator><=|>=|!=|=|<|>)|(?P<mark>[(),])|(?P<word>[A-Za-z_][\w.]*))"
)
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_MATCHES = ("CONTAINS", "STARTS", "ENDS")
_KEYWORDS = frozenset({"AND", "OR", "NOT", "HAS", "ALL", "ANY", "ONLY", "IS", "KNOWN", "UNKNOWN", "WITH", *_MATCHES})
MAX_DEPTH = 50


class BadFilter(Exception):
    """A text that is no filter."""


@dataclass(frozen=True)
class Junction:
    """``and`` or ``or`` of parts."""

    word: Literal["and", "or"]
    parts: Sequence[Any]


@dataclass(frozen=True)
class Negation:
    """The contrary of a part."""

    part: Any


@dataclass(frozen=True)
class Comparison:
    """What is asked of one property.

    Attributes
    ----------
    operator : str
        ``= != < <= > >=``, ``has all``, ``has any``, ``has only``, ``known``, ``contains``, ``starts``, ``ends``.
    values : sequence of str or number
        One of them, but for the ``has`` operators; none for ``known``.
    """

    property: str
    operator: str
    values: Sequence[Any]


Tree = Junction | Negation | Comparison


def parse_filter(text: str) -> Tree:
    """Give the tree of a filter.

    Raises
    ------
    BadFilter

    Examples
    --------
    >>> parse_filter('elements HAS "Si"')
    Comparison(property='elements', operator='has all', values=['Si'])
    """
    return _Parser(_tokens(text)).whole()


def _tokens(text: str) -> list[tuple[str, Any]]:
    tokens: list[tuple[str, Any]] = []
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadFilter(f"cannot read {text[at:].strip()[:20]!r}")
        kind = str(found.lastgroup)
        word = found[kind]
        if kind == "string":
            tokens.append(("value", re.sub(r"\\(.)", r"\1", word[1:-1])))
        elif kind == "number":
            tokens.append(("value", float(word)))
        else:
            tokens.append(("keyword" if word in _KEYWORDS else kind, word))
        at = found.end()
    return tokens


class _Parser:
    """A way through the tokens, one rule of the grammar a method."""

    def __init__(self, tokens: list[tuple[str, Any]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def _next(self) -> tuple[str, Any]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "the end")

    def _take(self, kind: str, *words: Any) -> Any:
        """Give the next token and go on, or None where it is another one."""
        found, word = self._next()
        if found != kind or (words and word not in words):
            return None
        self._at += 1
        return word

    def _must(self, kind: str, *words: Any) -> Any:
        word = self._take(kind, *words)
        if word is None:
            raise BadFilter(f"expected {' or '.join(map(str, words)) or kind}, got {self._next()[1]}")
        return word

    def whole(self) -> Tree:
        tree = self._or()
        self._must("end")
        return tree

    def _or(self) -> Tree:
        parts = [self._and()]
        while self._take("keyword", "OR"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Junction("or", parts)

    def _and(self) -> Tree:
        parts = [self._not()]
        while self._take("keyword", "AND"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else Junction("and", parts)

    def _not(self) -> Tree:
        if self._take("keyword", "NOT"):
            return Negation(self._single())
        return self._single()

    def _single(self) -> Tree:
        if self._take("mark", "("):
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise BadFilter("too many brackets in each other")
            tree = self._or()
            self._must("mark", ")")
            self._depth -= 1
            return tree
        value = self._take("value")
        if value is not None:
            operator = _FLIPPED[self._must("operator")]
            return Comparison(self._must("word"), operator, [value])
        return self._property(self._must("word"))

    def _property(self, name: str) -> Tree:
        operator = self._take("operator")
        if operator:
            return Comparison(name, operator, [self._must("value")])
        word = self._must("keyword", "HAS", "IS", *_MATCHES)
        if word == "IS":
            known = Comparison(name, "known", [])
            return known if self._must("keyword", "KNOWN", "UNKNOWN") == "KNOWN" else Negation(known)
        if word in _MATCHES:
            self._take("keyword", "WITH")
            return Comparison(name, word.lower(), [self._must("value")])
        how = self._take("keyword", "ALL", "ANY", "ONLY")
        values = [self._must("value")]
        while how and self._take("mark", ","):
            values.append(self._must("value"))
        return Comparison(name, f"has {(how or 'ALL').lower()}", values)
