"""Small HTML for notebooks: a table of facts and a table of rows.

Knows HTML and that every word in it is somebody else's, so all of it is escaped. It must not know what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_LEFT = 'style="text-align:left;vertical-align:top"'
_CAPTION = 'style="text-align:left;font-weight:bold"'
_LONGEST = 300


def escape(text: str) -> str:
    """Give text as HTML shows it."""
    from html import escape as escaped  # late: a start shows nothing, and the module has two thousand names

    return escaped(text)


def facts(title: str, values: Mapping[str, object]) -> str:
    """Give a table of names and values; what is empty is left out.

    Examples
    --------
    >>> "<td" in facts("Upload", {"upload_id": "x", "name": ""})
    True
    """
    shown = {name: cell(value) for name, value in values.items()}
    rows = "".join(
        f"<tr><th {_LEFT}>{escape(name)}</th><td {_LEFT}>{text}</td></tr>" for name, text in shown.items() if text
    )
    return f"<table><caption {_CAPTION}>{escape(title)}</caption>{rows}</table>"


def grid(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Give a table with a head; ``columns`` name it."""
    head = "".join(f"<th {_LEFT}>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td {_LEFT}>{cell(value)}</td>' for value in row)}</tr>" for row in rows)
    caption = f"<caption {_CAPTION}>{escape(title)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def record(thing: DataclassInstance, *, title: str = "") -> str:
    """Give a dataclass as a table of facts; fields that do not belong in its repr are left out."""
    shown = {field.name: getattr(thing, field.name) for field in fields(thing) if field.repr}
    return facts(title or type(thing).__name__, shown)


def cell(value: object) -> str:
    """Give one value as escaped text: yes and no, lists with commas, nothing for None; cut where it is very long."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(str(item) for item in value) if isinstance(value, (list, tuple)) else str(value)
    return escape(text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …")
