"""Columns of archives, checked while the first ones come: a path that leads nowhere would be an empty column."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from nomad_swagger.errors import NomadWarning, UsageError
from nomad_swagger.flows.archives.one import archive
from nomad_swagger.science.paths import nearest_path
from nomad_swagger.science.values import Archive, is_list, value

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

MissingPath = Literal["raise", "warn"]
_CHOICES = ("raise", "warn")


def checked(
    found: Iterable[Archive], client: NomadClient, paths: Mapping[str, str], first: int, missing_path: MissingPath
) -> Iterator[Archive]:
    """Give archives on, after looking whether each column has a value in one of the first.

    Parameters
    ----------
    found : iterable of Archive
        Parts with the columns' values.
    client : NomadClient
        Brings a whole archive, to name the nearest path that there is.
    paths : mapping of str to str
        Column to path.
    first : int
        How many archives to look at before a column counts as empty.
    missing_path : {"raise", "warn"}

    Raises
    ------
    UsageError
    """
    if missing_path not in _CHOICES:
        raise UsageError(f"missing_path is one of {', '.join(_CHOICES)}, not {missing_path!r}")
    empty, seen = dict(paths), 0
    one: Archive | None = None
    for one in found:
        empty = {name: path for name, path in empty.items() if _is_nothing(value(one, path, default=None))}
        seen += 1
        yield one
        if seen == first and empty:
            _tell(client, one, empty, seen, missing_path)
            empty = {}
    if empty and one is not None and seen < first:
        _tell(client, one, empty, seen, missing_path)


def _is_nothing(thing: Any) -> bool:
    return thing is None or (is_list(thing) and all(_is_nothing(item) for item in thing))


def _tell(client: NomadClient, one: Archive, empty: Mapping[str, str], seen: int, missing_path: MissingPath) -> None:
    whole = archive(client, one.entry_id)
    words = [_words(name, path, nearest_path(whole, path)) for name, path in empty.items()]
    message = (
        f"{'; '.join(words)} None of the first {seen} archives has it (looked into entry {one.entry_id}). "
        f"`nomad-swagger archive --paths {one.entry_id}` lists what there is"
    )
    if missing_path == "raise":
        raise UsageError(f'{message}; missing_path="warn" (--missing-path warn) takes an empty column.')
    warnings.warn(message, NomadWarning, stacklevel=2)


def _words(name: str, path: str, nearest: str) -> str:
    return f"column {name!r}: nothing at {path!r}" + (f", did you mean {nearest!r}?" if nearest else ".")
