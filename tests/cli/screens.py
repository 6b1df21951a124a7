"""A terminal that is none: takes what is written, and gives what a person sees."""

from __future__ import annotations

import io
import re

_SEQUENCE = re.compile(r"\x1b\[(\??[\d;]*)([A-Za-z])")


class Screen(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def __init__(self, encoding: str = "utf-8", *, tty: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="strict", newline="\n")
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty

    @property
    def raw_text(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


def seen(written: str) -> list[str]:
    """Give the lines that stand on a terminal after that was written: of its commands those that we and rich use."""
    lines, row, at = [""], 0, 0
    place = 0
    while place < len(written):
        sequence = _SEQUENCE.match(written, place)
        if sequence:
            place = sequence.end()
            count, command = sequence[1], sequence[2]
            if command == "A":
                row = max(row - int(count or 1), 0)
            elif command == "K":
                lines[row] = "" if count == "2" else lines[row][:at]
            continue
        character = written[place]
        place += 1
        if character == "\r":
            at = 0
        elif character == "\n":
            row, at = row + 1, 0
            lines += [""] * (row - len(lines) + 1)
        else:
            lines[row] = lines[row][:at].ljust(at) + character + lines[row][at + 1 :]
            at += 1
    return [line.rstrip() for line in lines]


def without_styles(written: str) -> str:
    """Give what was written without the sequences that are our own: styles, the cursor hidden, lines cleared."""
    ours = r"\r(?=\x1b)|\x1b\[(?:[\d;]*m|2?K|\d*A)|\x1b\[\?25l|\x1b\[\?25h\r?"
    return re.sub(r"(?m)^\r|\r$", "", re.sub(ours, "", written))
