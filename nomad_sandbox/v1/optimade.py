"""An OPTIMADE filter as a query of v1.

Knows which quantities hold OPTIMADE's properties. It must not know terms or entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, combinations
from typing import Any

from nomad_sandbox.optimade import BadFilter, Comparison, Junction, Negation, Tree, parse_filter
from nomad_sandbox.v1.answers import Refusal, wrong_value
from nomad_sandbox.v1.quantities import load_quantities

_QUANTITIES = {
    "elements": "results.material.elements",
    "nelements": "results.material.n_elements",
    "chemical_formula_reduced": "results.material.chemical_formula_reduced",
    "chemical_formula_descriptive": "results.material.chemical_formula_descriptive",
    "chemical_formula_anonymous": "results.material.chemical_formula_anonymous",
    "chemical_formula_hill": "results.material.chemical_formula_hill",
    "last_modified": "upload_create_time",
    "id": "entry_id",
}
_EXCLUSIVE = "results.material.elements_exclusive"
_COMPARISONS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_MOST_ONLY = 8  # their subsets are asked for one by one


def optimade_query(text: Any) -> dict[str, Any]:
    """Give the query that a filter stands for.

    Raises
    ------
    Refusal
        422 for what is no filter, and for properties that there are not.
    """
    if not isinstance(text, str):
        raise wrong_value("an OPTIMADE filter is a text", "optimade_filter")
    try:
        return _query(parse_filter(text))
    except BadFilter as error:
        raise wrong_value(f"could not parse optimade filter: {error}", "optimade_filter") from error


def _query(tree: Tree) -> dict[str, Any]:
    if isinstance(tree, Junction):
        return {tree.word: [_query(part) for part in tree.parts]}
    if isinstance(tree, Negation):
        return {"not": _query(tree.part)}
    return _compared(tree, _quantity(tree.property))


def _quantity(name: str) -> str:
    if name in _QUANTITIES:
        return _QUANTITIES[name]
    if f"optimade.{name}" in load_quantities():
        return f"optimade.{name}"
    raise BadFilter(f"there is no property {name}")


def _compared(asked: Comparison, quantity: str) -> dict[str, Any]:
    values = list(asked.values)
    if asked.operator == "has only":
        return _only(values, quantity)
    if asked.operator.startswith("has "):
        return {f"{quantity}:{asked.operator[4:]}": values}
    if asked.operator == "=":
        return {quantity: values[0]}
    if asked.operator == "!=":
        return {"not": {quantity: values[0]}}
    if asked.operator in _COMPARISONS:
        return {f"{quantity}:{_COMPARISONS[asked.operator]}": values[0]}
    if asked.operator == "known":
        return {f"{quantity}:gte": -1e308 if load_quantities()[quantity].is_number else ""}
    raise Refusal(501, f"{asked.operator.upper()} in an OPTIMADE filter is not part of the sandbox")


def _only(elements: Sequence[Any], quantity: str) -> dict[str, Any]:
    if quantity != _QUANTITIES["elements"] or len(elements) > _MOST_ONLY:
        raise BadFilter(f"HAS ONLY is for at most {_MOST_ONLY} elements")
    names = sorted({str(element) for element in elements})
    some = chain.from_iterable(combinations(names, size) for size in range(1, len(names) + 1))
    return {f"{_EXCLUSIVE}:any": [" ".join(part) for part in some]}
