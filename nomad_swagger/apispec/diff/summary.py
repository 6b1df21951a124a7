"""Many changes told as few lines.

Knows how to say the same thing once: what reads alike in several operations becomes one line, and so do several
parameters, fields or operations that changed alike. A prefix that many names got is told as a prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from nomad_swagger.apispec.diff.change import OPERATION, SEVERITIES, Change
from nomad_swagger.light import dataclass

_SHOWN = 8
_PLURAL = {
    **{"is": "are", "was": "were", "has": "have", "takes": "take", "wants": "want", "refuses": "refuse"},
    **{"asks": "ask", "its": "their"},
}


@dataclass(frozen=True)
class Line:
    """Several changes told as one.

    Attributes
    ----------
    severity, kind : str
    text : str
        The whole sentence.
    count : int
        How many changes it stands for.
    """

    severity: str
    kind: str
    text: str
    count: int


@dataclass(frozen=True)
class _Group:
    """One change, and the operations in which it reads the same."""

    change: Change
    operations: tuple[str, ...]
    lead: str
    name: str

    @property
    def prefix(self) -> str:
        """Give the prefix that a renamed thing got (``+dft.``) or lost (``-dft.``)."""
        old, new = str(self.change.old), str(self.change.new)
        if self.change.kind not in ("parameter-renamed", "field-renamed"):
            return ""
        if new.endswith(f".{old}") and " or " not in new:
            return f"+{new.removesuffix(old)}"
        return f"-{old.removesuffix(new)}" if old.endswith(f".{new}") else ""


def summarise(changes: Iterable[Change]) -> list[Line]:
    """Give the lines of a report, the worst first, else in the order of the changes.

    Examples
    --------
    >>> changes = [Change("breaking", "parameter-removed", name, "parameter pid", "is gone") for name in ("a.b", "a.c")]
    >>> [line.text for line in summarise(changes)]
    ['parameter pid is gone — in a.b and a.c']
    """
    merged: dict[tuple[object, ...], list[_Group]] = {}
    for group in _groups(changes):
        merged.setdefault(_alike(group), []).append(group)
    lines = [_line(groups) for groups in merged.values()]
    return sorted(lines, key=lambda line: SEVERITIES.index(line.severity))


def _groups(changes: Iterable[Change]) -> Iterator[_Group]:
    together: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        alone = change.operation if change.where == OPERATION else ""
        together.setdefault((change.severity, change.kind, alone, change.where, change.message), []).append(change)
    for members in together.values():
        first = members[0]
        operations = tuple(dict.fromkeys(change.operation for change in members if change.operation))
        yield _Group(first, () if first.where == OPERATION else operations, *_lead_and_name(first))


def _lead_and_name(change: Change) -> tuple[str, str]:
    """Split a place into what it shares with its neighbours and its own name."""
    if change.where == OPERATION:
        return "", change.operation
    if change.kind.startswith("field-"):
        name = str(change.new if change.kind == "field-added" else change.old)
        if change.where.endswith(name):
            return change.where.removesuffix(name).rstrip("."), name
    head, middle, tail = change.where.rpartition(" · ")
    if middle:
        return head + middle, tail
    head, _, tail = change.where.rpartition(" ")
    return (head, tail) if head else (change.where, "")


def _alike(group: _Group) -> tuple[object, ...]:
    change = group.change
    told = f"{group.prefix} {_effect(change)}" if group.prefix else change.message
    if change.kind == "operation-added":
        told = ""
    return change.severity, change.kind, group.lead, told, group.operations


def _line(groups: Sequence[_Group]) -> Line:
    first, change = groups[0], groups[0].change
    if len(groups) == 1:
        text = _joined(first.name if change.where == OPERATION else change.where, change.message)
    elif first.prefix:
        text = _prefixed(groups)
    elif change.kind == "operation-added":
        text = f"{_several(groups)} are new"
    else:
        text = _joined(_several(groups), _plural(change.message))
    scope = _scope(first.operations)
    count = sum(max(1, len(group.operations)) for group in groups)
    return Line(change.severity, change.kind, f"{text}{f' — in {scope}' if scope else ''}", count)


def _joined(subject: str, message: str) -> str:
    return f"{subject}{':' if message.startswith(('its ', 'their ')) else ''} {message}"


def _prefixed(groups: Sequence[_Group]) -> str:
    first = groups[0]
    shown = _few([f"{group.change.old} → {group.change.new}" for group in groups], 4)
    got = "got" if first.prefix[0] == "+" else "lost"
    effect = _effect(first.change).replace("old name", "old names").replace(" it ", " them ")
    return f"{_several(groups, shown)} {got} the prefix {first.prefix[1:]}{effect}"


def _effect(change: Change) -> str:
    return change.message.removeprefix(f"is now called {change.new}")


def _several(groups: Sequence[_Group], shown: str = "") -> str:
    lead = groups[0].lead
    names = [group.name for group in groups]
    shown = shown or _few(names, _SHOWN)
    if not lead:
        return f"{len(names)} operations ({_few(names, 12)})"
    if lead.startswith(("answer ", "body ")) or lead == "body":
        place = lead.rstrip(" ·")
        return f"{place}: {len(names)} fields ({shown})"
    return f"{len(names)} {lead.rstrip(' ·')}s ({shown})"


def _few(names: Sequence[str], shown: int) -> str:
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")


def _plural(message: str) -> str:
    lead = next((lead for lead in ("now ", "no longer ", "also ") if message.startswith(lead)), "")
    head, _, rest = message.removeprefix(lead).partition(" ")
    told = f"{lead}{_PLURAL.get(head, head)} {rest}".replace(", is now", ", are now")
    return re.sub(r"\bit\b", "them", told)


def _scope(operations: Sequence[str]) -> str:
    if len(operations) <= 2:
        return " and ".join(operations)
    return f"{operations[0]} and {len(operations) - 1} more"
