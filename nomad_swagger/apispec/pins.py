"""Pinning: put a document into a folder of snapshots so that nothing can change it unseen.

Knows how to write a snapshot and its line in the index so that a crash leaves the old state or the new one, and how to
check a whole folder. What a snapshot and an index are, ``snapshots`` says. It must not know the network.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from nomad_swagger.apispec.canonical import canonical_bytes
from nomad_swagger.apispec.outline import endpoints_of
from nomad_swagger.apispec.read import document_kind
from nomad_swagger.apispec.snapshots import INDEX, Snapshot, read_index
from nomad_swagger.disk import write_atomically
from nomad_swagger.errors import SpecError, UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_VERSION = re.compile(r"\bNOMAD\s+v?(\d+(?:\.\d+)+\S*)", re.IGNORECASE)


def pin(
    document: Mapping[str, object],
    *,
    name: str,
    source: str,
    folder: Path,
    generation: str,
    nomad_version: str = "",
    fetched_at: str = "",
    update: bool = False,
) -> Snapshot:
    """Write a document into a folder of snapshots, in canonical form, and its line into the index.

    Each file is replaced whole, the document first and the index last; if the index cannot be written, the document
    goes back to what it was. A crash between the two leaves a document that the index does not vouch for: reading it
    and ``verify_folder`` say so, and pinning again repairs it.

    Parameters
    ----------
    document : mapping
        As the server wrote it, not converted.
    name : str
        Letters, digits and ``. _ + -``.
    source : str
        The URL or path that it came from. Passwords and query strings are left out of the index.
    folder : Path
        Is made if it is not there; snapshots already in it stay.
    generation, nomad_version, fetched_at : str
        As in ``Snapshot``.
    update : bool
        Replace a snapshot of that name if its content differs.

    Returns
    -------
    Snapshot
        The one that is there already, where nothing in the document has changed.

    Raises
    ------
    UsageError
        The name cannot be a file's name, or is taken by another content and ``update`` is not set.
    SpecError
        The document is no API description or cannot be written as JSON, the index cannot be understood, or the folder
        cannot be written to.
    """
    if not _NAME.fullmatch(name) or name.endswith((".json", ".yaml")):
        raise UsageError(f"{name!r} cannot name a snapshot: use letters, digits and . _ + - like nomad-0.8.6")
    document_kind(document, where=source)
    try:
        source.encode()
    except UnicodeEncodeError as error:  # a path with bytes that are no text
        raise SpecError(f"{source!r} cannot be written into the index: {error.reason}") from error
    content = _canonical(document, source)
    known = read_index(folder)
    snapshot = Snapshot(
        name=name,
        path=known[name].path if name in known else folder / f"{name}.json",
        generation=generation,
        source=without_secrets(source),
        sha256=hashlib.sha256(content).hexdigest(),
        operations=len(endpoints_of(document)),
        nomad_version=nomad_version or nomad_version_of(document),
        fetched_at=fetched_at,
    )
    if name in known:
        if known[name].sha256 == snapshot.sha256 and _holds(snapshot):
            return known[name]
        if known[name].sha256 != snapshot.sha256 and not update:
            raise UsageError(
                f"snapshot {name!r} is pinned in {folder} already, with another content. "
                "Look at the difference with `spec diff`, then pin with --update."
            )
    elif snapshot.path.exists() and snapshot.path.read_bytes() != content and not update:
        raise UsageError(f"{snapshot.path} exists and is in no index; move it away, or pin with --update")
    _write(snapshot, content, {**known, name: snapshot}, folder)
    return snapshot


def nomad_version_of(document: Mapping[str, object]) -> str:
    """Give the NOMAD version that a document claims, or nothing: v0 documents do not say.

    Examples
    --------
    >>> nomad_version_of({"info": {"title": "NOMAD", "version": "v1, NOMAD 1.4.3"}})
    '1.4.3'
    """
    info = document.get("info")
    texts = [str(info.get(key) or "") for key in ("version", "title")] if isinstance(info, Mapping) else []
    found = next((match for text in texts if (match := _VERSION.search(text))), None)
    return found[1] if found else ""


def without_secrets(source: str) -> str:
    """Give a URL without user, password, query and fragment; what is no URL stays as it is.

    Examples
    --------
    >>> without_secrets("https://me:secret@nomad.org/api/swagger.json?token=abc")
    'https://nomad.org/api/swagger.json'
    """
    if not re.match(r"https?://", source):
        return source
    return re.sub(r"^(https?://)[^/@]*@", r"\1", re.split(r"[?#]", source, maxsplit=1)[0])


def _canonical(document: Mapping[str, object], source: str) -> bytes:
    try:
        return canonical_bytes(document)
    except (ValueError, TypeError, RecursionError) as error:
        raise SpecError(f"{source}: it cannot be written as JSON: {error}") from error


def _holds(snapshot: Snapshot) -> bool:
    try:
        return hashlib.sha256(snapshot.path.read_bytes()).hexdigest() == snapshot.sha256
    except OSError:
        return False


def _write(snapshot: Snapshot, content: bytes, rows: Mapping[str, Snapshot], folder: Path) -> None:
    index = _index_text(rows, folder).encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = snapshot.path.read_bytes() if snapshot.path.exists() else None
        write_atomically(snapshot.path, content)
        try:
            write_atomically(folder / INDEX, index)
        except OSError:
            _put_back(snapshot.path, before)
            raise
    except OSError as error:
        raise SpecError(f"{folder}: the snapshot cannot be written: {error.strerror or error}") from error


def _put_back(path: Path, before: bytes | None) -> None:
    if before is None:
        path.unlink(missing_ok=True)
    else:
        write_atomically(path, before)


def _index_text(rows: Mapping[str, Snapshot], folder: Path) -> str:
    def row(snapshot: Snapshot) -> dict[str, object]:
        fields = {
            "file": Path(os.path.relpath(snapshot.path, folder)).as_posix(),
            "generation": snapshot.generation,
            "source": snapshot.source,
            "sha256": snapshot.sha256,
            "operations": snapshot.operations,
            "nomad_version": snapshot.nomad_version,
            "fetched_at": snapshot.fetched_at,
        }
        return {key: value for key, value in fields.items() if value != "" or key in ("generation", "source")}

    table = {name: row(rows[name]) for name in sorted(rows)}
    import yaml  # late: only a new pin is written

    return yaml.safe_dump(table, sort_keys=False, allow_unicode=True, width=120)
