"""How large, deep and repetitive a description may be before it counts as hostile.

Knows the numbers and how to measure depth without recursion. It must not know any notation. NOMAD's own largest
document (2.0.0) has 519 kB, is 20 levels deep and uses no aliases.
"""

from __future__ import annotations

MAX_SIZE_BYTES = 64 * 1024 * 1024
"""Above this nothing is read."""

MAX_VALUES = 4_000_000
"""Values in all; together they take some 500 MB at most. 50 MB of honest description have 2.5 million."""

MAX_DEPTH = 200
"""Levels of nesting; copying and validating recurse, and Python allows them about 1000 frames."""

MAX_ALIASED_NODES = 100_000
"""Nodes that YAML aliases may stand for in all, counted as if written out."""


def depth_exceeds(document: object, limit: int) -> bool:
    """Tell whether dicts and lists are nested deeper than ``limit``.

    Examples
    --------
    >>> depth_exceeds({"a": [1]}, 2), depth_exceeds({"a": [1]}, 1)
    (False, True)
    """
    level = [document] if isinstance(document, (dict, list)) else []
    for _ in range(limit):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return bool(level)
