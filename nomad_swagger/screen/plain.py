r"""Text of strangers made harmless for a screen: THE place where that is done.

A comment, a file name, an answer of a server may hold characters that move the cursor, change the window's title or
turn the order of what is read. They are shown as Python writes them (``\x1b``, ``\u202e``) and do nothing. Nothing
else knows which characters these are; it must not know where text goes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

# C0, DEL and C1; the soft marks of direction, joins and order that nobody sees; line ends that only some see; halves of
# characters. Zero-width joiners stay: Persian, Hindi and many emoji need them.
_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
_HARMFUL_IN_LINES = re.compile(_HARMFUL.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))


def plain(text: str, *, lines: bool = False) -> str:
    r"""Give a text in which nothing commands a terminal.

    Parameters
    ----------
    text : str
    lines : bool
        Line feeds stay: the text has lines of our own.

    Examples
    --------
    >>> plain("a\x1b]0;title\x07b"), plain("two\nlines"), plain("two\nlines", lines=True)
    ('a\\x1b]0;title\\x07b', 'two\\nlines', 'two\nlines')
    """
    return (_HARMFUL_IN_LINES if lines else _HARMFUL).sub(_escape, text)


def plain_json(text: str) -> str:
    r"""Give a JSON text that says the same and in which nothing commands a terminal.

    Examples
    --------
    >>> plain_json('{"comment": "\u202eevil"}')
    '{"comment": "\\u202eevil"}'
    """
    return _HARMFUL_IN_LINES.sub(_json_escape, text)


def readable(blocks: Iterable[bytes]) -> Iterator[str]:
    r"""Give the bytes of a file as text for a screen, with blanks for tabs.

    Examples
    --------
    >>> "".join(readable([b"a\tb\r", b"\nc\xff", b"\x1b"]))
    'a       b\nc\\xff\\x1b'
    """
    decoder, rest = codecs.getincrementaldecoder("utf-8")("backslashreplace"), ""
    for block in blocks:
        lines = (rest + decoder.decode(block)).split("\n")
        rest = lines.pop()
        if lines:
            yield _screened(lines) + "\n"
    yield _screened((rest + decoder.decode(b"", final=True)).split("\n"))


def _screened(lines: Iterable[str]) -> str:
    return "\n".join(plain(line.removesuffix("\r").expandtabs()) for line in lines)


def fitting(text: str, encoding: str) -> str:
    r"""Give a text that an encoding can carry; what it has no bytes for is an escape.

    Examples
    --------
    >>> fitting("Ångström", "latin-1"), fitting("Ångström", "ascii")
    ('Ångström', '\\xc5ngstr\\xf6m')
    """
    return text.encode(encoding, "backslashreplace").decode(encoding)


def fitting_json(text: str, encoding: str) -> str:
    r"""Give a JSON text that an encoding can carry and that says the same.

    Examples
    --------
    >>> fitting_json('"Ångström 😀"', "latin-1")
    '"Ångström \\ud83d\\ude00"'
    """
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(one if _fits(one, encoding) else _json_escape(one) for one in text)
    return text


def _fits(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _escape(found: re.Match[str]) -> str:
    # Halves of characters included, which ``encode`` cannot take.
    return found[0].encode("ascii", "backslashreplace").decode() if ord(found[0]) > 0x7F else repr(found[0])[1:-1]


def _json_escape(found: re.Match[str] | str) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
