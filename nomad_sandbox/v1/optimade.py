"""OPTIMADE's properties on v1. It must not know how a filter is read, or entries."""

from __future__ import annotations

from typing import Any

from nomad_sandbox.optimade import BadFilter, Filter, read_filter
from nomad_sandbox.v1.answers import wrong_value
from nomad_sandbox.v1.quantities import load_quantities

_PREFIX = "optimade."
_ELSEWHERE = {"elements": "atoms", "id": "calc_id", "last_modified": "upload_time"}


def optimade_filter(text: Any) -> Filter:
    """Read a filter.

    Raises
    ------
    Refusal
        422 for what is no filter, and for properties that there are not.
    """
    names = [name.removeprefix(_PREFIX) for name in load_quantities() if name.startswith(_PREFIX)]
    properties = {name: f"dft.optimade.{name}" for name in names} | _ELSEWHERE
    try:
        if not isinstance(text, str):
            raise BadFilter("a filter is a text")
        return read_filter(text, properties)
    except BadFilter as error:
        raise wrong_value(f"could not parse optimade filter: {error}", "optimade_filter") from error
