"""The manifest of a mirror, which a paper cites: ids, paths, sizes, sha256, licence, DOI, a row for each file.

Then a row for each entry of which no file is here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from nomad_swagger.light import dataclass
from nomad_swagger.mirrors import entries
from nomad_swagger.mirrors.entries import Row
from nomad_swagger.mirrors.layout import ARCHIVES, METADATA, Layout
from nomad_swagger.mirrors.ledger import Book, Kept

_AT_ONCE = 500


@dataclass(frozen=True)
class Line:
    """A row of the manifest.

    Attributes
    ----------
    kind : {"file", "archives", "metadata", "entry"}
    path : str
        Below the mirror's folder; empty for an entry without a file here.
    size_bytes : int or None
    sha256, upload_id, entry_id : str
        The entry is the one whose mainfile it is.
    license, doi : str
        Of that entry; of another file, those of its upload's entries.
    """

    kind: str
    path: str = ""
    size_bytes: int | None = None
    sha256: str = ""
    upload_id: str = ""
    entry_id: str = ""
    license: str = ""
    doi: str = ""


def manifest(layout: Layout) -> Iterator[Line]:
    """Give the rows: files by their paths, then entries without any, by their ids."""
    book = Book(layout.ledger)
    upload_id, rows = "", {}
    for file in book.files():
        kind, _, _ = file.item.partition("/")
        if kind in (METADATA, ARCHIVES):
            yield Line(kind, file.path, file.bytes, file.sha256)
            continue
        upload, _, path = file.path.partition("/")
        if upload != upload_id:
            upload_id, rows = upload, {row.mainfile: row for row in entries.of(book, "upload_id", upload)}
        yield _file(file, upload, rows.get(path), rows)
    rest = entries.everything(book)
    while some := list(islice(rest, _AT_ONCE)):
        there = book.knows([f"{row.upload_id}/{row.mainfile}" for row in some])
        for row in some:
            if f"{row.upload_id}/{row.mainfile}" not in there:
                yield Line("entry", upload_id=row.upload_id, entry_id=row.entry_id, license=row.license, doi=row.doi)


def _file(file: Kept, upload_id: str, row: Row | None, rows: dict[str, Row]) -> Line:
    of = [row] if row is not None else list(rows.values())
    return Line(
        "file",
        file.path,
        file.bytes,
        file.sha256,
        upload_id,
        row.entry_id if row is not None else "",
        _joined(one.license for one in of),
        _joined(one.doi for one in of),
    )


def _joined(words: Iterator[str]) -> str:
    return " ".join(sorted({word for word in words if word}))
