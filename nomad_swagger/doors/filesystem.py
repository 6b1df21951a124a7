"""``nomad://SERVER/UPLOAD/path`` for whatever opens paths by fsspec: pandas, xarray, h5py, zarr, DuckDB, Dask.

Reads alone. Who calls, retries and the polite rate are those of the client; what a listing told is kept until
``invalidate_cache()``.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from fsspec import AbstractFileSystem

from nomad_swagger.doors.opened import NomadFile
from nomad_swagger.doors.servers import client_of
from nomad_swagger.doors.system_errors import ReadOnly, also_the_systems
from nomad_swagger.doors.trees import Tree
from nomad_swagger.errors import TransferError, UsageError
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.spans import read_span
from nomad_swagger.flows.uploads import list_uploads

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

Row = dict[str, Any]


def _refuse(_: AbstractFileSystem, *args: Any, **kwargs: Any) -> NoReturn:
    """Refuse what would change something."""
    raise ReadOnly(
        "nomad:// is for reading alone. An upload that is not published is changed by ns.put, ns.remove "
        "(`nomad-swagger put`, `rm`), and made by ns.upload."
    )


class NomadFileSystem(AbstractFileSystem):
    """The files of a NOMAD's uploads, as fsspec has them.

    Parameters
    ----------
    server : str
        A deployment's nickname, a profile, or a host (``my-oasis.example.org``); a URL's first step says it.
    **login
        What :func:`nomad_swagger.connect` takes: ``user``, ``password``, ``token``, ``anonymous``, ``spec``,
        ``timeout_s``. By default who calls is settled as everywhere: by environment, profile or stored login.

    Examples
    --------
    >>> import fsspec
    >>> fsspec.open("nomad://central/UPLOAD/si/si.out").open().read(80)        # doctest: +SKIP
    """

    protocol = "nomad"
    root_marker = ""
    mkdir = makedirs = rmdir = rm = rm_file = _rm = cp_file = copy = mv = put = put_file = pipe_file = touch = _refuse

    def __init__(self, server: str = "", **login: Any) -> None:
        ours = ("user", "password", "token", "authenticator", "anonymous", "spec", "specs", "timeout_s")
        self._login = {name: login.pop(name) for name in ours if name in login}
        super().__init__(server=server, **login)
        self.server = server
        self._trees: dict[str, Tree] = {}

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        bare = super()._strip_protocol(path)
        return bare if isinstance(bare, list) else bare.strip("/")

    @staticmethod
    def _get_kwargs_from_urls(path: Any) -> dict[str, str]:
        server = str(NomadFileSystem._strip_protocol(path)).partition("/")[0]
        return {"server": server} if server else {}

    @cached_property
    def client(self) -> NomadClient:
        """The client of this server; nothing is asked before it is needed."""
        with also_the_systems():
            return client_of(self.server, **self._login)

    def invalidate_cache(self, path: str | None = None) -> None:
        """Forget what was listed: of an upload, or of all."""
        if path is None:
            self._trees.clear()
        else:
            self._trees.pop(self._steps(path)[0], None)
        super().invalidate_cache(path)

    def _steps(self, path: str) -> tuple[str, str]:
        """Give the upload and the path in it; both empty for the server itself."""
        server, _, below = self._strip_protocol(path).partition("/")
        if not self.server or server != self.server:
            raise UsageError(
                f"{path}: a path here begins with the server, nomad://{self.server or 'SERVER'}/UPLOAD/path. Another "
                "server is another file system: fsspec.filesystem('nomad', server='central')."
            )
        upload_id, _, inner = below.partition("/")
        return upload_id, inner.strip("/")

    def _tree(self, upload_id: str) -> Tree:
        return self._trees.setdefault(upload_id, Tree(self.client, upload_id))

    def _find(self, path: str) -> File:
        upload_id, inner = self._steps(path)
        if not upload_id:
            return File(self.server, is_folder=True)
        with also_the_systems():
            return self._tree(upload_id).find(inner)

    def _row(self, file: File) -> Row:
        name = "/".join(filter(None, (self.server, file.upload_id, file.path)))
        if file.is_folder:
            return {"name": name, "size": 0, "type": "directory"}
        return {"name": name, "size": file.size_bytes, "type": "file", "crc32": file.crc32}

    def info(self, path: str, **kwargs: Any) -> Row:
        """Give name, size and type of a file or a folder."""
        return self._row(self._find(path))

    def ls(self, path: str, detail: bool = True, refresh: bool = False, **kwargs: Any) -> list[Any]:
        """List a folder; the server's own are your uploads."""
        if refresh:
            self.invalidate_cache(path)
        rows = [self._row(file) for file in self._below(path)]
        return rows if detail else [row["name"] for row in rows]

    def _below(self, path: str) -> list[File]:
        if not self._strip_protocol(path):
            return [File(self.server, is_folder=True)] if self.server else []
        upload_id, inner = self._steps(path)
        with also_the_systems():
            if not upload_id:
                mine = list_uploads(self.client)
                return [File(one.upload_id, upload_id=one.upload_id, is_folder=True) for one in mine]
            found = self._find(path)
            return list(self._tree(upload_id).folder(inner).values()) if found.is_folder else [found]

    def walk(
        self,
        path: str,
        maxdepth: int | None = None,
        topdown: bool = True,
        on_error: str | Callable[[Exception], None] = "omit",
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Walk through folders. What is not there is left out; what is kept back is not, since nobody would know."""
        heard = _unless_missing if on_error == "omit" else on_error
        yield from super().walk(path, maxdepth, topdown, heard, **kwargs)

    def exists(self, path: str, **kwargs: Any) -> bool:
        """Tell whether something is there; an error for what cannot be told."""
        try:
            self.info(path)
        except FileNotFoundError:
            return False
        return True

    def isdir(self, path: str) -> bool:
        """Tell whether a folder is there."""
        return self.exists(path) and self.info(path)["type"] == "directory"

    def isfile(self, path: str) -> bool:
        """Tell whether a file is there."""
        return self.exists(path) and self.info(path)["type"] == "file"

    def modified(self, path: str) -> datetime:
        """Give when a file's upload was last processed, which DuckDB wants to know."""
        file = self._find(path)
        with also_the_systems():
            return self._tree(file.upload_id).changed()

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **kwargs: Any) -> bytes:
        """Give the bytes of a file, or of a piece of it: exactly those are asked for."""
        file = self._find(path)
        if file.is_folder:
            raise IsADirectoryError(errno.EISDIR, "a folder has no content", path)
        with also_the_systems():
            span = self._tree(file.upload_id).span(file)
            if file.size_bytes is None:  # kept from the caller as a rule, and then this says so
                read_span(span(0, 1))
                raise TransferError(f"{path}: the server does not tell its size; download it")
            begin, stop, _ = slice(start, end).indices(file.size_bytes)
            return read_span(span(begin, stop)) if stop > begin else b""

    def _open(self, path: str, mode: str = "rb", **how: Any) -> NomadFile:
        if mode != "rb":
            _refuse(self)
        row = self.info(path)
        if row["type"] == "directory":
            raise IsADirectoryError(errno.EISDIR, "a folder cannot be opened", path)
        if row["size"] is None:
            self.cat_file(path)
        return NomadFile(self, path, mode, **how)


def _unless_missing(error: Exception) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
