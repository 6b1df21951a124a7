"""JSON as text, by one rule for all that is written: strict readers take it, and every stream.

NaN and the infinities, which are no JSON, are null unless they are asked for; half a character (a lone surrogate, which
no encoding takes) is an escape.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def json_text(
    value: object, *, nan: bool = False, indent: int | None = None, default: Callable[[object], object] | None = None
) -> str:
    """Give a value as JSON.

    Parameters
    ----------
    value : any
    nan : bool
        Write ``NaN`` and ``Infinity``, as Python's and JavaScript's readers take them.
    indent : int, optional
    default : callable, optional
        Makes plain what JSON has no word for.

    Examples
    --------
    >>> json_text({"energy": float("nan"), "name": "Ångström"})
    '{"energy": null, "name": "Ångström"}'
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=nan, indent=indent, default=default)
    except ValueError as error:
        if nan or "float" not in str(error):
            raise
        text = json.dumps(_finite(value), ensure_ascii=False, indent=indent, default=default)
    return _HALF_CHARACTER.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
