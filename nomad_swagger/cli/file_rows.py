"""Files as rows: names and sizes to stdout, how much that is to stderr."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from nomad_swagger.cli.output import note, plural, show_rows, size_words

if TYPE_CHECKING:
    from nomad_swagger.flows.file_records import File

COLUMNS = ("upload_id", "path", "size_bytes", "readable")
IN_A_TABLE = (*COLUMNS[1:], COLUMNS[0])


def show_files(files: Iterable[File], *, fmt: str) -> None:
    """Print files as they come, and their sum."""
    count = size = unknown = kept_back = 0

    def rows() -> Iterator[dict[str, object]]:
        nonlocal count, size, unknown, kept_back
        for file in files:
            count += 1
            size += file.size_bytes or 0
            kept_back += not file.readable
            unknown += file.readable and file.size_bytes is None
            yield {
                "upload_id": file.upload_id,
                "path": f"{file.path}/" if file.is_folder else file.path,
                "size_bytes": file.size_bytes,
                "readable": file.readable,
                "id": f"{file.upload_id}/{file.path}",
            }

    show_rows(rows(), columns=IN_A_TABLE if fmt == "table" else COLUMNS, fmt=fmt, key="id")
    words = f"{count} {plural('file', count)}, {size_words(size)}"
    words += f" and {unknown} of unknown size" if unknown else ""
    words += f"; {kept_back} of them kept back by the server (embargo or licence)" if kept_back else ""
    note(words)
