"""Paste blocks into a prompt on a terminal of its own, as a person does, and give what each block showed.

``python`` gets its lines one by one, IPython and bash a block as one paste (bracketed, as terminals send it), and a
notebook a cell for each block. Knows prompts; what is pasted, and what it ought to show, is the caller's.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import nbformat
import pexpect
from nbclient import NotebookClient

TIMEOUT_S = 120
_WIDE = (50, 400)  # nothing that is shown is folded
_SEQUENCE = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[=>]")
Paste = Callable[[Sequence[str], Path, Mapping[str, str]], list[str]]


def in_python(blocks: Sequence[str], folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Paste into ``python``, which up to 3.12 takes line by line what is pasted."""
    child = _spawned([sys.executable, "-q"], folder, {**environment, "TERM": "dumb"})
    return list(_shown(child, blocks, _line_by_line, "print('block', {}, 'is', 'through')"))


def in_ipython(blocks: Sequence[str], folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Paste into IPython, which takes a block as a whole; it is not to ask this terminal where its cursor is."""
    said = {**environment, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "IPYTHONDIR": str(folder / "ipython")}
    child = _spawned([sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor"], folder, said)
    child.expect_exact("In [")
    return list(_shown(child, blocks, _as_one, "print('block', {}, 'is', 'through')"))


def in_bash(blocks: Sequence[str], folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Paste into an interactive bash."""
    child = _spawned(["bash", "--norc", "--noprofile", "-i"], folder, {**environment, "TERM": "xterm", "PS1": "$ "})
    child.expect_exact("$ ")
    return list(_shown(child, blocks, _as_one, "echo block {} 'is' through $?"))


def in_a_notebook(blocks: Sequence[str], folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Run each block as a cell; the first one that raises is the last."""
    cells = [nbformat.v4.new_code_cell(block.strip("\n")) for block in blocks]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(notebook, timeout=TIMEOUT_S, kernel_name="python3", allow_errors=True)
    client.execute(env={**os.environ, **environment}, cwd=str(folder))
    return [_printed(cell) for cell in notebook.cells]


def _printed(cell: nbformat.NotebookNode) -> str:
    said = []
    for output in cell.outputs:
        if output.output_type == "error":
            said.append("Traceback\n" + "\n".join(output.traceback))
        elif output.output_type == "stream":
            said.append(output.text)
    return "".join(said)


def _spawned(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> pexpect.spawn:
    said = {**os.environ, "NO_COLOR": "1", **environment}
    return pexpect.spawn(
        words[0],
        list(words[1:]),
        cwd=folder,
        env=said,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        echo=False,
        dimensions=_WIDE,
    )


def _shown(
    child: pexpect.spawn, blocks: Sequence[str], paste: Callable[[pexpect.spawn, str], None], say: str
) -> Iterator[str]:
    child.delaybeforesend = None
    try:
        for number, block in enumerate(blocks):
            paste(child, block)
            child.sendline(say.format(number))
            child.expect(rf"block {number} is through[^\r\n]*\r?\n")
            yield _SEQUENCE.sub("", child.before).replace("\r\n", "\n").replace("\r", "\n")
    finally:
        child.close(force=True)


def _line_by_line(child: pexpect.spawn, block: str) -> None:
    for line in block.splitlines():
        child.sendline(line)
    child.sendline("")


def _as_one(child: pexpect.spawn, block: str) -> None:
    child.send(f"\x1b[200~{block.rstrip(chr(10))}\x1b[201~")
    child.send("\r\r")  # the second one ends what is indented


def missing(shown: str, expected: str) -> list[str]:
    """Give the lines of a text that a screen does not show one after the other; dots stand for anything.

    Examples
    --------
    >>> missing(">>> print(1)\\n1\\nupload 8dkQ done\\n", "1\\nupload ... done\\n")
    []
    >>> missing("2\\n", "1\\n")
    ['1']
    """
    place, lacking = 0, []
    for line in expected.splitlines():
        wanted = r"[\s\S]*?".join(map(re.escape, line.split("...")))
        found = re.compile(rf"^(?:(?:>>> |\.\.\. |\$ |> )*){wanted}\s*$", re.MULTILINE).search(shown, place)
        if found is None:
            lacking.append(line)
        else:
            place = found.end()
    return lacking
