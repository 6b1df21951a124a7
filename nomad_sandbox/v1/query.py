"""v1's query language as SQL on the index.

``{"results.material.elements": ["Ti", "O"], "x:any": [...], "x": {"gte": 1}}``: rows of one dict must all hold; a list
must be there in full. A dict with ``and``, ``or`` or ``not`` is that alone, whatever stands beside it (`read`). Knows
terms. It must not know HTTP or who may see what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nomad_sandbox.v1.answers import invalid, wrong_value
from nomad_sandbox.v1.optimade import optimade_filter
from nomad_sandbox.v1.quantities import NO_VALUES, Quantity, find_quantity, to_terms

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_SETS = ("any", "all", "none")
OPERATORS = frozenset({*_COMPARISONS, *_SETS})
_EMPTY: dict[str, Any] = {}


def read(query: Any) -> Any:
    """Give what NOMAD reads of one object of a query.

    It tries ``and`` (of a list), ``or`` (of a list), ``not``, then the normal form ``{"name", "value"}``, and drops
    without a word what stands beside the first that it finds. Everything else are quantities.

    Examples
    --------
    >>> read({"upload_id": "x", "and": [{"published": True}]})
    {'and': [{'published': True}]}
    >>> read({"name": "upload_id", "value": "x"})
    {'upload_id': 'x'}
    """
    if not isinstance(query, Mapping):
        return query
    for key in ("and", "or"):
        if isinstance(query.get(key), list):
            return {key: query[key]}
    if isinstance(query.get("not"), Mapping):
        return {"not": query["not"]}
    if isinstance(query.get("name"), str) and "value" in query:
        return {query["name"]: query["value"]}
    return query


@dataclass
class _Builder:
    """The values that a statement binds, collected while it is written."""

    values: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        name = f"q{len(self.values)}"
        self.values[name] = value
        return ":" + name

    def having(self, quantity: Quantity, condition: str) -> str:
        paths = ", ".join(self.bind(path) for path in quantity.paths)
        if not paths:
            return "0"
        nothing = ", ".join(self.bind(word) for word in NO_VALUES)
        return (
            f"entry IN (SELECT entry FROM terms WHERE quantity IN ({paths})"  # noqa: S608 - values are bound
            f" AND value NOT IN ({nothing}) AND {condition})"
        )

    def one_of(self, quantity: Quantity, values: list[Any]) -> str:
        """Give the condition that an entry has one of some values; of a text, one word of one of them."""
        # one list and no chain of ORs, whose depth SQLite bounds: ids are asked for by the thousand
        terms = [self.bind(term) for value in values for term in to_terms(quantity, value)]
        return self.having(quantity, f"value IN ({', '.join(terms)})")

    def criterion(self, quantity: Quantity, operator: str, operand: Any) -> str:
        if operator in _COMPARISONS:
            if operand is None or isinstance(operand, (list, Mapping)):
                raise invalid("value_error", ["body", "query", quantity.name, operator], "Input should be a value")
            term = to_terms(quantity, operand)[0]
            kind = "text" if isinstance(term, str) else "number"
            same_kind = "typeof(value) = 'text'" if kind == "text" else "typeof(value) != 'text'"
            return self.having(quantity, f"{same_kind} AND value {_COMPARISONS[operator]} {self.bind(term)}")
        if not isinstance(operand, list):
            place = ["body", "query", quantity.name, operator]
            raise invalid("list_type", place, "Input should be a valid list", operand)
        if operator == "all":
            return _join(" AND ", [self.one_of(quantity, [value]) for value in operand])
        some = self.one_of(quantity, operand)
        return some if operator == "any" else f"NOT {some}"

    def node(self, query: Any) -> str:
        if query is None:
            return "1"
        if not isinstance(query, Mapping):
            raise wrong_value("a query is an object", "query")
        return _join(" AND ", [self._row(str(key), value) for key, value in read(query).items()])

    def _row(self, key: str, value: Any) -> str:
        if key in ("and", "or") and isinstance(value, list):
            return _join(" AND " if key == "and" else " OR ", [self.node(row) for row in value])
        if key == "not" and isinstance(value, Mapping):
            return f"NOT {self.node(value)}"
        if key == "optimade_filter":
            return optimade_filter(value).sql(self.values)
        name, _, operator = key.partition(":")
        quantity = find_quantity(name)
        if operator:
            _check_operator(key, operator)
            return self.criterion(quantity, operator, value)
        return self._plain(quantity, value)

    def _plain(self, quantity: Quantity, value: Any) -> str:
        if isinstance(value, Mapping):
            for operator in value:
                _check_operator(quantity.name, operator)
            return _join(" AND ", [self.criterion(quantity, operator, row) for operator, row in value.items()])
        if isinstance(value, list):
            return self.criterion(quantity, "all", value)
        if value is None:
            raise invalid("value_error", ["body", "query", quantity.name], "Input should be a value")
        return self.one_of(quantity, [value])


def _check_operator(key: str, operator: str) -> None:
    if operator not in _COMPARISONS and operator not in _SETS:
        raise wrong_value(f"{operator} is not an operator", key)


def _join(word: str, parts: list[str]) -> str:
    return f"({word.join(parts)})" if parts else "1"


def query_sql(query: Any) -> tuple[str, dict[str, Any]]:
    """Give a query as a condition on ``entries``, and the values that it binds.

    Raises
    ------
    Refusal
        422 for an unknown quantity, an operator that there is not, or a value of the wrong type.
    """
    builder = _Builder()
    return builder.node(query), builder.values


def without(query: Any, name: str) -> Any:
    """Give a query without its conditions on one quantity.

    Examples
    --------
    >>> without({"upload_id:any": ["x"], "and": [{"upload_id": "y"}, {"domain": "dft"}]}, "upload_id")
    {'and': [{}, {'domain': 'dft'}]}
    """
    if isinstance(query, list):
        return [without(row, name) for row in query]
    if not isinstance(query, Mapping):
        return query
    return {
        key: without(value, name) if key in ("and", "or", "not") else value
        for key, value in read(query).items()
        if key.partition(":")[0] != name
    }


def half_normal(query: Any) -> Any:
    """Give a query with its operators below the quantities, as NOMAD repeats one that it has not searched with.

    Examples
    --------
    >>> half_normal({"entry_id:any": ["x"], "upload_id": "y"})
    {'entry_id': {'any': ['x']}, 'upload_id': 'y'}
    """
    if not isinstance(query, Mapping):
        return query
    rows = ((*key.partition(":")[::2], value) for key, value in query.items())
    return {
        name: {operator: value} if operator else {"all": value} if _is_list_of_values(name, value) else value
        for name, operator, value in rows
    }


def _is_list_of_values(name: str, value: Any) -> bool:
    return isinstance(value, list) and name not in ("and", "or")


def echo(query: Any) -> Any:
    """Give a query in the normal form in which NOMAD repeats it.

    Examples
    --------
    >>> echo({"upload_id": "x"})
    {'name': 'upload_id', 'value': 'x'}
    """
    rows = [_echo_row(key, value) for key, value in read(query or _EMPTY).items()]
    if len(rows) == 1:
        return rows[0]
    return {"and": rows} if rows else {}


def _echo_row(key: str, value: Any) -> Any:
    if key in ("and", "or"):
        return {key: [echo(row) for row in value]}
    if key == "not":
        return {"not": echo(value)}
    name, _, operator = key.partition(":")
    if operator:
        value = {operator: value}
    elif isinstance(value, list):
        value = {"all": value}
    return {"name": name, "value": value}
