"""Commands in processes of their own that begin with all imports done.

A test of a journey runs some ten commands, and each would spend most of its time importing what the one before has
imported. Here one process imports it once and forks a child for every command: with the child's own environment,
folder, streams and process id, so that it is killed, interrupted and piped as any other. POSIX alone, as are our tests
of signals. What an import itself does is not seen this way; the tests of imports start a real interpreter.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NoReturn

import nomad_sandbox
import nomad_swagger
from nomad_swagger.cli.main import main
from nomad_swagger.generations.generation import load_generation

ROOT = Path(__file__).parents[1]
# Besides our own modules; keyring is not here, since its import looks at the environment.
_IMPORTED = ("bravado.client", "keycloak", "orjson", "rich.progress", "rich.table", "ruamel.yaml")
# pytest's plugin, doors with libraries of their own, scripts, and what reads calculations, in a process of its own
_NOT_IMPORTED = {
    "testing",
    "doors",
    "tutorials",
    "specs",
    "__main__",
    "archive",
    "calculations",
    "codes",
    "frames",
    "structure",
}


# Put on the PATH in the place of nomad-swagger: hands its streams, words and environment on, and waits.
_SHIM = """#!{python} -IS
import json, os, signal, socket, sys
link = socket.socket(socket.AF_UNIX)
link.connect({address!r})
body = json.dumps(
    {{"program": {program!r}, "words": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd()}}
).encode()
socket.send_fds(link, [len(body).to_bytes(8, "big")], [0, 1, 2])
link.sendall(body)
pid = int(link.recv(16))
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: os.kill(pid, number))
code = int(link.recv(64))
sys.exit(code if code >= 0 else 128 - code)
"""


class Process:
    """A command that runs; as much of `subprocess.Popen` as tests use."""

    def __init__(self, link: socket.socket, pid: int, stdout: IO[str] | None, stderr: IO[str] | None) -> None:
        self._link = link
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Give the exit code, that of a signal as its negative number."""
        if self.returncode is None:
            self._link.settimeout(timeout)
            try:
                told = self._link.recv(64)
            except TimeoutError as error:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0) from error
            self._link.close()
            self.returncode = int(told)
        return self.returncode

    def poll(self) -> int | None:
        """Give the exit code if it is over."""
        try:
            return self.wait(timeout=0.001)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self.kill()
        self.wait()
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()


class Warm:
    """The process that has imported everything, and starts commands."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="warm-")
        self._address = str(Path(self._folder.name) / "socket")
        server = socket.socket(socket.AF_UNIX)
        server.bind(self._address)
        server.listen(16)
        words = [sys.executable, "-m", "tests.warm", str(server.fileno())]
        self._process = subprocess.Popen(words, cwd=ROOT, pass_fds=[server.fileno()], start_new_session=True)
        server.close()

    def start(
        self,
        words: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        stdin: int | None = None,
        piped: Sequence[str] = ("stdout", "stderr"),
        into: Mapping[str, int] | None = None,
        program: str = "nomad-swagger",
    ) -> Process:
        """Start ``nomad-swagger WORDS`` or ``python WORDS``; a stream that goes nowhere else is the test's."""
        pipes = {name: os.pipe() for name in piped}
        nothing = os.open(os.devnull, os.O_RDONLY)
        ends = {**_STREAMS, **(into or {}), **{name: pipe[1] for name, pipe in pipes.items()}}
        streams = [nothing if stdin is None else stdin, ends["stdout"], ends["stderr"]]
        link = socket.socket(socket.AF_UNIX)
        link.connect(self._address)
        told = {
            "program": program,
            "words": list(words),
            "env": dict(os.environ if env is None else env),
            "cwd": str(cwd or Path.cwd()),
        }
        body = json.dumps(told).encode()
        socket.send_fds(link, [len(body).to_bytes(8, "big")], streams)
        link.sendall(body)
        os.close(nothing)
        for _, end in pipes.values():
            os.close(end)
        read: dict[str, Any] = {name: os.fdopen(pipe[0], encoding="utf-8") for name, pipe in pipes.items()}
        return Process(link, int(link.recv(16)), read.get("stdout"), read.get("stderr"))

    def run(
        self, words: Sequence[str], *, given: str = "", timeout_s: float = 60, **how: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run ``nomad-swagger WORDS``, or another program, to its end."""
        with tempfile.TemporaryFile() as stdin:
            stdin.write(given.encode())
            stdin.seek(0)
            process = self.start(words, stdin=stdin.fileno(), **how)
        said: list[str] = ["", ""]
        readers = [
            threading.Thread(target=_read_all, args=(stream, said, n))
            for n, stream in enumerate((process.stdout, process.stderr))
        ]
        for reader in readers:
            reader.start()
        try:
            code = process.wait(timeout_s)
        except BaseException:
            process.kill()
            raise
        finally:
            for reader in readers:
                reader.join()
        return subprocess.CompletedProcess(list(words), code, *said)

    def programs(self) -> str:
        """Give a folder with ``nomad-swagger`` and ``python``, to stand first in a PATH."""
        for program in ("nomad-swagger", "python"):
            shim = Path(self._folder.name) / program
            if not shim.exists():
                shim.write_text(_SHIM.format(python=sys.executable, address=self._address, program=program))
                shim.chmod(0o755)
        return self._folder.name

    def close(self) -> None:
        """End it; commands that still run go on."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


_STREAMS = {"stdout": 1, "stderr": 2}


def _read_all(stream: IO[str] | None, into: list[str], place: int) -> None:
    if stream is not None:
        with stream:
            into[place] = stream.read()


def serve(server: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Start a command for each connection; comes back in the child that shall be one, with what was told."""
    ours = [
        module.name
        for package in (nomad_swagger, nomad_sandbox)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if module.name.split(".")[1] not in _NOT_IMPORTED
    ]
    for name in (*_IMPORTED, *ours):
        importlib.import_module(name)
    for name in ("v0", "v1"):
        load_generation(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # of the children that wait for the commands nobody asks the end
    while True:
        link, _ = server.accept()
        if os.fork() == 0:
            server.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _watch(link)
        link.close()


def _watch(link: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Start one command, say its process id, and its exit code at the end; comes back in the command."""
    size, streams, _, _ = socket.recv_fds(link, 8, 3)
    told = b""
    while len(told) < int.from_bytes(size, "big"):
        told += link.recv(1 << 16)
    pid = os.fork()
    if pid == 0:
        link.close()
        return json.loads(told), streams
    for stream in streams:
        os.close(stream)
    link.sendall(str(pid).encode().ljust(16))  # so that a code that follows at once is not read as its end
    _, status = os.waitpid(pid, 0)
    link.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def become(told: dict[str, Any], streams: Sequence[int]) -> NoReturn:
    """Be the program; ends as that does, but for taking apart all that is imported."""
    os.setsid()
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(told["cwd"])
    os.environ.clear()
    os.environ.update(told["env"])
    sys.argv = [str(Path(sys.executable).with_name(told["program"])), *told["words"]]
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115 - they live as long as the process
    sys.stdout = open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115
    code: object = None
    try:
        (main if told["program"] == "nomad-swagger" else _python)()
    except SystemExit as error:
        code = error.code
    except BaseException:  # noqa: BLE001 - said as an interpreter says it
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):
            stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def _python() -> None:
    """Be ``python FILE`` or ``python -c TEXT``."""
    _, first, *rest = sys.argv
    sys.path[0] = "" if first == "-c" else str(Path(first).parent)
    if first == "-c":
        text, *rest = rest
        sys.argv = ["-c", *rest]
        exec(compile(text, "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = [first, *rest]
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    become(*serve(socket.socket(fileno=int(sys.argv[1]))))
