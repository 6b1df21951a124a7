"""Who is asked before what: every command that changes something, on a terminal, a pipe, with --yes, with --dry-run.

The table in docs/reliability.md is read, and each of its cells is tried.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nomad_sandbox import Sandbox
from nomad_swagger.disk import read_yaml
from tests.cli.conftest import Say
from tests.warm import Warm

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "sandbox" / "data"
COLUMNS = ("terminal", "pipe", "stderr redirected", "--yes", "--dry-run")
_number = itertools.count(1)

V1 = ("--url", "sandbox-v1")

Words = tuple[str, ...]


def table() -> dict[str, dict[str, str]]:
    """Give the table of docs/reliability.md: command → situation → what happens."""
    text = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    head = "| command | " + " | ".join(f"`{c}`" if c.startswith("-") else c for c in COLUMNS) + " |"
    lines = text[text.index(head) :].splitlines()[2:]
    rows: dict[str, dict[str, str]] = {}
    for line in itertools.takewhile(lambda line: line.startswith("|"), lines):
        command, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        rows[command.strip("`")] = dict(zip(COLUMNS, cells, strict=True))
    return rows


class World:
    """A user's things at a sandbox, made anew where a command has used them up."""

    def __init__(self, say: Say, folder: Path, sandbox: Sandbox) -> None:
        self.say, self.folder, self.sandbox = say, folder, sandbox
        self._made: list[str] = []

    def source(self) -> str:
        folder = self.folder / f"si-{next(_number)}"
        folder.mkdir()
        for name in ("si.out", "si.in"):
            (folder / name).write_bytes((DATA / name).read_bytes())
        return str(folder)

    def upload(self, number: int = 0) -> str:
        """Give an unpublished upload: the same one again, or as many others as there are numbers."""
        while len(self._made) <= number:
            self._made.append(self.say("upload", self.source(), "--wait", "-o", "ids").out.strip())
        return self._made[number]

    def use_up(self) -> None:
        """Take no upload again that was made by now."""
        self._made.clear()

    def published(self, *more: str) -> str:
        upload_id = self.upload()
        self.say("publish", upload_id, "--yes", *more)
        self.use_up()
        return upload_id

    def dataset(self, *uploads: str) -> str:
        name = f"set {next(_number)}"
        self.say("dataset", "create", name, *uploads, "--yes")
        return name

    def changes(self) -> int:
        """Count the requests that change something, or try to; not those of logins."""
        asked = ((method, path) for method, path, *_ in self.sandbox.requests)
        reads = ("/protocol/", "/auth/token", "/query")
        return sum(method not in ("GET", "HEAD") and not any(one in path for one in reads) for method, path in asked)

    def settle(self, row: str) -> None:
        """Let NOMAD end what a command had it do, so that the next may change something; forget what is used up."""
        if row.split(maxsplit=1)[0] in ("publish", "delete", "call", "rm", "put", "process"):
            for upload_id in self.say("uploads", "-o", "ids").out.split():
                self.say("wait", upload_id, "--allow-failed")
        if row.split(maxsplit=1)[0] in ("publish", "delete", "call"):
            self.use_up()

    def words(self, row: str) -> Words:
        """Give the words of a command of the table, with the things that they name made before."""
        made: dict[str, Callable[[], Words]] = {
            "upload PATH": lambda: ("upload", self.source()),
            "upload PATH --publish": lambda: ("upload", self.source(), "--publish"),
            "upload-many FOLDER": lambda: ("upload-many", self.source()),
            "upload-many FOLDER --publish": lambda: ("upload-many", self.source(), "--publish"),
            "put PATH UPLOAD": lambda: ("put", self.source(), self.upload(), *V1),
            "rm UPLOAD/PATH": lambda: ("rm", f"{self.upload()}/{self._first_file(self.upload())}", *V1),
            "process UPLOAD": lambda: ("process", self.upload(), *V1),
            "process of several uploads": lambda: ("process", self.upload(), self.upload(1), *V1),
            "publish UPLOAD": lambda: ("publish", self.upload()),
            "delete UPLOAD": lambda: ("delete", self.upload()),
            "edit UPLOAD --comment": lambda: ("edit", self.upload(), "--comment", "x"),
            "edit of several uploads": lambda: ("edit", self.upload(), self.upload(1), "--comment", "x"),
            "edit --lift-embargo": lambda: ("edit", self.published("--embargo-months", "3"), "--lift-embargo"),
            "dataset create NAME": lambda: ("dataset", "create", f"set {next(_number)}", self.upload()),
            "dataset create NAME of several uploads": lambda: (
                *("dataset", "create", f"set {next(_number)}"),
                *(self.upload(), self.upload(1)),
            ),
            "dataset add NAME": lambda: ("dataset", "add", self.dataset(), self.upload()),
            "dataset remove NAME": self._remove,
            "dataset delete NAME": lambda: ("dataset", "delete", self.dataset()),
            "dataset doi NAME": lambda: ("dataset", "doi", self.dataset(self.published())),
            "call of an operation that is marked": lambda: (
                *("call", "uploads.delete_upload"),
                *("--upload_id", self.upload()),
            ),
            "call of another that changes something": lambda: (
                *("call", "datasets.create_dataset"),
                *("--body", f'{{"name": "set {next(_number)}"}}'),
            ),
        }
        return made[row]()

    def _first_file(self, upload_id: str) -> str:
        return self.say("ls", upload_id, *V1, "-o", "ids").out.split()[0].removeprefix(f"{upload_id}/")

    def _remove(self) -> Words:
        upload_id = self.upload()
        return ("dataset", "remove", self.dataset(upload_id), upload_id)


@pytest.fixture
def world(say: Say, tmp_path: Path, cli_sandbox: Sandbox) -> Iterator[World]:
    made = World(say, tmp_path, cli_sandbox)
    yield made
    for upload_id in say("uploads", "-o", "ids").out.split():
        say("wait", upload_id, "--allow-failed")
        say("delete", upload_id, "--yes")


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Gives a terminal's end for a command, and the other, on which a person types."""
    person, command = os.openpty()
    yield command, person
    os.close(command)
    os.close(person)


ENDS = {"asks": 130, "refuses": 2, "does": 0, "shows": 0}


def judge(world: World, before: int, cell: str, shown: str) -> None:
    """Hold what was said, and sent, against a cell of the table."""
    assert (world.changes() > before) is (cell == "does"), shown
    assert ("Nothing was sent." in shown) is (cell in ("shows", "refuses")), shown
    if cell != "does":
        assert re.search(r" at http://\S+, as leonard\S+[:.]", shown), f"the server and the user: {shown}"
    if cell in ("asks", "refuses"):
        assert re.search(r": (\d+ entr\w+|entries not counted yet) of \d+ uploads?\. ?(It|Go|There)", shown), shown


@pytest.mark.journey
@pytest.mark.parametrize("row", table())
def test_the_table_says_what_happens(
    world: World, terminal: tuple[int, int], tmp_path: Path, warm: Warm, row: str
) -> None:
    words: Words = ()
    # what only asks, refuses or shows leaves everything as it was: the same words do for the next
    for column, cell in sorted(table()[row].items(), key=lambda one: one[1] == "does"):
        words = words or world.words(row)
        before = world.changes()
        if column in ("terminal", "stderr redirected"):
            code, shown = at_a_terminal(words, terminal, warm, tmp_path / "log" if column != "terminal" else None)
            assert code == ENDS[cell], shown
        else:
            said = world.say(*words, *([column] if column.startswith("--") else []), code=ENDS[cell])
            shown = said.out + said.err
        judge(world, before, cell, f"{column}: {shown}")
        if cell == "does":
            world.settle(row)
            words = ()


def at_a_terminal(words: Words, terminal: tuple[int, int], warm: Warm, log: Path | None) -> tuple[int, str]:
    """Run a command at a terminal where somebody says no, its standard error maybe in a file; give what was shown."""
    stream, person = terminal
    with (log or Path(os.devnull)).open("w") as redirected:
        into = {"stdout": stream, "stderr": redirected.fileno() if log else stream}
        environment = {**os.environ, "TERM": "dumb"}
        command = warm.start(words, cwd=ROOT, env=environment, stdin=stream, piped=(), into=into)
        os.write(person, b"n\n")
        code = command.wait(120)
    return code, os.read(person, 1 << 16).decode() + (log.read_text() if log else "")


def test_a_dash_takes_standard_input_away_from_questions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from nomad_swagger.calls.plan import Plan, Step
    from nomad_swagger.cli.consent import Consent
    from nomad_swagger.errors import UsageError
    from nomad_swagger.transport.call import PreparedCall

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    step = Step(PreparedCall("POST", "http://127.0.0.1/"), "publish", irreversible=True)
    with pytest.raises(UsageError, match="say --yes"):
        Consent(stdin_is_read=True)(Plan("publish", "publish upload x", (step,)))


@pytest.mark.journey
def test_taking_the_mark_off_changes_the_table(world: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(ROOT / "nomad_swagger", copy / "nomad_swagger", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "specs").symlink_to(ROOT / "specs")
    (copy / "nomad_sandbox").symlink_to(ROOT / "nomad_sandbox")
    file = copy / "nomad_swagger" / "generations" / "v0.yaml"
    text = file.read_text("utf-8")
    marks = read_yaml(text)["irreversible"]
    for operation in ("uploads.exec_upload_operation", "uploads.delete_upload"):
        assert operation in marks
        text = re.sub(rf"\n  {operation}: \{{[^\n]*", "", text, count=1)
    file.write_text(text, "utf-8")
    for row in ("publish UPLOAD", "call of an operation that is marked"):
        words = world.words(row)
        world.say(*words, code=2)
        command = [sys.executable, "-m", "nomad_swagger", *words]
        done = subprocess.run(command, cwd=copy, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        world.use_up()


@pytest.mark.parametrize("row", ["publish UPLOAD", "delete UPLOAD", "edit of several uploads", "dataset add NAME"])
def test_what_a_dry_run_shows_is_what_is_sent(world: World, row: str) -> None:
    words = world.words(row)
    shown = re.findall(r"^   (POST|PUT|DELETE) http://[^/]+(\S+)$", world.say(*words, "--dry-run").out, re.MULTILINE)
    before = len(world.sandbox.requests)
    world.say(*words, "--yes")
    sent = [(method, path) for method, path, *_ in list(world.sandbox.requests)[before:] if method != "GET"]
    assert [(method, path.partition("?")[0]) for method, path in shown] == [
        (method, path) for method, path in sent if "/protocol/" not in path
    ]
