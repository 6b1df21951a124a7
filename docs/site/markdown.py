"""Markdown as text: headings, anchors, links. It must not know which pages there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^(```|~~~)")
_HEADING = re.compile(r"^(#+)\s+(.*?)\s*$")
_LINK = re.compile(r"(!?\[(?:[^\[\]]|\[[^\]]*\])*\]\()([^)\s]+)(\))")
_CODE = re.compile(r"(`+).*?\1")


def lines_of(text: str) -> Iterator[tuple[str, bool]]:
    """Give each line, and whether it stands in a block of code."""
    inside = ""
    for line in text.splitlines():
        fence = _FENCE.match(line)
        if fence and not inside:
            inside = fence[1]
            yield line, True
        elif fence and line.strip() == inside:
            inside = ""
            yield line, True
        else:
            yield line, bool(inside)


def slug(heading: str) -> str:
    """Give the anchor of a heading, as GitHub makes it.

    Examples
    --------
    >>> slug("What is in the `folder`?")
    'what-is-in-the-folder'
    """
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def headings(text: str) -> list[tuple[int, str]]:
    """Give level and words of each heading."""
    found = (_HEADING.match(line) for line, code in lines_of(text) if not code)
    return [(len(match[1]), match[2]) for match in found if match]


@dataclass(frozen=True)
class Section:
    """A part of a text, with its heading."""

    title: str
    text: str

    @property
    def anchors(self) -> set[str]:
        """Give the anchors of its headings."""
        return {slug(words) for _, words in headings(self.text)}


def sections(text: str) -> list[Section]:
    """Give the parts that begin with a heading of the second level; what stands before the first is left out."""
    parts: list[list[str]] = []
    for line, code in lines_of(text):
        if not code and line.startswith("## "):
            parts.append([])
        if parts:
            parts[-1].append(line)
    return [Section(part[0][3:].strip(), "\n".join(part) + "\n") for part in parts]


def raised(text: str) -> str:
    """Lift each heading by one level."""
    return "\n".join(line[1:] if not code and line.startswith("##") else line for line, code in lines_of(text)) + "\n"


def linked(text: str) -> list[str]:
    """Give the pages of the same folder that a text links to, in its order, each once."""
    targets = [match[2] for line, code in lines_of(text) if not code for match in _LINK.finditer(line)]
    return list(dict.fromkeys(name for name in targets if name.endswith(".md") and "/" not in name))


def with_links(text: str, change: Callable[[str], str]) -> str:
    """Give the text with the targets of its links changed; code stays as it is.

    Examples
    --------
    >>> print(with_links("[a](b.md), `[c](d)`", str.upper).strip())
    [a](B.MD), `[c](d)`
    """

    def changed(line: str) -> str:
        code = [match.span() for match in _CODE.finditer(line)]

        def one(match: re.Match[str]) -> str:
            within = any(start < match.start(2) < end for start, end in code)
            return match[0] if within else f"{match[1]}{change(match[2])}{match[3]}"

        return _LINK.sub(one, line)

    return "\n".join(line if code else changed(line) for line, code in lines_of(text)) + "\n"
