"""Find the mainfiles of an upload: which of its files is the output of a code that can be read.

Knows file names and first bytes (``parsers.yaml``). It must not read calculations, nor know the store.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nomad_sandbox.opening import plain_name, read_head

HEAD_BYTES = 64 * 1024
_TABLE = Path(__file__).with_name("parsers.yaml")


@dataclass(frozen=True)
class Parser:
    """One line of ``parsers.yaml``.

    Attributes
    ----------
    name : str
        As NOMAD calls it, ``parsers/vasp``.
    format : str
        ASE's name of the format.
    contents : pattern on the first bytes
    filename : pattern on the base name
    code : str or None
        The code that writes such files, where the format tells.
    version : pattern or None
        Where the text tells which.
    drop : pattern or None
        Text to leave out before reading.
    """

    name: str
    format: str
    contents: re.Pattern[bytes]
    filename: re.Pattern[str] = re.compile(".*")
    code: str | None = None
    version: re.Pattern[str] | None = None
    drop: re.Pattern[str] | None = None
    basis_set: str | None = None
    yields_to: tuple[str, ...] = field(default=())

    def matches(self, path: Path, head: bytes) -> bool:
        """Tell whether a file looks like one for this parser, by its unpacked name and first bytes."""
        is_text = b"\0" not in head
        return (
            is_text
            and self.filename.fullmatch(plain_name(path.name)) is not None
            and self.contents.search(head) is not None
        )


def _parser(name: str, row: dict[str, Any]) -> Parser:
    compiled: dict[str, Any] = dict(row)
    for key in ("filename", "version", "drop"):
        if key in row:
            compiled[key] = re.compile(row[key], re.MULTILINE)
    compiled["contents"] = re.compile(row["contents"].encode(), re.MULTILINE)
    compiled["yields_to"] = tuple(row.get("yields_to", ()))
    return Parser(name=name, **compiled)


def load_parsers() -> tuple[Parser, ...]:
    """Give all parsers, in the order in which they are tried."""
    rows = yaml.safe_load(_TABLE.read_text("utf-8"))
    return tuple(_parser(name, row) for name, row in rows.items())


def _all_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path


def find_mainfiles(folder: Path, parsers: tuple[Parser, ...]) -> list[tuple[str, Parser]]:
    """Give path (relative to ``folder``) and parser of each mainfile below it, sorted by path."""
    found: list[tuple[Path, Parser]] = []
    for path in _all_files(folder):
        head = read_head(path, HEAD_BYTES)
        parser = next((parser for parser in parsers if parser.matches(path, head)), None)
        if parser is not None:
            found.append((path, parser))
    present: dict[Path, set[str]] = {}
    for path, parser in found:
        present.setdefault(path.parent, set()).add(parser.name)
    return [
        (path.relative_to(folder).as_posix(), parser)
        for path, parser in found
        if not _has_better(parser, present[path.parent])
    ]


def _has_better(parser: Parser, beside: set[str]) -> bool:
    others = beside - {parser.name}
    return bool(others) if "*" in parser.yields_to else bool(others & set(parser.yields_to))
