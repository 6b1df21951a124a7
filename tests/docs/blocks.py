"""Run a how-to: its console and Python blocks in order, each held against what stands below it.

Lines that begin with ``$`` are typed into one shell for the whole page, and what stands below one is what it prints on
standard output (where it fails, on both), with doctest's ``...``; nothing below says nothing. ``# exit 2`` at a line's
end says how it ends. A Python block stands on its own, and a ``text`` block below it is what it prints.
``<!-- file: runs.csv -->`` above a block makes it a file. It must not know NOMAD.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.tutorials.runner import as_expected
from tests.warm import Warm

_FENCE = re.compile(
    r"^(?:<!-- file: (?P<file>\S+) -->\n\n?)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_EXIT = re.compile(r"\s+# exit (\d+)")
TIMEOUT_S = 300
_MARK = "\x1e"  # ASCII's own record separator


@dataclass(frozen=True)
class Step:
    """What is typed, or written: with what it prints, if the page says so, and its exit code."""

    line: int
    typed: str
    expected: str | None = None
    code: int = 0


def steps_of(text: str) -> list[Step]:
    """Give the steps of a page.

    Examples
    --------
    >>> steps_of("```console\\n$ echo 1\\n1\\n$ false  # exit 1\\n```\\n")
    [Step(line=2, typed='echo 1', expected='1\\n', code=0), Step(line=4, typed='false', expected=None, code=1)]
    """
    steps: list[Step] = []
    for fence in _FENCE.finditer(text):
        line = text.count("\n", 0, fence.start("text"))
        if fence["file"]:
            steps.append(Step(line, f"cat > {fence['file']} <<'END_OF_FILE'\n{fence['text']}END_OF_FILE"))
        elif fence["language"] == "console":
            steps += _typed(fence["text"], line + 1)
        elif fence["language"] == "python":
            name = f".block-{line}.py"
            steps.append(Step(line, f"cat > {name} <<'END_OF_CODE' && python {name}\n{fence['text']}END_OF_CODE"))
        elif fence["language"] == "text" and steps and steps[-1].expected is None:
            steps.append(_printing(steps.pop(), fence["text"]))
        else:
            raise ValueError(f"line {line}: a block of {fence['language']!r} that nothing runs or prints")
    return steps


def _printing(step: Step, printed: str) -> Step:
    return Step(step.line, step.typed, printed, step.code)


def _typed(text: str, first: int) -> Iterator[Step]:
    typed, printed, at, more = "", "", first, False
    for number, line in enumerate([*text.splitlines(), "$ "], first):
        if more:
            typed += "\n" + line
        elif line.startswith("$ "):
            if typed:
                code = _EXIT.search(typed)
                yield Step(at, _EXIT.sub("", typed), printed or None, int(code[1]) if code else 0)
            typed, printed, at = line[2:], "", number
        else:
            printed += line + "\n"
        more = typed.endswith("\\") and (more or line.startswith("$ "))


def run_page(text: str, *, folder: Path, environment: Mapping[str, str], warm: Warm) -> Iterator[tuple[Step, str, int]]:
    """Give each step with what it printed and its exit code; all run in one shell."""
    steps = steps_of(text)
    script = [f"PATH={shlex.quote(warm.programs())}:$PATH", "set -o pipefail"]
    for step in steps:
        script += [f"printf '{_MARK}'; {{", step.typed, f"}} 2>.stderr; printf '{_MARK}%d{_MARK}' $?; cat .stderr"]
    program = folder / ".page.sh"
    program.write_text("\n".join(script) + "\n", "utf-8")
    printed = _run_shell(program, folder, environment).split(_MARK)
    assert len(printed) == 3 * len(steps) + 1, printed
    for number, step in enumerate(steps):
        out, code, err = printed[3 * number + 1 : 3 * number + 4]
        yield step, out + err if code != "0" or "Traceback" in err else out, int(code)


def _run_shell(program: Path, folder: Path, environment: Mapping[str, str]) -> str:
    inherited = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    done = subprocess.run(
        ["bash", str(program)],
        cwd=folder,
        env={**inherited, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return done.stdout


def faults(text: str, *, folder: Path, environment: Mapping[str, str], warm: Warm) -> list[str]:
    """Give what is otherwise than the page says, with the lines."""
    return [
        as_text(step.line, step.typed, printed, step.expected, code=code)
        for step, printed, code in run_page(text, folder=folder, environment=environment, warm=warm)
        if code != step.code or not (step.expected is None or as_expected(printed, step.expected))
    ]


def as_text(line: int, typed: str, printed: str, expected: str | None, *, code: int = 0) -> str:
    """Say what is otherwise than the page says."""
    instead = "" if expected is None else f"instead of\n{expected}"
    return f"line {line}: exit {code}\n{typed}\nprinted\n{printed}{instead}"
