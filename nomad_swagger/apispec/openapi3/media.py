"""Media types: which of several to take, and what a body of that type is to bravado.

Knows media types; it must not know requests from responses.
"""

from __future__ import annotations

from collections.abc import Iterable

_STREAMS = frozenset(
    {"application/json-seq", "application/jsonl", "application/stream+json", "application/x-ndjson",
     "application/x-jsonlines", "application/jsonlines", "application/ndjson", "text/event-stream"}
)  # fmt: skip
_TEXTS = frozenset(
    {"application/graphql", "application/javascript", "application/sql", "application/xml", "application/yaml",
     "application/x-yaml", "application/x-www-form-urlencoded"}
)  # fmt: skip


def bare(media: str) -> str:
    """Give a media type without parameters, in lower case."""
    return media.partition(";")[0].strip().lower()


def is_json(media: str) -> bool:
    """Tell whether bravado decodes it, by the one test that it makes."""
    return bare(media) in ("application/json", "*/*", "application/*")


def is_json_like(media: str) -> bool:
    """Tell whether it is JSON under another name: ``application/problem+json``."""
    return bare(media).endswith(("+json", "/json")) and bare(media) not in _STREAMS


def is_text(media: str) -> bool:
    """Tell whether it reads as text in one piece."""
    name = bare(media)
    return name not in _STREAMS and (name.startswith("text/") or name in _TEXTS or name.endswith(("+xml", "+yaml")))


def preferred(media: Iterable[str]) -> list[str]:
    """Sort media types by how much bravado makes of them: JSON, its relatives, text, the rest as it came."""
    names = list(media)
    if len(names) > 1:
        names.sort(key=lambda name: (not is_json(name), "*" in name, not is_json_like(name), not is_text(name)))
    return names
