"""A stream that goes by once, kept in a file for a while: what has a path can be looked at, sent in parts, sent again.

Into an upload that is there each file goes by its name, and is held against what arrived; a pipe has neither a name nor
a size. Knows files; it must not know NOMAD.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import BinaryIO, TypeAlias, cast

from nomad_swagger.errors import UsageError
from nomad_swagger.settings import CHUNK_BYTES

Source: TypeAlias = "str | Path | BinaryIO"


@contextmanager
def on_disk(sources: Source | Sequence[Source], name: str | None = None) -> Iterator[list[Path]]:
    """Give the paths of sources; a binary file object is copied from where it stands, and kept as long as the context.

    Parameters
    ----------
    sources : path or binary file object, or sequence of them
    name : str, optional
        What the stream is called; by default as its file is.

    Raises
    ------
    UsageError
        A stream without a name, or a name without a stream or for several; one that is open as text, or empty.

    Examples
    --------
    >>> import io
    >>> with on_disk([io.BytesIO(b"energies")], "si.out") as paths:
    ...     [(path.name, path.read_bytes()) for path in paths]
    [('si.out', b'energies')]
    """
    given: list[Source] = [*sources] if isinstance(sources, (list, tuple)) else [cast("Source", sources)]
    streams = [one for one in given if not isinstance(one, (str, Path))]
    if name and len(streams) != 1:
        raise UsageError(f"the name {name} is for one stream, and there are {len(streams)}: files keep theirs")
    with tempfile.TemporaryDirectory(prefix="nomad-swagger-", ignore_cleanup_errors=True) as folder:
        yield [
            Path(one) if isinstance(one, (str, Path)) else _kept(one, name, Path(folder, str(number)))
            for number, one in enumerate(given)
        ]


def _kept(file: BinaryIO, name: str | None, folder: Path) -> Path:
    told = getattr(file, "name", None)
    called = name or (PurePath(told).name if isinstance(told, str) and not told.startswith("<") else "")
    if not called:
        raise UsageError("a stream has no name of its own: say what the file is to be called (--name, name=)")
    if called in (".", "..") or PurePath(called).name != called or "\0" in called:
        raise UsageError(f"{called!r} is no name of a file; the folder is said behind the upload: UPLOAD/FOLDER")
    if not isinstance(file.read(0), bytes):
        raise UsageError("the file object is open as text; open it with mode 'rb'")
    folder.mkdir()
    path = folder / called
    with path.open("wb") as kept:
        shutil.copyfileobj(file, kept, CHUNK_BYTES)
    if not path.stat().st_size:
        raise UsageError(f"{called} is empty: nothing came from the stream. Nothing was sent.")
    return path
