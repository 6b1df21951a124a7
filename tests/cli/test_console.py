"""The one that prints: streams, bars, notes and questions."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import pytest

from nomad_swagger.cli import console
from nomad_swagger.cli.bars import Heartbeat, counting_bar, transfer_bar, transfer_bars
from nomad_swagger.cli.failures import run
from nomad_swagger.cli.logs import listen
from nomad_swagger.cli.options import console_options
from nomad_swagger.cli.output import note, say, show_json, show_rows, stage_notes
from nomad_swagger.flows.records import Upload
from tests.cli.screens import Screen, seen

Streams = Callable[..., tuple[Screen, Screen]]

HOSTILE = "evil\x1b]0;title\x07\x9b31m\u202e"
SHOWN = "evil\\x1b]0;title\\x07\\x9b31m\\u202e"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    console.begin()
    yield
    console.begin()


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Streams:
    """Puts streams of ours in the place of stdout and stderr: ``streams(True)`` is one terminal, else there are two."""

    def put(tty: bool, encoding: str = "utf-8") -> tuple[Screen, Screen]:
        out = Screen(encoding, tty=tty)
        err = out if tty else Screen(encoding, tty=False)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        return out, err

    return put


def test_a_result_stands_above_the_bar_and_the_bar_is_gone_in_the_end(streams: Streams) -> None:
    terminal, _ = streams(True)
    with transfer_bars() as bar:
        first, second = bar("one"), bar("two")
        first(5, 10)
        second(1, None)
        say("runs/si.out")
        assert seen(terminal.raw_text)[0] == "runs/si.out"
        note("upload x: sent")
        first(10, 10)
    say("runs/second.out")
    assert [line for line in seen(terminal.raw_text) if line] == ["runs/si.out", "upload x: sent", "runs/second.out"]
    assert "━" in terminal.raw_text, "there was a bar"


def test_a_table_behind_a_bar_is_aligned(streams: Streams) -> None:
    terminal, _ = streams(True)
    with counting_bar("archives") as count:
        count(1, 2)
        show_rows([{"id": "a", "n": 1}, {"id": "b", "n": 22}], columns=("id", "n"), fmt="table", key="id")
    assert seen(terminal.raw_text)[:3] == ["id   n", "a    1", "b   22"]


def test_bars_of_several_threads_and_of_one_in_another_share_a_display(streams: Streams) -> None:
    terminal, _ = streams(True)

    def move(number: int) -> None:
        with transfer_bar(f"file {number}") as one:
            one(1, 2)
            note(f"note {number}")

    with counting_bar("uploads") as count, ThreadPoolExecutor(4) as pool:
        list(pool.map(move, range(8)))
        count(8, 8)
    assert sorted(line for line in seen(terminal.raw_text) if line) == [f"note {number}" for number in range(8)]


def test_the_label_of_a_bar_is_harmless_and_no_markup(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, _ = streams(True)
    monkeypatch.setenv("COLUMNS", "120")
    with transfer_bar(f"[red]{HOSTILE}") as bar:
        bar(1, 2)
        console.live(None)
    assert f"[red]{SHOWN}" in terminal.raw_text


def test_progress_goes_to_stderr_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = Screen(tty=False), Screen()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with transfer_bar("one") as bar:
        bar(1, 2)
        say("result")
    assert out.raw_text == "result\n"
    assert "one" in err.raw_text


@pytest.mark.parametrize("silent", ["no_progress", "quiet", "dumb"])
def test_there_is_no_bar_where_nobody_wants_one(silent: str, streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, _ = streams(True)
    if silent == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    console.configure(quiet=silent == "quiet", progress=silent != "no_progress")
    with transfer_bar("one") as bar:
        bar(1, 2)
    assert terminal.raw_text == ""


def test_without_a_terminal_a_line_every_half_minute_says_how_far_it_is(streams: Streams) -> None:
    pipes = streams(False)
    times = iter([0.0, 10.0, 31.0, 31.0, 40.0, 62.0, 62.0])
    with transfer_bars(clock=lambda: next(times)) as bar:
        move, other = bar("si.zip"), bar("other")
        move(1_000_000, 40_000_000)
        move(12_300_000, 40_000_000)
        other(5, None)
        move(39_000_000, 40_000_000)
    assert pipes[1].raw_text.splitlines() == [
        "si.zip: 12.3 MB of 40 MB",
        "si.zip: 39 MB of 40 MB, and 1 more under way",
    ]


def test_a_long_wait_says_every_half_minute_that_it_goes_on(streams: Streams) -> None:
    pipes = streams(False)
    times = iter([0.0, 0.0, 20.0, 31.0, 31.0])
    tell = stage_notes(heart=Heartbeat(lambda: next(times)))
    for _ in range(3):
        tell(Upload("u", status="RUNNING", stage="parse_all", entries=1))
    assert pipes[1].raw_text.splitlines() == [
        "upload u: parse_all (RUNNING), 1 entry",
        "upload u: still parse_all (RUNNING), 1 entry",
    ]


def test_quiet_keeps_notes_back_and_nothing_else(streams: Streams) -> None:
    pipes = streams(False)
    console.configure(quiet=True)
    note("a note")
    console.warn("a warning")
    console.fail("an error")
    say("a result")
    assert pipes[0].raw_text == "a result\n"
    assert pipes[1].raw_text == "warning: a warning\nerror: an error\n"


@pytest.mark.parametrize(
    ("variables", "tty", "styled"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"CLICOLOR": "0"}, True, False),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"CLICOLOR_FORCE": "0"}, False, False),
        ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
    ids=str,
)
def test_styles_are_where_they_are_wanted(
    variables: dict[str, str], tty: bool, styled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    out, err = Screen(tty=tty), Screen(tty=tty)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    console.fail("no")
    show_rows([{"id": "a"}], columns=("id",), fmt="table", key="id")
    assert err.raw_text == ("\x1b[1;31merror:\x1b[0m no\n" if styled else "error: no\n")
    assert out.raw_text == ("\x1b[1mid\x1b[0m\na\n" if styled else "id\na\n")


def test_what_a_program_reads_is_exact_in_a_pipe_and_harmless_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for tty, shown in ((False, HOSTILE), (True, SHOWN)):
        out = Screen(tty=tty)
        monkeypatch.setattr(sys, "stdout", out)
        say(f"runs/{HOSTILE}", exact=True)
        console.say_bytes([f"{HOSTILE}\n".encode()])
        assert out.raw_text == f"runs/{shown}\n{shown}\n"


def test_what_a_person_reads_is_harmless_everywhere(streams: Streams) -> None:
    pipes = streams(False)
    say(HOSTILE)
    note(HOSTILE)
    console.fail(HOSTILE)
    console.hear(0)
    logging.getLogger("nomad_swagger.test").warning(HOSTILE)
    show_rows([{"id": HOSTILE}], columns=("id",), fmt="table", key="id")
    assert pipes[0].raw_text == f"{SHOWN}\nid\n{SHOWN}\n"
    assert pipes[1].raw_text == f"{SHOWN}\nerror: {SHOWN}\nwarning: {SHOWN}\n"


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1"])
@pytest.mark.parametrize("tty", [True, False], ids=["terminal", "pipe"])
def test_every_stream_takes_every_text(encoding: str, tty: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = Screen(encoding, tty=tty), Screen(encoding, tty=tty)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    name = "Ångström 硅 \ud800 😀"
    for fmt in ("table", "csv", "ids", "ndjson", "json"):
        show_rows([{"id": name}], columns=("id",), fmt=fmt, key="id")
    show_json({"id": name})
    note(name)
    with transfer_bar(name) as bar:
        bar(1, 2)
    assert "\\u7845" in err.raw_text
    assert json.loads(out.raw_text[out.raw_text.rindex("{") :])["id"] == name


def test_an_ellipsis_is_two_dots_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Screen("ascii")
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("COLUMNS", "60")
    show_rows([{"id": "a", "path": "one/" * 20}], columns=("id", "path"), fmt="table", key="id")
    assert "/../" in out.raw_text


def test_a_question_is_harmless_and_hides_the_bar(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, _ = streams(True)
    monkeypatch.setattr(sys, "stdin", Screen())
    with transfer_bar("one"), pytest.raises(click.Abort):
        console.confirm(f"Delete {HOSTILE}?")
    assert f"Delete {SHOWN}? [y/N]" in terminal.raw_text


def test_a_log_file_has_what_is_told_and_done(tmp_path: Path, streams: Streams) -> None:
    pipes = streams(False)

    @click.command()
    def command() -> None:
        console.hear(0)
        note(f"a note {HOSTILE}")
        logging.getLogger("nomad_swagger.transport").debug("GET /repo/")
        raise click.UsageError("no such thing")

    file = tmp_path / "log"
    file.write_text("before\n")
    with pytest.raises(SystemExit):
        run(console_options(command), ["--quiet", "--log-file", str(file)])
    console.begin()
    kept = file.read_text("utf-8")
    assert kept.startswith("before\n")
    for words in (f"INFO nomad_swagger.cli: a note {SHOWN}", "DEBUG nomad_swagger.transport: GET", "no such thing"):
        assert words in kept
    assert "a note" not in pipes[1].raw_text


@pytest.mark.parametrize(("verbose", "told"), [(0, ["0.3 s", "60.0 s"]), (1, ["0.3 s", "0.9 s", "60.0 s"])])
def test_of_attempts_the_first_is_told_and_what_is_waited_for(verbose: int, told: list[str]) -> None:
    heard: list[str] = []
    listen(lambda level, words: heard.append(words), verbose=verbose, everything=False)
    log = logging.getLogger("nomad_swagger.transport.send")
    for attempt, pause_s in enumerate((0.3, 0.9, 60.0)):
        log.warning("GET x: trying again in %.1f s", pause_s, extra={"attempt": attempt, "pause_s": pause_s})
    assert [words.partition("again in ")[2] for words in heard] == told


def test_a_log_file_that_cannot_be_written_is_a_usage_error(tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(SystemExit) as left:
        run(console_options(click.Command("x", callback=lambda: None)), ["--log-file", str(tmp_path / "no" / "log")])
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("error: --log-file")


def test_click_complains_as_we_do(capsys: Any) -> None:
    with pytest.raises(SystemExit) as left:
        run(click.Command("x", callback=lambda: None), ["--nonsense"])
    assert left.value.code == 2
    *_, last, advice = capsys.readouterr().err.splitlines()
    assert last.startswith("error: No such option")
    assert advice.startswith("  try: ")
