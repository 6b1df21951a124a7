"""Numbers in words: one or many, and sizes."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB")


def plural(word: str, count: int | None) -> str:
    """Give a word for one or for many.

    Examples
    --------
    >>> plural("entry", 1), plural("entry", 2), plural("upload", 0)
    ('entry', 'entries', 'uploads')
    """
    if count == 1:
        return word
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def size_words(size_bytes: int) -> str:
    """Give a size for a person.

    Examples
    --------
    >>> size_words(999), size_words(12_345_678)
    ('999 B', '12.3 MB')
    """
    size, unit = float(size_bytes), 0
    while size >= 999.95 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size_bytes} B" if unit == 0 else f"{size:.3g} {_UNITS[unit]}"
