"""OPTIMADE filters: read one, and say it as a condition on the index.

Knows the filter language and the terms of the index. It must not know which properties a face has, or HTTP.

Source: the OPTIMADE specification, release 1.0, "The Filter Language EBNF Grammar".
"""

# ruff: noqa: S608 - values are bound; nothing of a filter is put into SQL as text
from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"""
    r"""|(?P<word>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?P<sign><=|>=|!=|[<>=(),]))"""
)
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_MATCHES = {"CONTAINS": "*{}*", "STARTS": "{}*", "ENDS": "*{}"}
_MOST_NESTED = 50
_COUNTED = {"elements": "nelements", "elements_ratios": "nelements"}  # the index holds each value of a list once
Bind = dict[str, Any]
Condition = Callable[[Bind], str]


class BadFilter(ValueError):
    """A filter that is not of the language, or names a property that there is not."""


@dataclass(frozen=True)
class Filter:
    """A filter that was read: a condition on ``entries``."""

    condition: Condition

    def sql(self, bind: Bind) -> str:
        """Give the condition as SQL; its values are added to ``bind``."""
        return self.condition(bind)


def read_filter(text: str, properties: Mapping[str, str]) -> Filter:
    """Read a filter.

    Parameters
    ----------
    text : str
    properties : dict
        The properties that may be named, each with its quantity in the index.

    Raises
    ------
    BadFilter

    Examples
    --------
    >>> read_filter('nelements=2 AND elements HAS "Si"', {"nelements": "n", "elements": "e"}).sql({}).count("IN")
    2
    """
    reader = _Reader(_tokens(text), properties)
    condition = reader.expression(0)
    reader.end()
    return Filter(condition)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise BadFilter(f"not understood from here: {text[at : at + 40]}")
        tokens.append((found.lastgroup, found[found.lastgroup]))
        at = found.end()
    return tokens


def _named(bind: Bind, value: Any) -> str:
    name = f"p{len(bind)}"
    bind[name] = value
    return f":{name}"


def _has(quantity: str, test: Callable[[Bind], str]) -> Condition:
    """An entry has a value of a quantity that passes a test."""

    def sql(bind: Bind) -> str:
        name = _named(bind, quantity)
        return f"entry IN (SELECT entry FROM terms WHERE quantity = {name} AND {test(bind)})"

    return sql


def _compared(quantity: str, sign: str, value: Any) -> Condition:
    if sign == "!=":
        return _not(_compared(quantity, "=", value))
    return _has(quantity, lambda bind: f"value {sign} {_named(bind, value)}")


def _known(quantity: str) -> Condition:
    return _has(quantity, lambda _: "1")


def _not(condition: Condition) -> Condition:
    return lambda bind: f"NOT ({condition(bind)})"


def _joined(word: str, conditions: Sequence[Condition]) -> Condition:
    if len(conditions) == 1:
        return conditions[0]
    return lambda bind: "(" + f" {word} ".join(condition(bind) for condition in conditions) + ")"


def _only(quantity: str, values: Sequence[Any]) -> Condition:
    def other(bind: Bind) -> str:
        return f"value NOT IN ({', '.join(_named(bind, value) for value in values)})"

    return _joined("AND", [_known(quantity), _not(_has(quantity, other))])


def _length(quantity: str, sign: str, value: Any) -> Condition:
    if sign == "!=":
        return _not(_length(quantity, "=", value))

    def sql(bind: Bind) -> str:
        name = _named(bind, quantity)
        counted = f"(SELECT count(*) FROM terms WHERE terms.entry = entries.entry AND quantity = {name})"
        return f"{counted} {sign} {_named(bind, value)}"

    return sql


def _matched(quantity: str, word: str, text: str) -> Condition:
    plain = re.sub(r"([*?\[])", r"[\1]", text)
    return _has(quantity, lambda bind: f"value GLOB {_named(bind, _MATCHES[word].format(plain))}")


class _Reader:
    """Reads tokens by the grammar's rules, one method each."""

    def __init__(self, tokens: list[tuple[str, str]], properties: Mapping[str, str]) -> None:
        self._tokens, self._at, self._properties = tokens, 0, properties
        self._counted = {properties[name]: properties.get(by) for name, by in _COUNTED.items() if name in properties}

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _take(self, *words: str) -> str | None:
        kind, text = self._peek()
        return self._next()[1] if kind in ("word", "sign") and text in words else None

    def end(self) -> None:
        """Raise `BadFilter` where something is left."""
        kind, text = self._peek()
        if kind != "end":
            raise BadFilter(f"not expected here: {text}")

    def expression(self, depth: int) -> Condition:
        clauses = [self._clause(depth)]
        while self._take("OR"):
            clauses.append(self._clause(depth))
        return _joined("OR", clauses)

    def _clause(self, depth: int) -> Condition:
        phrases = [self._phrase(depth)]
        while self._take("AND"):
            phrases.append(self._phrase(depth))
        return _joined("AND", phrases)

    def _phrase(self, depth: int) -> Condition:
        if depth > _MOST_NESTED:
            raise BadFilter("nested too deep")
        if self._take("NOT"):
            return _not(self._phrase(depth + 1))
        if self._take("("):
            inner = self.expression(depth + 1)
            if not self._take(")"):
                raise BadFilter("a bracket is not closed")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        if self._peek()[0] in ("text", "number"):
            value, sign = self._value(), self._sign()
            return _compared(self._property(), _MIRRORED[sign], value)
        quantity = self._property()
        if self._peek()[1] in _MIRRORED:
            return _compared(quantity, self._sign(), self._value())
        word = self._next()[1]
        if word in _MATCHES:
            if word != "CONTAINS":
                self._take("WITH")
            return _matched(quantity, word, str(self._value()))
        readers = {"IS": self._is, "HAS": self._has_values, "LENGTH": self._has_length}
        if word not in readers:
            raise BadFilter(f"a comparison is expected, not {word or 'the end'}")
        return readers[word](quantity)

    def _is(self, quantity: str) -> Condition:
        word = self._take("KNOWN", "UNKNOWN")
        if word is None:
            raise BadFilter("after IS comes KNOWN or UNKNOWN")
        return _known(quantity) if word == "KNOWN" else _not(_known(quantity))

    def _has_values(self, quantity: str) -> Condition:
        word = self._take("ALL", "ANY", "ONLY")
        if word is None:
            sign = self._sign() if self._peek()[1] in _MIRRORED else "="
            return _compared(quantity, sign, self._value())
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        if word == "ONLY":
            return _only(quantity, values)
        return _joined("AND" if word == "ALL" else "OR", [_compared(quantity, "=", value) for value in values])

    def _has_length(self, quantity: str) -> Condition:
        sign = self._sign() if self._peek()[1] in _MIRRORED else "="
        kind, _ = self._peek()
        if kind != "number":
            raise BadFilter("after LENGTH comes a number")
        counted = self._counted.get(quantity)
        return _compared(counted, sign, self._value()) if counted else _length(quantity, sign, self._value())

    def _sign(self) -> str:
        sign = self._take(*_MIRRORED)
        if sign is None:
            raise BadFilter("one of = != < <= > >= is expected")
        return sign

    def _value(self) -> Any:
        kind, text = self._next()
        if kind == "number":
            return float(text)
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        raise BadFilter(f"a text in quotes or a number is expected, not {text or 'the end'}")

    def _property(self) -> str:
        kind, name = self._next()
        if kind != "word" or name not in self._properties:
            raise BadFilter(f"{name or 'the end'} is no property")
        return self._properties[name]
