"""The files of one upload as folders, each asked for once and kept.

A stored zip's directory tells them all; else a server that lists folders is asked for one at a time. Where none lists
an upload (v0), they are the files of its entries, and what lies beside those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING

from nomad_swagger.errors import ApiError, NotFound
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.listing import listed, lists_all, sizes_in, tree_rows
from nomad_swagger.flows.record_rules import as_utc
from nomad_swagger.flows.records import read_record
from nomad_swagger.flows.spans import Span, spans_of
from nomad_swagger.flows.stored import stored_zip
from nomad_swagger.flows.targets import Target
from nomad_swagger.flows.uploads import get_upload
from nomad_swagger.nearest import nearest
from nomad_swagger.transfers.members import StoredZip

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_NEVER = datetime.fromtimestamp(0, timezone.utc)

Folder = Mapping[str, File]
"""What is directly in a folder, by name."""


class Tree:
    """The folders of an upload."""

    def __init__(self, client: NomadClient, upload_id: str) -> None:
        self._client, self._upload_id = client, upload_id
        self._listed: dict[str, Folder] = {}
        self._spans: dict[str, Span] = {}

    def folder(self, path: str) -> Folder:
        """Give what is in a folder; empty where nothing is.

        Raises
        ------
        NotFound, Unauthorized, Forbidden
        """
        if path not in self._listed:
            self._listed[path] = self._look_into(path)
        return self._listed[path]

    def find(self, path: str) -> File:
        """Give a file or a folder, by its path in the upload; empty is the upload itself.

        Raises
        ------
        NotFound
            Nothing; it offers the name beside it that is most alike.
        """
        if not path:
            found = self.folder("")
            if not found:
                raise self._missing(path, ())
            return File(self._upload_id, upload_id=self._upload_id, is_folder=True)
        parent, _, name = path.rpartition("/")
        beside = self.folder(parent)
        if name in beside:
            return beside[name]
        if not self._is_whole and self.folder(path):  # it is listed nowhere, and can be listed itself
            return File(name, path=path, upload_id=self._upload_id, is_folder=True)
        raise self._missing(path, beside)

    def span(self, file: File) -> Span:
        """Give the way to pieces of a file."""
        if file.path not in self._spans:
            self._spans[file.path] = spans_of(self._client, file, self._stored)
        return self._spans[file.path]

    def changed(self) -> datetime:
        """Give when its files were last processed, else when it was made; 1970 where the server tells neither."""
        with suppress(ApiError):  # the upload is not the caller's, and does not change any more
            upload = get_upload(self._client, self._upload_id)
            told = read_record(self._client.nomad.generation.records, "upload_state", upload.raw).changed
            return as_utc(told) or upload.created or _NEVER
        return _NEVER

    @cached_property
    def _stored(self) -> StoredZip | None:
        found = stored_zip(self._client, self._upload_id)
        return found if found is not None and found.has_ranges else None

    @property
    def _is_whole(self) -> bool:
        """Tell whether a folder's listing has all that is in it."""
        return self._stored is not None or lists_all(self._client)

    @cached_property
    def _planted(self) -> dict[str, dict[str, File]]:
        """Give all folders, where they are known at once."""
        if self._stored is None:
            return _planted(listed(self._client, Target("upload", upload_id=self._upload_id)))
        members = self._stored.members.values()
        return _planted(
            File("", path=one.name, upload_id=self._upload_id, size_bytes=one.size_bytes, crc32=one.crc32)
            for one in members
        )

    def _look_into(self, path: str) -> Folder:
        if self._stored is not None:
            return self._planted.get(path, {})
        if lists_all(self._client):
            rows = tree_rows(self._client, self._upload_id, path)
            return {row.name: replace(row, path=_joined(path, row.name), upload_id=self._upload_id) for row in rows}
        sizes = sizes_in(self._client, self._upload_id, path) or {}
        beside = {
            name: File(name, path=_joined(path, name), upload_id=self._upload_id, size_bytes=size)
            for name, size in sizes.items()
        }
        return {**self._planted.get(path, {}), **beside}

    def _missing(self, path: str, beside: Iterable[str]) -> NotFound:
        parent, _, name = path.rpartition("/")
        near = nearest(name, beside)
        hint = f"; did you mean {_joined(parent, near[0])!r}?" if near else ""
        what = "no such file or folder" if path else "no such upload, or none that you may see"
        return NotFound(f"{self._upload_id}/{path}".rstrip("/") + f": {what}{hint}", status=404, detail=what)


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _planted(files: Iterable[File]) -> dict[str, dict[str, File]]:
    """Give folders of files, each with the folders in it."""
    folders: dict[str, dict[str, File]] = {"": {}}
    for file in files:
        parent, _, name = file.path.rpartition("/")
        _grow(folders, parent, file.upload_id)[name] = replace(file, name=name)
    return folders


def _grow(folders: dict[str, dict[str, File]], path: str, upload_id: str) -> dict[str, File]:
    if path not in folders:
        folders[path] = {}
        parent, _, name = path.rpartition("/")
        _grow(folders, parent, upload_id)[name] = File(name, path=path, upload_id=upload_id, is_folder=True)
    return folders[path]
