"""Paste code into a Python prompt, line by line, as a person's clipboard does.

Knows what the prompt makes of lines: an empty one ends what is indented, and a line that begins at the margin must not
come right behind an indented one. ``pasted`` does it in a real prompt.
"""

from __future__ import annotations

import io
import os
import re
from codeop import CommandCompiler
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pexpect

TIMEOUT_S = 120


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


def pasted(prompt: Sequence[str], blocks: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> str:
    """Paste blocks one after the other into a prompt on a terminal of its own, and give what the screen shows."""
    shown = io.StringIO()
    said = {**os.environ, **environment, "TERM": "dumb", "NO_COLOR": "1"}
    child = pexpect.spawn(
        prompt[0], list(prompt[1:]), cwd=folder, env=said, encoding="utf-8", timeout=TIMEOUT_S, echo=False
    )
    child.logfile_read = shown
    for number, block in enumerate(blocks):
        for line in block.splitlines():
            child.sendline(line)
        child.sendline("")
        child.sendline(f"print('block', {number}, 'is', 'through')")
        child.expect_exact(f"block {number} is through")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    return shown.getvalue()
