"""From v0's search parameters, or a query in a body, to a query of the index.

Knows the names of one version, by its table. It must not run queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from nomad_sandbox.optimade import BadFilter, Filter, read_filter
from nomad_sandbox.search import Condition, Query, Selection, select
from nomad_sandbox.v0.answers import Refusal
from nomad_sandbox.v0.call import Call
from nomad_sandbox.v0.version import Quantity
from nomad_sandbox.visibility import OwnerRefused

_NOTHING = Condition("calc_id", ())


def _condition(quantity: Quantity, values: list[Any]) -> Condition:
    if quantity.path is None:
        return _NOTHING
    if quantity.path == "only_atoms":
        # the index holds the elements of an entry as one word, sorted
        values = ["".join(sorted(str(value) for value in values))]
    return Condition(quantity.path, values, quantity.every)


def _filter(call: Call, text: str) -> Filter:
    """Read an OPTIMADE filter; its properties are those that the version knows.

    Raises
    ------
    Refusal
        400, without a message.
    """
    try:
        return read_filter(text, call.version.optimade.properties)
    except BadFilter as error:
        raise Refusal(400, description=f"Could not parse optimade query: {error}") from error


def _utc(text: str, name: str) -> str:
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise Refusal(400, f"bad datetime format for {name}: {text}") from error
    if time.tzinfo is not None:
        time = time.astimezone(timezone.utc).replace(tzinfo=None)
    return time.isoformat(timespec="microseconds")


def _query(call: Call, wanted: Mapping[str, list[Any]], special: Mapping[str, Any], *, owner: str) -> Query:
    conditions = [
        _condition(call.version.quantities[name], values)
        for name, values in wanted.items()
        if name in call.version.quantities and name != call.version.optimade.parameter and values
    ]
    filters = [_filter(call, str(text)) for text in wanted.get(call.version.optimade.parameter, ())]
    times = {name: _utc(str(special[name]), name) for name in ("from_time", "until_time") if special.get(name)}
    return Query(
        conditions=conditions, filters=filters, owner=str(special.get("owner") or owner), viewer=call.viewer, **times
    )


def query_of_parameters(call: Call, *, without: str | None = None) -> Query:
    """Give the query that the parameters of a call say; unknown ones are passed over, as v0 does.

    Parameters
    ----------
    call : Call
    without : str, optional
        A parameter that means something else here.

    Raises
    ------
    Refusal
    """
    wanted = {name: call.many(name) for name in call.version.quantities if name in call.request.args}
    wanted.pop(without or "", None)
    special = {name: call.text(name) for name in ("owner", "from_time", "until_time")}
    return _query(call, wanted, special, owner="visible")


def query_of_body(call: Call, body: Mapping[str, Any], *, owner: str = "visible") -> Query:
    """Give the query that a part of a body says; unknown keys are passed over.

    Raises
    ------
    Refusal
    """
    wanted = {name: _values(call.version.quantities.get(name), value) for name, value in body.items()}
    return _query(call, wanted, body, owner=owner)


def _values(quantity: Quantity | None, value: Any) -> list[Any]:
    if isinstance(value, str) and quantity is not None and quantity.split:
        return value.split(",")
    return value if isinstance(value, list) else [value]


def selected(query: Query) -> Selection:
    """Turn a query into a selection, with v0's refusals of owners.

    Raises
    ------
    Refusal
        400 for an unknown owner, 401 for one that is not for this viewer; both in the form without message.
    """
    try:
        return select(query)
    except OwnerRefused as error:
        raise Refusal(400 if error.unknown else 401, description=str(error)) from error
