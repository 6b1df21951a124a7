"""What to type next: the table of advice, filled in with what was typed and what is known.

In a command of the table stand ``{server}`` (the options that say which server, as they were typed), ``{again}`` (the
whole command line), ``{named}``, ``{without_profile}``, ``{without_server}`` (the same without --anonymous, and so on),
``{nearest}`` (with the nearest name for the unknown one), ``{other_scheme}`` (http for https, or the other way round),
``{as_url}`` (https:// before the server's name), ``{dashed}`` (the id behind ``--``), ``{help}``, ``{operation}``,
``{upload}``, ``{until}``, ``{nearby}`` (a sandbox that runs, else central) and ``{install}``. A command with a gap that
nothing fills is left out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nomad_swagger import advice, errors, settings
from nomad_swagger.light import dataclass

NAME = "nomad-swagger"
# Options that say which server is meant; the last ones take no value.
_OF_SERVER = ("--url", "--profile", "--spec", "--specs")
_FLAGS = ("--anonymous",)
_GAP = re.compile(r"\{(\w+)\}")
_ID = r"[A-Za-z0-9_-]{22}"


@dataclass(frozen=True)
class Advice:
    """What to try: in words, which take the place of the library's own where they are not empty, and in commands."""

    words: str = ""
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Typed:
    """The words of a command line."""

    words: tuple[str, ...]

    @property
    def server(self) -> str:
        """The options that say which server, with a blank before each."""
        return "".join(f" {shlex.quote(word)}" for word in self._split(_OF_SERVER, _FLAGS)[0])

    def without(self, options: Sequence[str], flags: Sequence[str] = ()) -> str:
        """Give the command line without some options."""
        return Typed(tuple(self._split(options, flags)[1])).line()

    def _split(self, options: Sequence[str], flags: Sequence[str]) -> tuple[list[str], list[str]]:
        """Give the words of some options, and the others."""
        these: list[str] = []
        others: list[str] = []
        words = iter(self._before_dashes())
        for word in words:
            name, equals, _ = word.partition("=")
            if word in flags or (name in options and equals):
                these.append(word)
            elif name in options:
                these += [word, next(words, "")]
            else:
                others.append(word)
        return these, [*others, *self.words[len(self._before_dashes()) :]]

    @property
    def command(self) -> str:
        """The first word that is no option of the server."""
        words = iter(self._before_dashes())
        for word in words:
            if word in _OF_SERVER:
                next(words, None)
            elif not word.startswith("-"):
                return word
        return ""

    @property
    def operation(self) -> str | None:
        """The operation of a ``call`` or a ``describe``."""
        return next((word for word in self.words if re.fullmatch(r"[\w/]+\.\w+", word)), None)

    def value_of(self, *options: str) -> str | None:
        """Give what was typed behind one of some options."""
        for word, after in zip(self.words, (*self.words[1:], ""), strict=True):
            name, equals, value = word.partition("=")
            if name in options:
                return value if equals else after
        return None

    def line(self, change: Callable[[str], str] = str) -> str:
        """Give the command line as it can be typed, with its words changed."""
        return " ".join([NAME, *(shlex.quote(change(word)) for word in self.words)])

    def _before_dashes(self) -> Sequence[str]:
        return self.words[: self.words.index("--")] if "--" in self.words else self.words


def advise(error: BaseException, words: Sequence[str]) -> Advice:
    """Give what to try after an error of a command line; empty where nothing is known."""
    typed = Typed(tuple(words))
    kinds, message, status = advice.kinds_of(type(error)), _message(error), int(getattr(error, "status", 0) or 0)
    login = _login(typed)
    for row in advice.table():
        if not (row.shell or row.tries) or not row.fits(kinds, message, status):
            continue
        if (row.command and typed.command not in row.command) or (row.login and login not in row.login):
            continue
        return Advice(row.shell, tuple(filter(None, (_filled(line, error, typed) for line in row.tries))))
    return Advice()


def _message(error: BaseException) -> str:
    return str(error.format_message()) if hasattr(error, "format_message") else str(error)


def _login(typed: Typed) -> str:
    """Tell who calls, as far as command line and environment say it."""
    said = settings.environment()
    if "--anonymous" in typed.words:
        return "anonymous"
    if said.get(settings.ENV_TOKEN):
        return "token"
    return "password" if said.get(settings.ENV_USER) and said.get(settings.ENV_PASSWORD) else "other"


def _filled(line: str, error: BaseException, typed: Typed) -> str:
    """Give a command of the table with its gaps filled, or nothing where one cannot be."""
    values = {name: _GAPS[name](error, typed) for name in _GAP.findall(line)}
    if any(value is None for value in values.values()):
        return ""
    return line.format(**values)


def _upload(error: BaseException, typed: Typed) -> str | None:
    seen = getattr(error, "upload", None)
    if seen is not None:
        return str(seen.upload_id)
    found = re.search(rf"upload(?: with id)? '?({_ID})", _message(error)) or re.search(
        rf"(?:^|[ =])({_ID})(?=$|[ /])", " ".join(typed.words)
    )
    return found.group(1) if found else None


def _nearest(error: BaseException, typed: Typed) -> str | None:
    """Give the command line with the nearest name in the place of the unknown one."""
    unknown = str(getattr(error, "name", None) or getattr(error, "option_name", "") or "")
    nearest = tuple(getattr(error, "nearest", ()) or getattr(error, "possibilities", None) or ())
    if not (unknown and nearest):
        return None
    pattern = re.compile(rf"(?<![\w.]){re.escape(unknown)}(?![\w])")
    changed = [pattern.sub(lambda _: str(nearest[0]), word, count=1) for word in typed.words]
    return Typed(tuple(changed)).line() if changed != list(typed.words) else None


def _other_scheme(_: BaseException, typed: Typed) -> str | None:
    url = typed.value_of("--url")
    if not url or "://" not in url:
        return None
    swapped = url.replace("https://", "http://", 1) if url.startswith("https://") else f"https{url[4:]}"
    return typed.line(lambda word: word.replace(url, swapped))


def _as_url(_: BaseException, typed: Typed) -> str | None:
    name = typed.value_of("--url", "--profile")
    if not name or "." not in name:
        return None
    return typed.line(lambda word: {name: f"https://{name}", "--profile": "--url"}.get(word, word))


def _dashed(error: BaseException, typed: Typed) -> str | None:
    found = re.search(r"-[\w-]{20,}", _message(error))
    if found is None:
        return None
    rest = Typed(tuple(word for word in typed.words if word != found.group()))
    return f"{rest.line()} -- {found.group()}"


def _help(error: BaseException, typed: Typed) -> str | None:
    path = getattr(getattr(error, "ctx", None), "command_path", "")
    return f"{path} --help" if path else f"{NAME} help {typed.command}".rstrip()


def _nearby(_: BaseException, __: Typed) -> str:
    """Give a server to try: the sandbox that runs here, else today's nomad-lab.eu."""
    try:
        settings.running_sandbox()
    except errors.UsageError:
        return "central"
    return "sandbox"


def _until(_: BaseException, typed: Typed) -> str:
    until = typed.value_of("--until") or {"publish": "published", "delete": "deleted"}.get(typed.command, "")
    return f" --until {until}" if until not in ("", "processed") else ""


def _install(error: BaseException, _: Typed) -> str | None:
    found = re.search(r"pip install \S+", _message(error))
    return found.group() if found else None


_GAPS: Mapping[str, Callable[[BaseException, Typed], Any]] = {
    "server": lambda _, typed: typed.server,
    "again": lambda _, typed: typed.line(),
    "named": lambda _, typed: typed.without((), _FLAGS),
    "without_profile": lambda _, typed: typed.without(("--profile",)),
    "without_server": lambda _, typed: typed.without(_OF_SERVER, _FLAGS),
    "operation": lambda _, typed: typed.operation,
    "nearest": _nearest,
    "other_scheme": _other_scheme,
    "as_url": _as_url,
    "dashed": _dashed,
    "help": _help,
    "upload": _upload,
    "until": _until,
    "nearby": _nearby,
    "install": _install,
}
