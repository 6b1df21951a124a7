"""The options that say what goes up of a folder or a file, and how a manifest is shown."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from nomad_swagger.cli.output import note, plural, say, show_json
from nomad_swagger.errors import UsageError

if TYPE_CHECKING:
    from nomad_swagger.flows.forecast import Forecast
    from nomad_swagger.transfers.manifest import Manifest

F = TypeVar("F", bound=Callable[..., Any])

STDIN = "-"
_SHOWN = 20
_NAMED = 5


def source_options(command: F) -> F:
    """Add ``--include --exclude --skip-unreadable --follow-links --escape-names --as-is``; it gets ``rules``."""

    @click.option("--include", metavar="PATTERN", multiple=True, help="Of a folder: only these files; as in gitignore.")
    @click.option("--exclude", metavar="PATTERN", multiple=True, help="Of a folder: not these; so does a .nomadignore.")
    @click.option("--skip-unreadable", is_flag=True, help="Leave out what cannot be read or followed, and list it.")
    @click.option("--follow-links", is_flag=True, help="Take along what links lead to outside of the folder.")
    @click.option("--escape-names", is_flag=True, help="Send names that are no UTF-8 as caf%E9.")
    @click.option("--as-is", is_flag=True, help="Send a file as it is, though it is no archive, or a cut one.")
    @functools.wraps(command)
    def wrapped(**given: Any) -> Any:
        from nomad_swagger.transfers.survey import rules_of

        names = ("include", "exclude", "skip_unreadable", "follow_links", "escape_names", "as_is")
        return command(rules=rules_of(*(given.pop(name) for name in names)), **given)

    return wrapped  # type: ignore[return-value]


def piped() -> BinaryIO:
    """Give standard input as a file that goes up.

    Raises
    ------
    UsageError
        It is a terminal, where nobody types an archive: nothing would ever come.
    """
    if sys.stdin.isatty():
        raise UsageError("- is standard input, and that is a terminal: pipe something into it. Nothing was sent.")
    return sys.stdin.buffer


def note_manifest(manifest: Manifest) -> None:
    """Say what stays at home, and what goes up that somebody may not mean to send."""
    unread = [f"{one.path} ({one.why})" for one in manifest.left_out if one.unread]
    if unread:
        note(f"warning: {_counted(unread, 'name')} could not be read and {_is(unread)} left out: {_some(unread)}")
    for why, paths in _by_reason((one.why, one.path) for one in manifest.left_out if not one.unread):
        note(f"left out, {why}: {_some(paths)}")
    hidden = [file.path for file in manifest.files if file.how == "hidden"]
    if hidden:
        note(f"{_counted(hidden, 'hidden file')} {'goes' if len(hidden) == 1 else 'go'} up: {_some(hidden)}")
    for remark, paths in _by_reason((file.remark, file.path) for file in manifest.files if file.remark):
        note(f"goes up, {remark}: {_some(paths)}")
    links = [file.path for file in manifest.files if "link" in file.how]
    if links:
        note(f"{_counted(links, 'file')} by way of links: {_some(links)}")
    for one in manifest.renamed:
        note(f"goes up as {one.new}: {one.old}")


def show_manifests(manifests: Sequence[tuple[Manifest, Forecast]], fmt: str) -> None:
    """Print what would go up, and what NOMAD will probably make of it."""
    if fmt in ("json", "ndjson"):
        show_json([_as_json(manifest, forecast) for manifest, forecast in manifests])
        return
    for manifest, forecast in manifests:
        _say_one(manifest, forecast, fmt)


def _say_one(manifest: Manifest, forecast: Forecast, fmt: str) -> None:
    from nomad_swagger.transfers.told_names import shown

    if fmt == "ids":
        for path in manifest.paths():
            say(shown(path))
        return
    how = "as it is" if manifest.archive else "packed"
    files = f"{len(manifest.files)} {plural('file', len(manifest.files))}"
    say(f"{shown(manifest.source)}: {files}, {manifest.size_bytes:,} bytes, {how}")
    for path, file in list(zip(manifest.paths(), manifest.files, strict=True))[:_SHOWN]:
        told = ", ".join(word for word in (file.how if file.how != "file" else "", file.remark) if word)
        say(f"  {file.size_bytes:>14,}  {shown(path)}{f'  ({told})' if told else ''}")
    if len(manifest.files) > _SHOWN:
        say(f"  … and {len(manifest.files) - _SHOWN} more (-o json lists all)")
    say(f"NOMAD will probably recognise: {_recognised(forecast)}")
    for words in forecast.limits:
        say(f"It would break a limit: {words}")


def _recognised(forecast: Forecast) -> str:
    if not forecast.mainfiles:
        return "nothing" if forecast.looked else "not looked at: the content of an archive is not read"
    return "; ".join(
        f"{_counted(paths, 'file')} of {code}: {_some(paths)}"
        for code, paths in _by_reason((code, path) for path, code in forecast.mainfiles)
    )


def _as_json(manifest: Manifest, forecast: Forecast) -> dict[str, Any]:
    return {
        "source": manifest.source,
        "kind": manifest.kind,
        "size_bytes": manifest.size_bytes,
        "files": [
            {"path": path} | {name: getattr(file, name) for name in ("size_bytes", "mtime_ns", "how", "remark")}
            for path, file in zip(manifest.paths(), manifest.files, strict=True)
        ],
        "left_out": [{"path": one.path, "why": one.why, "unread": one.unread} for one in manifest.left_out],
        "renamed": [{"old": one.old, "new": one.new} for one in manifest.renamed],
        "mainfiles": [{"path": path, "code": code} for path, code in forecast.mainfiles],
        "limits": list(forecast.limits),
    }


def _by_reason(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for why, path in pairs:
        found.setdefault(why, []).append(path)
    return list(found.items())


def _some(paths: Sequence[str]) -> str:
    from nomad_swagger.transfers.told_names import shown

    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"{', '.join(shown(path) for path in paths[:_NAMED])}{more}"


def _counted(found: Sequence[object], what: str) -> str:
    return f"{len(found)} {plural(what, len(found))}"


def _is(found: Sequence[object]) -> str:
    return "is" if len(found) == 1 else "are"
