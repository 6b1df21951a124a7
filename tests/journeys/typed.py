"""Type the console blocks of a text into a shell on a terminal, and answer what is asked as the text does.

A line that begins with ``$`` is typed; what stands below it is a question with its answer behind the last ``: `` (none:
the password, which no terminal shows) or, where it asks nothing, what the screen shows; dots stand for anything.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pexpect

_QUESTION = re.compile(r"(?P<question>.*(?:\[y/N\]|^User|^Password):) ?(?P<answer>.*)$")
_PROMPT = "<prompt> "
_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_WIDE = (50, 400)  # questions are not folded


@dataclass
class Line:
    """A command, and the lines that stand below it."""

    command: str
    below: list[str]


def read_lines(text: str) -> Iterator[Line]:
    """Give the commands of a text's console blocks.

    Examples
    --------
    >>> list(read_lines("```console\\n$ ask   # why\\nGo on? [y/N]: y\\n```\\n"))
    [Line(command='ask   # why', below=['Go on? [y/N]: y'])]
    """
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        line: Line | None = None
        for written in block.splitlines():
            if written.startswith("$ "):
                if line is not None:
                    yield line
                line = Line(written[2:], [])
            elif line is not None:
                line.below.append(written)
        if line is not None:
            yield line


def typed(
    lines: Sequence[Line], *, folder: Path, environment: Mapping[str, str], password: str = "password"
) -> list[tuple[int, str]]:
    """Type lines one after the other into one bash; give the exit code of each, and what the screen showed."""
    child = pexpect.spawn(
        "bash",
        ["--norc", "--noprofile", "-i"],
        cwd=folder,
        env={**os.environ, **environment, "TERM": "xterm", "PS1": _PROMPT},
        encoding="utf-8",
        timeout=60,
        dimensions=_WIDE,
    )
    child.delaybeforesend = None
    try:
        child.expect_exact(_PROMPT)
        child.sendline("bind 'set enable-bracketed-paste off'")
        child.expect_exact(_PROMPT)
        return [_one(child, line, password) for line in lines]
    finally:
        child.close(force=True)


def _one(child: pexpect.spawn, line: Line, password: str) -> tuple[int, str]:
    child.sendline(line.command.partition("  # ")[0])
    shown = ""
    for below in line.below:
        asked = _QUESTION.match(below)
        wanted = asked["question"] if asked else below
        child.expect(".*?".join(map(re.escape, wanted.split("..."))))
        shown += child.before + child.after
        if asked:
            child.sendline(asked["answer"] or password)
    child.expect_exact(_PROMPT)  # what is typed ahead of it, a question for a password throws away
    shown += child.before
    child.sendline("echo $?")
    child.expect(r"\n(\d+)\r?\n")
    code = int(child.match[1])
    child.expect_exact(_PROMPT)
    return code, _SEQUENCE.sub("", shown)
