"""Read calculations in a process of their own, so that no file can hang or sink the server.

The child speaks one JSON line per mainfile; the parent kills it when its time is up and starts another. Knows
processes and limits. It must not know the store or HTTP.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

MEMORY_BYTES = 4 << 30
TIME_LIMIT_S = 120.0
START_LIMIT_S = 60.0
_ROOT = Path(__file__).resolve().parent.parent
_LONGEST_REASON = 1000


class Unreadable(Exception):
    """A mainfile that could not be read; the message says why."""


@dataclass(frozen=True)
class Reading:
    """What reading gave.

    Attributes
    ----------
    found : dict
        The quantities for search.
    doubts : tuple of str
        What in the mainfile could not be read or believed.
    """

    found: dict[str, Any]
    doubts: tuple[str, ...] = ()


def _bound_memory() -> None:
    """Let the child have so much memory and no more, where the system can bound it."""
    try:
        import resource
    except ImportError:  # Windows has no such bound for a process of its own; the time limit holds there, too
        return
    for kind, size in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # a lower bound than ours is set already, or the system has none
            resource.setrlimit(kind, (size, size))


def _reason(error: Exception) -> str:
    """Give an error's words, and the place in the code where those of a library say too little (an assertion)."""
    words = str(error)
    if isinstance(error, AssertionError | LookupError | TypeError | AttributeError | StopIteration | RuntimeError):
        place = traceback.extract_tb(error.__traceback__)[-1]
        words = f"{words} in {place.name} of {Path(place.filename).name}, which did not expect this text".lstrip()
    return f"{type(error).__name__}: {words}"[:_LONGEST_REASON]


def serve() -> None:
    """Answer on stdout each request on stdin, until it ends. This is the child's main function."""
    from ase.io.formats import ioformats

    from nomad_sandbox.archive import build_run, describe_calculation
    from nomad_sandbox.calculations import read_calculation
    from nomad_sandbox.mainfiles import load_parsers

    _bound_memory()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library that prints must not be taken for an answer
    parsers = {parser.name: parser for parser in load_parsers()}
    for parser in parsers.values():
        ioformats[parser.format].module  # noqa: B018 - imported now, so that the first file need not wait for it

    def read(request: dict[str, str]) -> dict[str, object]:
        calculation = read_calculation(Path(request["mainfile"]), parsers[request["parser"]])
        run = build_run(calculation)
        with Path(request["output"]).open("w", encoding="utf-8") as file:
            json.dump({"section_run": [run]}, file, allow_nan=False)
        return {"found": describe_calculation(calculation, run), "doubts": list(calculation.doubts)}

    def answer_with(answer: dict[str, object]) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    answer_with({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer_with(read(request))
        except Exception as error:  # noqa: BLE001 - whatever a stranger's file provokes is the answer
            answer_with({"error": _reason(error)})


class Reader:
    """A child process that reads mainfiles, one at a time; made anew when a file was too much for it.

    Parameters
    ----------
    time_limit_s : float
        For one mainfile.
    """

    def __init__(self, *, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._time_limit_s = time_limit_s
        self._lock = threading.Lock()
        self._closed = False
        self._start()

    def _start(self) -> None:
        """Start the child now, so that its imports are done when the first file comes."""
        self._answers: SimpleQueue[str] = SimpleQueue()
        self._ready = False
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from nomad_sandbox.reader import serve; serve()"],
            cwd=_ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        threading.Thread(target=_forward, args=(self._process, self._answers), daemon=True).start()

    def read(self, mainfile: Path, parser: str, output: Path) -> Reading:
        """Read a mainfile; its ``section_run`` is written to ``output`` as JSON.

        Raises
        ------
        Unreadable
        """
        request = json.dumps({"mainfile": str(mainfile), "parser": parser, "output": str(output)})
        with self._lock:
            answer = json.loads(self._ask(request))
        if "error" in answer:
            raise Unreadable(answer["error"])
        return Reading(found=answer["found"], doubts=tuple(answer["doubts"]))

    def _ask(self, request: str) -> str:
        if self._closed:
            raise Unreadable("the reader has ended")
        if self._process.poll() is not None:
            self._start()
        process, answers = self._process, self._answers
        assert process.stdin is not None
        try:
            if not self._ready:
                self._ready = bool(answers.get(timeout=START_LIMIT_S))
            process.stdin.write(request + "\n")
            process.stdin.flush()
            answer = answers.get(timeout=self._time_limit_s)
        except Empty as error:
            _kill(process)
            raise Unreadable(f"reading took longer than {self._time_limit_s:g} s") from error
        except (BrokenPipeError, ValueError):  # it died, or was stopped, while we spoke
            answer = ""
        if not answer:
            _kill(process)
            raise Unreadable("the file was too much for the reader, which ended")
        return answer

    def stop(self) -> None:
        """End the child for good; whoever waits for an answer gets `Unreadable`."""
        self._closed = True
        _kill(self._process)


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):  # what was still to be written has no reader any more
                pipe.close()


def _forward(process: subprocess.Popen[str], answers: SimpleQueue[str]) -> None:
    assert process.stdout is not None
    try:
        for line in process.stdout:
            answers.put(line)
    except ValueError:
        pass  # closed by stop() while we waited: the end, too
    answers.put("")
