"""What the shell offers on TAB for a path in an archive: the paths of the one that was looked at last, from the cache.

Archives of one kind are alike, so one that was seen tells of the next. Must not ask a server, nor read an archive.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from nomad_swagger import settings
from nomad_swagger.disk import write_atomically

log = logging.getLogger(__name__)

_MOST = 5000  # paths that are kept, so that reading them takes no time
_EVERY, _LAST = "*", "-1"


def remember(paths: Iterable[str]) -> None:
    """Keep the paths of an archive for the next TAB; one that cannot be kept costs no more than that."""
    kept = list(dict.fromkeys(paths))[:_MOST]
    try:
        write_atomically(_file(), json.dumps(kept).encode())
    except OSError as error:
        log.info("%s: %s", _file(), error)


def archive_paths(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Give the paths that begin like this, behind ``NAME=`` too; places in lists that are not typed are the last."""
    name, equals, typed = incomplete.rpartition("=")
    return [f"{name}{equals}{path}" for path in _beginning(typed)]


def _beginning(typed: str) -> Iterator[str]:
    steps = typed.split("/")
    for known in _remembered():
        path = known.split("/")
        places = [step for step, kind in zip(steps, path, strict=False) if kind == _EVERY and step]
        filled = iter([*places, *[_LAST] * len(path)])
        offered = "/".join(next(filled) if step == _EVERY else step for step in path)
        if offered.startswith(typed):
            yield offered


def _remembered() -> list[str]:
    try:
        return [str(path) for path in json.loads(_file().read_text("utf-8"))]
    except (OSError, ValueError):
        return []


def _file() -> Path:
    return settings.cache_folder() / "archive-paths.json"
