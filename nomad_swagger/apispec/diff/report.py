"""Changes as a page to read: for a terminal, for Markdown, for a program.

Gives strings; it must not print. What is told as one line is ``summary``'s business.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from nomad_swagger.apispec.diff.change import COSMETIC, SEVERITIES, Change
from nomad_swagger.apispec.diff.summary import Line, summarise

_HEADINGS = {
    "breaking": "BREAKING: scripts that worked fail, or get something else",
    "compatible": "COMPATIBLE: scripts work as before",
    "cosmetic": "COSMETIC: only words",
}


def report_text(changes: Sequence[Change], *, impacts: Sequence[str] = (), title: str = "") -> str:
    """Give the report for a terminal.

    Parameters
    ----------
    changes : sequence of Change
    impacts : sequence of str
        What ``affected_commands`` says; comes first.
    title : str
        Which documents these are, ``nomad-0.8.6 → nomad-0.9.10``.
    """
    parts = [f"{f'{title}: ' if title else ''}{headline(changes)}"]
    if impacts:
        parts += ["", "What this does to our commands:", *(f"  {impact}" for impact in impacts)]
    for severity, lines in _sections(changes):
        parts += ["", _HEADINGS[severity], *(f"  {line}" for line in lines)]
    return "\n".join(parts) + "\n"


def report_markdown(changes: Sequence[Change], *, impacts: Sequence[str] = (), title: str = "") -> str:
    """Give the report in Markdown, for a pull request or an issue; the arguments are those of ``report_text``."""
    parts = [f"## {title or 'What changed'}", "", headline(changes)]
    if impacts:
        parts += ["", "### What this does to our commands", "", *(f"- {_escaped(impact)}" for impact in impacts)]
    for severity, lines in _sections(changes):
        parts += ["", f"### {_HEADINGS[severity].capitalize()}", "", *(f"- {_escaped(line)}" for line in lines)]
    return "\n".join(parts) + "\n"


def report_json(changes: Sequence[Change], *, impacts: Sequence[str] = (), title: str = "") -> str:
    """Give every single change, not summarised, as JSON; the arguments are those of ``report_text``."""
    report = {
        "title": title,
        "counts": {severity: sum(change.severity == severity for change in changes) for severity in SEVERITIES},
        "impacts": list(impacts),
        "changes": [asdict(change) for change in changes],
    }
    return json.dumps(report, indent=1, ensure_ascii=False, default=str) + "\n"


def headline(changes: Sequence[Change]) -> str:
    """Give the counts in one sentence.

    Examples
    --------
    >>> headline([])
    'no difference'
    """
    counts = [(severity, sum(change.severity == severity for change in changes)) for severity in SEVERITIES]
    told = ", ".join(f"{count} {severity}" for severity, count in counts if count)
    return f"{told} change{'' if len(changes) == 1 else 's'}" if told else "no difference"


def _sections(changes: Sequence[Change]) -> Iterator[tuple[str, list[str]]]:
    lines = summarise(changes)
    for severity in SEVERITIES:
        found = [line for line in lines if line.severity == severity]
        if severity == COSMETIC:
            told = [*_words_together(found), *(line.text for line in found if line.kind != "words-changed")]
        else:
            told = [line.text for line in found]
        if told:
            yield severity, told


def _words_together(lines: Sequence[Line]) -> Iterator[str]:
    count = sum(line.count for line in lines if line.kind == "words-changed")
    if count:
        yield f"{count} description{'' if count == 1 else 's'} in other words"


def _escaped(text: str) -> str:
    return text.replace("*", "\\*").replace("_", "\\_").replace("<", "\\<") if "`" not in text else text
