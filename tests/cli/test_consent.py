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
    """A user's things at a sandbox, made anew for each command that is tried."""

    def __init__(self, say: Say, folder: Path, sandbox: Sandbox) -> None:
        self.say, self.folder, self.sandbox = say, folder, sandbox

    def source(self) -> str:
        folder = self.folder / f"si-{next(_number)}"
        folder.mkdir()
        for name in ("si.out", "si.in"):
            (folder / name).write_bytes((DATA / name).read_bytes())
        return str(folder)

    def upload(self) -> str:
        return self.say("upload", self.source(), "--wait", "-o", "ids").out.strip()

    def published(self, *more: str) -> str:
        upload_id = self.upload()
        self.say("publish", upload_id, "--yes", *more)
        return upload_id

    def dataset(self, *uploads: str) -> str:
        name = f"set {next(_number)}"
        self.say("dataset", "create", name, *uploads, "--yes")
        return name

    def changes(self) -> int:
        """Count the requests that change something, or try to; not those of logins."""
        asked = ((method, path) for method, path, *_ in self.sandbox.requests)
        return sum(method not in ("GET", "HEAD") and "/protocol/" not in path for method, path in asked)

    def words(self, row: str) -> Words:
        """Give the words of a command of the table, with the things that they name made before."""
        made: dict[str, Callable[[], Words]] = {
            "upload PATH": lambda: ("upload", self.source()),
            "upload PATH --publish": lambda: ("upload", self.source(), "--publish"),
            "publish UPLOAD": lambda: ("publish", self.upload()),
            "delete UPLOAD": lambda: ("delete", self.upload()),
            "edit UPLOAD --comment": lambda: ("edit", self.upload(), "--comment", "x"),
            "edit of several uploads": lambda: ("edit", self.upload(), self.upload(), "--comment", "x"),
            "edit --lift-embargo": lambda: ("edit", self.published("--embargo-months", "3"), "--lift-embargo"),
            "dataset create NAME": lambda: ("dataset", "create", f"set {next(_number)}", self.upload()),
            "dataset create NAME of several uploads": lambda: (
                *("dataset", "create", f"set {next(_number)}"),
                *(self.upload(), self.upload()),
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


@pytest.mark.parametrize("column", ["pipe", "--yes", "--dry-run"])
@pytest.mark.parametrize("row", table())
def test_the_table_says_what_happens_where_nobody_can_be_asked(world: World, row: str, column: str) -> None:
    words, cell = world.words(row), table()[row][column]
    before = world.changes()
    said = world.say(*words, *([column] if column.startswith("--") else []), code=ENDS[cell])
    judge(world, before, cell, said.out + said.err)


@pytest.mark.journey
@pytest.mark.parametrize("column", ["terminal", "stderr redirected"])
@pytest.mark.parametrize("row", table())
def test_the_table_says_who_is_asked_on_a_terminal(
    world: World, terminal: tuple[int, int], tmp_path: Path, warm: Warm, row: str, column: str
) -> None:
    words, cell = world.words(row), table()[row][column]
    stream, person = terminal
    before = world.changes()
    log = tmp_path / "log"
    with log.open("w") as redirected:
        error = stream if column == "terminal" else redirected.fileno()
        environment = {**os.environ, "TERM": "dumb"}
        command = warm.start(
            words, cwd=ROOT, env=environment, stdin=stream, piped=(), into={"stdout": stream, "stderr": error}
        )
        os.write(person, b"n\n")
        command.wait(120)
    shown = os.read(person, 1 << 16).decode() + log.read_text()
    assert command.returncode == ENDS[cell], shown
    judge(world, before, cell, shown)


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
@pytest.mark.parametrize("row", ["publish UPLOAD", "call of an operation that is marked"])
def test_taking_the_mark_off_changes_the_table(world: World, tmp_path: Path, row: str) -> None:
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
    codes = []
    for place in (ROOT, copy):
        command = [sys.executable, "-m", "nomad_swagger", *world.words(row)]
        done = subprocess.run(command, cwd=place, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        codes.append(done.returncode)
        file.write_text(text, "utf-8")
    assert codes == [2, 0]


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
