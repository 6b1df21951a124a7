"""What strangers wrote, on a real terminal: every command, every format, both generations."""

from __future__ import annotations

import dataclasses
import fcntl
import functools
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger import settings
from nomad_swagger.cli.main import cli
from nomad_swagger.settings import Keycloak, Profile
from tests.cli.conftest import LEONARD
from tests.cli.screens import without_styles
from tests.flows.relay import Relay

EVIL = "evil\x1b]0;title\x07\x1b[2J\x9b31m\x9d0;x\x9c\u202e\u2066\x7f\r\x08\ttwo\nlines"
NAME = "evil\u202e\x9b31m name"  # of a file: what a zip and a disk can have
_SILICON = Path(__file__).parents[2] / "tutorials" / "data" / "silicon"
# What a client works with: ids, states, tokens, places, times. The rest is what somebody wrote.
_WORKED_WITH = re.compile(
    r"(_id|^id|_ids|token|url|_url|status|scroll|after|_after_value|time|created?|published|expires.*|access|state|host"
    r"|basePath|\$ref|type|format|in|owner|order.*|embargo.*|_name|process.*|current_.*|last_.*|collectionFormat|aud|iss"
    r"|paths?|mainfile|directory_metadata|m_def|pattern|required|enum|operationId|tags|name|openapi|swagger|version"
    r"|default|x-.*|consumes|produces|schemes|parameters)$"
)
_WRITTEN = re.compile(r"(upload_name|formula.*|chemical_.*|code_name|program_name|dataset_name|main_author_name)$")

# Not the list of screen/plain.py: what terminals obey, by the standards' own words (C0, DEL, C1, bidi, line ends).
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def spoiled(value: Any, key: str = "") -> Any:
    """Give an answer in which every text that somebody wrote is an attack."""
    if isinstance(value, dict):
        return {name: spoiled(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [spoiled(item, key) for item in value]
    if isinstance(value, str) and (_WRITTEN.search(key) or not _WORKED_WITH.search(key)):
        return value + EVIL
    return value


@functools.cache
def _spoiled_json(content: bytes) -> bytes:
    return json.dumps(spoiled(json.loads(content))).encode()


class Stranger(Relay):
    """Passes answers on as strangers would have written them."""

    def ask(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        headers = {**headers, "Accept-Encoding": "identity"}
        status, answered, content = super().ask(method, target, headers, body)
        if any(name.lower() == "content-type" and "json" in value for name, value in answered):
            content = _spoiled_json(content)
        return status, answered, content


@pytest.fixture
def stranger(cli_sandbox: Sandbox) -> Iterator[Stranger]:
    made = Stranger(cli_sandbox.url)
    yield made
    made.close()


def in_a_pty(lines: Path, variables: dict[str, str]) -> str:
    """Run command lines on a terminal of 100 columns; gives what reached it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    os.write(ours, b"n\n" * 40)  # to whatever is asked
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("in_a_pty.py")), str(lines)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=lines.parent,
        env={**os.environ, **variables, "PYTHONPATH": str(Path(__file__).parents[2])},
        start_new_session=True,
    )
    os.close(theirs)
    written = b""
    try:
        while block := _read(ours):
            written += block
        process.wait(timeout=60)
    finally:
        process.kill()
        os.close(ours)
    return written.decode("utf-8", "surrogateescape")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # the other side is closed
        return b""


def harmful(written: str) -> list[str]:
    """Give the lines in which anything but our own reached the terminal."""
    lines = without_styles(written).split("\n")
    return [line for line in lines if _CONTROL.search(line)]


def lines_of_all(snapshot: str, api_url: str, upload: str, entry: ns.Entry, packed: Path) -> list[list[str]]:
    """Give a command line for every command that says what somebody wrote."""
    mainfile = f"{upload}/{entry.mainfile}"
    word = "repo.search" if snapshot == "nomad-0.7.9" else "entries.get_entries_metadata"
    tables = [
        [*words, *(["-o", fmt] if fmt else [])]
        for words in (
            ["search", "--owner", "user", f"upload_id={upload}"],
            ["uploads"],
            ["ls", upload, "-R"],
            ["download", upload, "--list"],
            ["dataset", "list"],
            ["stats", "formula", "--owner", "user"],
        )
        for fmt in ("", "json", "ndjson", "csv", "ids")
    ]
    others = [
        ["upload", str(packed), "--name", EVIL, "--wait"],
        ["wait", upload],
        ["edit", upload, "--comment", EVIL, "--dry-run"],
        ["dataset", "create", f"set {EVIL}"],
        ["download", mainfile, "--to", "runs"],
        ["download", upload, "--extract", "--to", "all"],
        ["download", upload, "--dry-run"],
        ["download", f"{upload}/nothing{EVIL}"],
        ["cat", mainfile],
        ["cite", entry.entry_id],
        ["archive", entry.entry_id],
        ["archive", entry.entry_id, "--paths", "name"],
        ["archive", "--query-entries", "--owner", "user", f"upload_id={upload}"],
        ["whoami"],
        ["whoami", "-o", "json"],
        ["-vv", "uploads"],
        ["wait", f"nothing{EVIL}"],
        ["search", f"nothing{EVIL}=1"],
        [f"nothing{EVIL}"],
        ["uploads", f"--nothing{EVIL}"],
        ["show", upload],
        ["show", entry.entry_id],
        ["open", entry.entry_id, "--no-browser"],
        ["users", "sheldon"],
        ["logins"],
        ["logout"],
        ["config", "list"],
        ["config", "get", "folder.cache"],
        ["config", "path"],
        ["sandbox", "list"],
        ["sandbox", "stop", f"nothing{EVIL}"],
        ["tutorials", "--to", f"page{NAME}"],
        ["token", "create", f"token {EVIL}"],
        ["token", "list"],
        ["token", "rotate", f"nothing{EVIL}"],
        ["token", "revoke", f"nothing{EVIL}"],
        ["put", str(packed), f"{upload}/{NAME}"],
        ["rm", mainfile],  # "no" is the answer
        ["process", upload],
        ["upload-many", f"many{NAME}", "--dry-run"],
        ["dataset", "show", f"set {EVIL}"],
        ["dataset", "add", f"set {EVIL}", entry.entry_id],
        ["dataset", "remove", f"set {EVIL}", entry.entry_id],
        ["dataset", "doi", f"set {EVIL}"],
        ["dataset", "delete", f"set {EVIL}"],
        ["mirror", "plan", "--owner", "user", f"upload_id={upload}"],
        ["mirror", "run", "--owner", "user", f"upload_id={upload}", "--metadata-only", "--to", f"copy{NAME}"],
        ["mirror", "status", f"copy{NAME}"],
        ["mirror", "verify", f"copy{NAME}"],
        ["mirror", "export", f"copy{NAME}"],
        ["publish", upload],
        ["delete", upload],
        ["completion", "show", "bash"],
        ["help", f"nothing{EVIL}"],
        ["config", "set", "profiles.other.url", f"http://other.invalid/{EVIL}"],
        ["uploads", "--log-file", f"log{NAME}"],
    ]
    about_the_description = [
        ["ops", "search"],
        ["describe", word],
        ["call", word, "--help"],
    ]
    if snapshot == "nomad-0.7.9":  # a small one will do
        about_the_description += [["spec", "show"], ["spec", "show", "-o", "yaml"], ["spec", "stubs"]]
        about_the_description += [["spec", "list"], ["spec", "diff", snapshot, api_url], ["spec", "doctor"], ["doctor"]]
        about_the_description += [["recipe", word], ["spec", "fetch", api_url], ["spec", "clean"]]
        about_the_description += [["spec", "pin", api_url, "--name", f"pin{NAME}"], ["spec", "verify"]]
    asks_nobody = ("config", "logins", "logout", "sandbox", "tutorials", "completion", "help")
    lines = [*tables, *in_all_formats(others)]
    return [
        list(words) if words[0] in asks_nobody else ["--spec", snapshot, *words] for words in lines
    ] + about_the_description


# What only looks: walked in every format that it has.
LOOKING = {
    "show",
    "wait",
    "users",
    "token list",
    "dataset show",
    "mirror plan",
    "mirror status",
    "logins",
    "config list",
}

# What speaks to the embedded NOMAD alone, stays (a prompt, a page, an assistant's protocol), asks for a password, or
# writes a shell's files. What an assistant is given is walked by tests/doors.
NOT_WALKED = {"demo", "login", "shell", "dashboard", "mcp", "completion install"}


def leaves(command: click.Command, *path: str) -> Iterator[str]:
    """Give every command by its words; of ``call`` one operation."""
    if isinstance(command, click.Group) and path != ("call",):
        for name in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), name)
            assert found is not None
            yield from leaves(found, *path, name)
    else:
        yield " ".join(path)


def formats_of(words: Sequence[str]) -> Iterator[str]:
    """Give the formats that a line's command has beside the one that it takes by itself."""
    command: click.Command | None = cli
    for word in words:
        if not isinstance(command, click.Group) or "call" in words:
            break
        command = command.get_command(click.Context(command), word)
    for option in command.params if command else ():
        if "-o" in option.opts and isinstance(option.type, click.Choice):
            yield from (str(one) for one in option.type.choices if one not in (option.default, "parquet"))


def in_all_formats(lines: list[list[str]]) -> Iterator[list[str]]:
    """Give each line of a table that only looks in every format of its command, too."""
    for words in lines:
        yield words
        if " ".join(words[:2]) in LOOKING or words[0] in LOOKING:
            yield from ([*words, "-o", fmt] for fmt in formats_of(words))


def test_every_command_is_walked() -> None:
    entry = ns.Entry(**{one.name: "x" for one in dataclasses.fields(ns.Entry)})  # type: ignore[arg-type]
    lines = [" ".join(words) for words in lines_of_all("nomad-0.7.9", "http://x", "x", entry, Path("x"))]
    lines = [line.removeprefix("--spec nomad-0.7.9 ").removeprefix("-vv ") for line in lines]
    missing = {leaf for leaf in leaves(cli) if not any(line.startswith(f"{leaf} ") or line == leaf for line in lines)}
    assert missing == NOT_WALKED, "walk it, or say why it is not to be walked"


@pytest.mark.parametrize("snapshot", ["nomad-0.7.9", "nomad-1.4.3"])
def test_no_control_character_of_a_stranger_reaches_the_terminal(
    snapshot: str, stranger: Stranger, cli_sandbox: Sandbox, tmp_path: Path
) -> None:
    packed = tmp_path / "silicon.zip"
    (tmp_path / f"many{NAME}" / NAME).mkdir(parents=True)
    (tmp_path / f"many{NAME}" / NAME / "si.out").write_bytes((_SILICON / "si.out").read_bytes())
    with zipfile.ZipFile(packed, "w") as archive:
        for file in _SILICON.iterdir():
            archive.write(file, f"{NAME}/{file.name}")
    own = {"nomad-0.7.9": cli_sandbox.api_url, "nomad-1.4.3": cli_sandbox.api_url_v1}[snapshot]
    api_url = own.replace(cli_sandbox.url, stranger.url)
    keycloak = Keycloak(cli_sandbox.keycloak_url)
    client = ns.connect(
        profile=Profile(name="own", url=own, keycloak=keycloak), spec=snapshot, user=LEONARD, password="password"
    )
    upload = ns.wait(client, ns.upload(client, packed, name=EVIL)).upload_id
    ns.edit(client, upload, comment=EVIL)
    (entry,) = ns.search(client, owner="user", upload_id=upload)
    lines = lines_of_all(snapshot, api_url, upload, entry, packed)
    variables = {settings.ENV_URL: api_url, settings.ENV_USER: LEONARD, settings.ENV_PASSWORD: "password"}
    variables |= {"NOMAD_KEYCLOAK_SERVER_URL": cli_sandbox.keycloak_url, "TERM": "xterm-256color", "PYTHONUTF8": "1"}
    (tmp_path / "lines.json").write_text(json.dumps(lines))
    written = in_a_pty(tmp_path / "lines.json", variables)
    codes = dict(zip(map(json.dumps, lines), json.loads((tmp_path / "lines.codes").read_text()), strict=True))
    assert harmful(written) == []
    assert "evil\\x1b]0;title" in written
    ended = {code for code in codes.values() if code not in (0, 2, 4, 130)}
    assert ended <= {1}, codes
    cannot = ("put", "rm", "process", "token") if snapshot == "nomad-0.7.9" else ()
    shown = [
        words
        for words, code in codes.items()
        if code in (1, 2) and "evil" not in words and json.loads(words)[2:3] not in [[word] for word in cannot]
    ]
    assert shown == []
