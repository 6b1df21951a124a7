"""What a command is about, as typed: ids and paths, or the words of one query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nomad_swagger.cli.options import key_values
from nomad_swagger.errors import UsageError


def read_targets(targets: Sequence[str]) -> list[str | Mapping[str, Any]]:
    """Give ids and paths as they are, and ``key=value`` words as one query.

    Raises
    ------
    UsageError
        Both at once.

    Examples
    --------
    >>> read_targets(["elements=Si", "elements=O"])
    [{'elements': ['Si', 'O']}]
    """
    queries = [target for target in targets if "=" in target.split("/")[0]]
    if not queries:
        return list(targets)
    if len(queries) < len(targets):
        raise UsageError("give ids and paths, or one query of key=value words, not both")
    return [key_values(queries)]
