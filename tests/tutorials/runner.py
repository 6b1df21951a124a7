"""Run a tutorial: its code blocks in order, in one process, each held against the output that stands below it.

Knows Markdown's fences and doctest's ``...``. It must not know NOMAD: addresses come as environment variables.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "\x1e"  # ASCII's own record separator: no tutorial prints it
_INTERPRETERS = {
    "bash": (["bash", "-euo", "pipefail"], r"printf '\x1e%d\n' {line}"),
    "python": ([sys.executable], r"print('\x1e%d' % {line}, flush=True)"),
}
TIMEOUT_S = 120


@dataclass(frozen=True)
class Block:
    """A piece of code, and what it prints.

    Attributes
    ----------
    language : str
        bash or python.
    line : int
        Of the opening fence in the Markdown file, from 1.
    code : str
    expected : str or None
        None where the text does not say what is printed.
    """

    language: str
    line: int
    code: str
    expected: str | None


def read_blocks(text: str) -> list[Block]:
    """Give the blocks of a tutorial; a ``text`` block is the output of the code before it.

    Examples
    --------
    >>> [block] = read_blocks("Say so:\\n```bash\\necho 1\\n```\\n```text\\n1\\n```\\n")
    >>> block.line, block.code, block.expected
    (2, 'echo 1\\n', '1\\n')
    """
    blocks: list[Block] = []
    for fence in _FENCE.finditer(text):
        language, content = fence["language"], fence["text"]
        if language in _INTERPRETERS:
            line = text.count("\n", 0, fence.start()) + 1
            blocks.append(Block(language, line, content, None))
        elif language == "text" and blocks and blocks[-1].expected is None:
            last = blocks.pop()
            blocks.append(Block(last.language, last.line, last.code, content))
        else:
            raise ValueError(f"a block of {language!r} that nothing runs or prints: {content[:40]!r}")
    return blocks


def as_program(blocks: Sequence[Block]) -> str:
    """Join blocks to one program whose line numbers are those of the tutorial, so that errors point there."""
    lines: list[str] = []
    for block in blocks:
        _, mark = _INTERPRETERS[block.language]
        lines += [""] * (block.line - 1 - len(lines))
        lines.append(mark.format(line=block.line))
        lines += block.code.splitlines()
    return "\n".join(lines) + "\n"


def split_output(output: str) -> dict[int, str]:
    """Give what each block printed, by the line of the block."""
    parts: dict[int, str] = {}
    for part in output.split(_MARK)[1:]:
        line, _, printed = part.partition("\n")
        parts[int(line)] = printed
    return parts


def as_expected(printed: str, expected: str) -> bool:
    """Tell whether an output is as it stands in the text, where ``...`` stands for anything.

    Examples
    --------
    >>> as_expected("upload 8dkQ done\\n", "upload ... done\\n"), as_expected("2\\n", "1\\n")
    (True, False)
    """
    return doctest.OutputChecker().check_output(expected, printed, doctest.ELLIPSIS)


def run_program(program: Path, language: str, *, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a file in a folder; give what it printed.

    Raises
    ------
    AssertionError
        It ended with another status than 0.
    """
    command, _ = _INTERPRETERS[language]
    venv = Path(sys.executable).parent
    inherited = {"PATH": f"{venv}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8"}
    done = subprocess.run(
        [*command, str(program)],
        cwd=folder,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    last = done.stdout.rpartition(_MARK)[2]
    assert done.returncode == 0, (
        f"status {done.returncode} in the block at line {last.partition(chr(10))[0]}\n{last}\n{done.stderr}"
    )
    return done.stdout


def run_tutorial(tutorial: Path, *, folder: Path, environment: Mapping[str, str]) -> dict[int, str]:
    """Run all blocks of a tutorial in one process; give what each printed, by the line of the block.

    Raises
    ------
    AssertionError
        A block failed, or printed something else than the text says.
    """
    blocks = read_blocks(tutorial.read_text("utf-8"))
    (language,) = {block.language for block in blocks}
    program = folder / f"{tutorial.stem}.{language}"
    program.write_text(as_program(blocks), "utf-8")
    outputs = split_output(run_program(program, language, folder=folder, environment=environment))
    for block in blocks:
        printed = outputs[block.line]
        expected = block.expected if block.expected is not None else ""
        assert as_expected(printed, expected), (
            f"{tutorial.name}, line {block.line}:\n{block.code}\nprinted\n{printed}\ninstead of\n{expected}"
        )
    return outputs


def as_script(text: str) -> str:
    """Turn a Python tutorial into one script: code stays, prose becomes comments, outputs go.

    Examples
    --------
    >>> print(as_script("# Count\\n\\nOne:\\n\\n```python\\nprint(1)\\n```\\n```text\\n1\\n```\\n"))
    # Count
    #
    # One:
    <BLANKLINE>
    <BLANKLINE>
    print(1)
    <BLANKLINE>
    """
    parts: list[str] = []
    position = 0
    for fence in _FENCE.finditer(text):
        parts.append(_comment(text[position : fence.start()]))
        parts.append(fence["text"].strip("\n") if fence["language"] == "python" else "")
        position = fence.end()
    parts.append(_comment(text[position:]))
    return "\n\n\n".join(part for part in parts if part) + "\n"


def _comment(prose: str) -> str:
    return "\n".join(f"# {line.lstrip('# ')}".rstrip() for line in prose.strip().splitlines())


def write_classic_script(tutorials: Path) -> None:
    """Write the bravado tutorial as one script beside it."""
    text = (tutorials / "3-bravado.md").read_text("utf-8")
    (tutorials / "classic_bravado.py").write_text(as_script(text), "utf-8")


if __name__ == "__main__":
    write_classic_script(Path(__file__).parents[2] / "tutorials")
