"""Take out of old shards what newer ones have: an entry that changed stands in its last shard alone."""

from __future__ import annotations

from nomad_swagger.mirrors import entries
from nomad_swagger.mirrors.layout import METADATA, Layout, shard_path
from nomad_swagger.mirrors.ledger import Book, add_shard
from nomad_swagger.mirrors.metadata import write_whole
from nomad_swagger.mirrors.work import id_of
from nomad_swagger.science.frames import without_rows


def tidy(layout: Layout, book: Book) -> None:
    """Rewrite the shards that a listing noted to have superseded entries; those that are to be mended wait for that."""
    noted = [tuple(one) for one in book.note("superseded").get("shards", [])]
    waiting = []
    for kind, number in noted:
        item = book.item(f"{kind}/{number:05d}")
        if item is None or item.state == "done":
            _rewrite(layout, book, kind, number)
        else:
            waiting.append((kind, number))
    if noted:
        book.room.put("superseded", {"shards": waiting})


def _rewrite(layout: Layout, book: Book, kind: str, number: int) -> None:
    column = "metadata" if kind == METADATA else "archive"
    name = shard_path(kind, number)
    path = layout.folder / name
    rows = entries.of(book, column, number)
    kept = {row.entry_id for row in rows if not row.absent}
    if not path.exists():
        return
    with path.open("rb") as file:
        if kind == METADATA:
            content, count = without_rows(file, "entry_id", kept)
        else:
            lines = [line for line in file if id_of(line) in kept]
            content, count = b"".join(lines), len(lines)
    written = write_whole(path, name, content)
    with book.room.changing() as base:
        add_shard(base, kind, number, written, count, 0.0)
