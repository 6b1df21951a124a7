"""Edit entries in v0's manner: ``{"query", "actions": {"comment": {"value": …}, "references": [{"value": …}]}}``.

Says in v1's own words what is wanted, and answers in v0's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from nomad_sandbox.v1.answers import Refusal, invalid, json_answer, without_none
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.edit import edit_entries
from nomad_sandbox.v1.query import half_normal


def post_edit_v0(call: Call) -> Response:
    """Do what the actions say to all entries that the query finds.

    Raises
    ------
    Refusal
        400 with what is wrong, where it was not only to be tried.
    """
    call.user()
    body = call.body
    actions = {name: value for name, value in (body.get("actions") or {}).items() if value is not None}
    for name, value in actions.items():
        if not all(isinstance(item, Mapping) for item in (value if isinstance(value, list) else [value])):
            raise invalid("dict_type", ["body", "actions", name], "Input should be a valid dictionary", value)
    verify = bool(body.get("verify"))
    asked = {
        "owner": body.get("owner") or "public",
        "query": body.get("query") or {},
        "metadata": {name: _wanted(value) for name, value in actions.items()},
        "verify_only": verify,
    }
    message = None
    try:
        edit_entries(call, asked)
    except Refusal as error:
        if error.status != 422:
            raise
        message = "; ".join(str(row["msg"]) for row in error.detail)
    if message and not verify:
        raise Refusal(400, message)
    told = {name: _told(value, success=message is None) for name, value in actions.items()}
    return json_answer(
        without_none(
            {
                "owner": asked["owner"],
                "query": half_normal(asked["query"]),
                "actions": told,
                "verify": verify,
                "success": message is None,
                "message": message,
            }
        )
    )


def _wanted(value: Any) -> Any:
    if isinstance(value, list):
        return [item.get("value") for item in value]
    return value.get("value")


def _told(value: Any, *, success: bool) -> Any:
    if isinstance(value, list):
        return [{**item, "success": success} for item in value]
    return {**value, "success": success}


HANDLERS: Mapping[str, Handler] = {"POST /entries/edit_v0": post_edit_v0}
