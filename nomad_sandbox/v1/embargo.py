"""What may be asked of an embargo: whole months, 0 to 36."""

from __future__ import annotations

from typing import Any

from nomad_sandbox.publication import MAX_EMBARGO_MONTHS
from nomad_sandbox.v1.answers import Refusal
from nomad_sandbox.v1.call import Call


def embargo(value: Any) -> int:
    """Give the months.

    Raises
    ------
    Refusal
        400 for what is not between 0 and 36.
    """
    try:
        months = int(value)
    except (TypeError, ValueError) as error:
        raise Refusal(400, f"embargo_length must be a number of months, not {value!r}.") from error
    if not 0 <= months <= MAX_EMBARGO_MONTHS:
        raise Refusal(400, f"embargo_length must be between 0 and {MAX_EMBARGO_MONTHS} months.")
    return months


def embargo_of_url(call: Call) -> int | None:
    """Give the months that the query string says, None where it says nothing.

    Raises
    ------
    Refusal
    """
    text = call.text("embargo_length")
    return None if text is None else embargo(text)
