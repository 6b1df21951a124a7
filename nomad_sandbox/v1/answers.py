"""The forms of v1's answers: compact JSON, and FastAPI's shapes of errors.

Knows Flask's responses. It must not know operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import orjson
from flask import Response


class Refusal(Exception):
    """An error answer.

    Attributes
    ----------
    status : int
    detail : str or list of dict
        A sentence, or one row for each thing that is wrong with the request.
    """

    def __init__(self, status: int, detail: Any) -> None:
        super().__init__(f"{status} {detail}")
        self.status = status
        self.detail = detail


def invalid(kind: str, loc: list[Any], message: str, given: Any = None) -> Refusal:
    """Give the refusal of a request that does not fit the document, as FastAPI words it."""
    return Refusal(422, [{"type": kind, "loc": loc, "msg": message, "input": given}])


def not_a_quantity(name: str, *steps: str) -> Refusal:
    """Give the refusal of an unknown quantity: NOMAD's own shape, without type and with a nested place."""
    return wrong_value(f"{name} is not a doc quantity", *(steps or (name,)))


def wrong_value(message: str, *steps: str) -> Refusal:
    """Give the refusal of a value that NOMAD itself finds wrong, in the same shape."""
    return Refusal(422, [{"msg": message, "loc": [list(steps)]}])


def broken(name: str, message: str) -> Refusal:
    """Give the answer where NOMAD itself fails on a request: an exception of its own, told in an object.

    Only for what NOMAD was seen to fail on.
    """
    told = {"reason": "The server failed on this request.", "exception": message, "exception_class": name}
    return Refusal(500, {**told, "exception_traceback": ""})


def json_answer(data: Any, status: int = 200) -> Response:
    """Give data as v1 writes it."""
    return Response(orjson.dumps(data), status, content_type="application/json")


def without_none(data: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the keys without a value, as v1's models do."""
    return {key: value for key, value in data.items() if value is not None}


def error_answer(refusal: Refusal) -> Response:
    """Give an error."""
    return json_answer({"detail": refusal.detail}, refusal.status)


def streamed(parts: Iterator[bytes], *, mimetype: str, filename: str) -> Response:
    """Give a stream without a length, in chunks; one that breaks off can be told from one that ends."""
    response = Response(parts, content_type=mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    return response
