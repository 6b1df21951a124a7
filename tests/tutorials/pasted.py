"""Tell what a Python prompt would refuse of a block that is pasted line by line.

Knows what the prompt makes of lines: an empty one ends what is indented, and a line that begins at the margin must not
come right behind an indented one. ``prompts`` pastes into real ones.
"""

from __future__ import annotations

import re
from codeop import CommandCompiler
from collections.abc import Iterator


def faults(code: str) -> Iterator[str]:
    """Give what a Python prompt (up to 3.12) would refuse of a block, with the line at which it notices.

    Examples
    --------
    >>> list(faults("for i in range(2):\\n    print(i)\\nprint(3)\\n"))
    ['line 3: invalid syntax']
    """
    compiled, held = CommandCompiler(), ""
    for number, line in enumerate([*code.splitlines(), ""], 1):
        held = f"{held}\n{line}" if held else line
        try:
            complete = compiled(held, "<prompt>", "single") is not None
        except (SyntaxError, ValueError) as error:
            yield f"line {number}: {getattr(error, 'msg', error)}"
            complete = True
        if complete:
            held = ""
    if held.strip():
        yield "the end: the prompt waits for more"


def read_python(text: str) -> list[str]:
    """Give the Python blocks of a Markdown text."""
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
