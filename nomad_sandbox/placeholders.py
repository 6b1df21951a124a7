"""The words that stand where a value is not known."""

from __future__ import annotations

from typing import Any

UNAVAILABLE = "unavailable"
NOT_PROCESSED = "not processed"


def describe_failure(code: str | None) -> dict[str, Any]:
    """Give the quantities of a mainfile that could not be read."""
    unknown = (
        "basis_set",
        "xc_functional",
        "system",
        "compound_type",
        "crystal_system",
        "spacegroup_symbol",
        "code_version",
    )
    return {
        "formula": NOT_PROCESSED,
        "atoms": [],
        "only_atoms": "",
        "n_atoms": 0,
        "dft": {"code_name": code or UNAVAILABLE, **dict.fromkeys(unknown, NOT_PROCESSED)},
    }
