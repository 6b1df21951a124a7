"""Text cut to a width in cells of a terminal, where a Chinese character takes two: in its middle, or behind a word."""

from __future__ import annotations

import textwrap


def cell_len(text: str) -> int:
    """Give how many cells a text takes.

    Examples
    --------
    >>> cell_len("Si"), cell_len("硅")
    (2, 2)
    """
    if text.isascii():
        return len(text)
    from rich.cells import cell_len as measured

    return measured(text)


def in_the_middle(text: str, width: int, dots: str = "…") -> str:
    """Give a text that takes at most ``width`` cells; its end, which tells more, keeps more.

    Examples
    --------
    >>> in_the_middle("internationalisation", 12)
    'inter…sation'
    """
    if cell_len(text) <= width:
        return text
    room = max(width - len(dots), 0)
    ahead = _first(text, room - room * 3 // 5)
    behind = _first(text[::-1], room - cell_len(ahead))[::-1]
    return f"{ahead}{dots}{behind}" if room else dots[:width]


def in_path(path: str, width: int, dots: str = "…") -> str:
    """Give a path that takes at most ``width`` cells: its name, and as many whole steps of the way as find room.

    Examples
    --------
    >>> in_path("a/very/long/way/to/vasprun.xml", 20), in_path("a/very/long/vasprun.xml", 8)
    ('a/very/…/vasprun.xml', 'vas….xml')
    """
    steps = path.split("/")
    if "://" in path:  # a server is one step
        steps = ["/".join(steps[:3]), *steps[3:]]
    if cell_len(path) <= width or len(steps) < 2:
        return in_the_middle(path, width, dots)
    tail = steps.pop() or f"{steps.pop()}/"
    head: list[str] = []
    while steps and cell_len("/".join([*head, steps[0], dots, tail])) <= width:
        head.append(steps.pop(0))
    while steps and cell_len("/".join([*head, dots, steps[-1], tail])) <= width:
        tail = f"{steps.pop()}/{tail}"
    whole = "/".join([*head, dots, tail])
    return whole if cell_len(whole) <= width else in_the_middle(tail, width, dots)


def in_words(text: str, width: int, dots: str = "…") -> str:
    """Give the words of a text that find room in ``width`` cells; a word that is alone too long loses its middle.

    Examples
    --------
    >>> in_words("Uploaded by the demo", 15), in_words("internationalisation", 12)
    ('Uploaded by …', 'inter…sation')
    """
    if cell_len(text) <= width:
        return text
    head = _first(text, width - len(dots) - 1)
    kept = head if text[len(head) : len(head) + 1].isspace() else head.rpartition(" ")[0]
    if not kept.strip():
        return in_the_middle((text.split(maxsplit=1) or [text])[0], width, dots)
    return f"{kept.rstrip()} {dots}"


def folded(text: str, width: int) -> str:
    """Give lines that end between words, with what belongs to one a little to the right.

    Examples
    --------
    >>> print(folded("  one two three four", 14))
      one two
        three four
    """
    lines: list[str] = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        lines += textwrap.wrap(
            line.lstrip(),
            width,
            initial_indent=indent,
            subsequent_indent=f"{indent}  ",
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(lines)


def _first(text: str, width: int) -> str:
    taken = 0
    for at, character in enumerate(text):
        taken += cell_len(character)
        if taken > width:
            return text[:at]
    return text
