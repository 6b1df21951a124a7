"""The ``raw`` operations: files, listings, zips.

A single file that may not be read is refused; a zip silently leaves such files out.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from os.path import commonpath
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response

from nomad_sandbox import search as index
from nomad_sandbox.accounts import User
from nomad_sandbox.calcs import Calc, calcs_of, get_calc
from nomad_sandbox.files import RawFile, all_files, find_file, list_folder
from nomad_sandbox.streams import stream_file, stream_zip
from nomad_sandbox.uploads import Upload, get_upload
from nomad_sandbox.v0.answers import Refusal, invalid_payload, json_answer
from nomad_sandbox.v0.call import Call, Handler
from nomad_sandbox.v0.parameters import query_of_parameters, selected
from nomad_sandbox.visibility import FileAccess, FileStates, file_states, standings_of

MAX_STRIPPED_ENTRIES = 1000
MANIFEST = ("upload_id", "calc_id", "external_id", "raw_id", "pid", "calc_hash")


def streamed(parts: Iterator[bytes], *, mimetype: str, filename: str) -> Response:
    """Give a stream without a length, which ends when the connection does."""
    response = Response(parts, content_type=mimetype)
    response.headers["Content-Disposition"] = _attachment(filename)
    response.headers["Cache-Control"] = "public, max-age=0"
    response.headers["Connection"] = "close"
    return response


def _attachment(filename: str) -> str:
    if filename.isascii() and filename.isprintable() and not set(filename) & set(' ";,\\'):
        return f"attachment; filename={filename}"
    return f"attachment; filename*=UTF-8''{quote(filename)}"


def zipped(
    files: Iterable[tuple[str, Path]], *, filename: str, compress: bool, extra: Iterable[tuple[str, bytes]] = ()
) -> Response:
    """Give a zip of files, written while it is sent."""
    parts = stream_zip(files, compress=compress, extra=extra)
    return streamed(parts, mimetype="application/zip", filename=filename)


def _present(call: Call, name: str) -> bool:
    """v0 asks only whether these flags are there: ``compress=false`` compresses."""
    return name in call.request.args


@dataclass(frozen=True)
class _Files:
    """The files of an upload, for one who calls.

    Attributes
    ----------
    folder : Path
        Where they lie.
    """

    upload: Upload
    folder: Path
    states: FileStates
    viewer: User | None

    def access(self, way: str, *, readers: Collection[str] = ()) -> FileAccess:
        """Give what the caller may read on a way; readers are those with whom the entry is shared."""
        standings = standings_of(self.viewer, uploader=self.upload.user_id, readers=readers)
        return FileAccess(self.states, way, standings)


def _find_files(call: Call, upload_id: str) -> _Files | None:
    upload, folder = get_upload(call.store, upload_id), call.store.raw_folder(upload_id)
    if upload is None or not folder.is_dir():
        return None
    return _Files(upload, folder, file_states(calcs_of(call.store, upload_id), published=upload.published), call.viewer)


def _files(call: Call, upload_id: str) -> _Files:
    files = _find_files(call, upload_id)
    if files is None:
        raise Refusal(404, f"The upload with id {upload_id} does not exist.")
    return files


def _mimetype(file: RawFile) -> str:
    with file.where.open("rb") as opened:
        head = opened.read(2048)
    if head.startswith(b"PK\x03\x04"):
        return "application/zip"
    if head.startswith(b"\x1f\x8b"):
        return "application/gzip"
    if b"\0" in head:
        guessed = mimetypes.guess_type(file.path)[0]
        return guessed or "application/octet-stream"
    text = "text/xml" if head.startswith(b"<?xml") else "text/plain"
    return f"{text}; charset=utf-8"


def _range(call: Call) -> tuple[int, int | None]:
    try:
        offset = int(call.request.args.get("offset", 0))
        length = int(call.request.args.get("length", -1))
    except ValueError as error:
        raise Refusal(400, "bad parameter types") from error
    if offset < 0 or (offset > 0 and length <= 0):
        raise Refusal(400, "bad offset, length values")
    return offset, length if length > 0 else None


def _send(call: Call, file: RawFile, *, offset: int, length: int | None) -> Response:
    name = file.path.rpartition("/")[2]
    mimetype = _mimetype(file)
    decompress = _present(call, "decompress") and name.endswith((".gz", ".xz"))
    if decompress:
        # a slip of the real server: the first three characters of the path, where it meant to take the last three off
        name, mimetype = file.path[:3].rpartition("/")[2], "application/octet-stream"
    parts = stream_file(file.where, offset=offset, length=length, decompress=decompress)
    return streamed(parts, mimetype=mimetype, filename=name)


def _listing(upload_id: str, directory: str, files: Iterable[RawFile]) -> Response:
    contents = [{"name": file.path.rpartition("/")[2], "size": file.size} for file in files]
    return json_answer({"upload_id": upload_id, "directory": directory, "contents": contents})


def _zip_of(call: Call, files: _Files, chosen: Iterable[RawFile], *, compress: bool, strip: bool) -> Response:
    """Give a zip of the chosen files that the caller may read by their paths; the others are passed over."""
    chosen, access = list(chosen), files.access("path")
    shorten = _stripper([file.path for file in chosen]) if strip else str
    return zipped(
        ((shorten(file.path), file.where) for file in chosen if access.allows(file)),
        filename=f"{files.upload.upload_id}.zip",
        compress=compress,
    )


def _stripper(paths: list[str]) -> Callable[[str], str]:
    """Give what takes the folders off that all paths have in common."""
    folders = [path.rpartition("/")[0] for path in paths]
    common = commonpath(folders) if folders and all(folders) else ""
    return lambda path: path[len(common) + 1 :] if common else path


def get(call: Call, upload_id: str, path: str) -> Response:
    """Answer with a file, a folder's listing, or (``prefix*``) a zip."""
    files = _files(call, upload_id)
    # a preview is let through, whoever asks
    return _at(call, files, path, files.access("preview" if path.endswith(".png") else "path"))


def _at(call: Call, files: _Files, path: str, access: FileAccess, *, mainfile: str = "") -> Response:
    path = path.rstrip("/")
    if path.endswith("*"):
        below = list(all_files(files.folder, path[:-1]))
        if not below:
            raise Refusal(404, f"There are no files for {path}.")
        return _zip_of(call, files, below, compress=_present(call, "compress"), strip=_present(call, "strip"))
    offset, length = _range(call)
    file = find_file(files.folder, path)
    if not access.tells or (file is not None and not access.allows(file)):
        raise Refusal(401, f"Not authorized to access all files in {files.upload.upload_id}.")
    if file is not None:
        return _send(call, file, offset=offset, length=length)
    listed = [other for other in list_folder(files.folder, path) or () if access.allows(other)]
    if not listed:
        raise Refusal(404, f"The file or directory with path {path} does not exist.")
    return _listing(files.upload.upload_id, path, sorted(listed, key=lambda file: (file.path != mainfile, file.path)))


def _calc(call: Call, upload_id: str, calc_id: str) -> Calc:
    calc = get_calc(call.store, calc_id)
    if calc is None or calc.upload_id != upload_id:
        raise Refusal(404, f"The calc with id {calc_id} is not part of the upload with id {upload_id}.")
    return calc


def get_file_from_calc(call: Call, upload_id: str, calc_id: str, path: str = "") -> Response:
    """Answer like `get`, with paths that start in the folder of an entry's mainfile."""
    files, calc = _files(call, upload_id), _calc(call, upload_id, calc_id)
    access = files.access("entry", readers=calc.metadata.get("shared_with") or ())
    inside = f"{calc.folder}/{path}" if calc.folder else path
    return _at(call, files, inside, access, mainfile=calc.mainfile)


def _chosen(folder: Path, paths: Iterable[str]) -> Iterator[RawFile]:
    for path in paths:
        file = find_file(folder, path)
        if file is not None:
            yield file


def get_files_alternate(call: Call, upload_id: str) -> Response:
    """Answer with a zip of files that the parameters name; those that are not there are passed over."""
    if "files" not in call.request.args:
        raise invalid_payload({"files": "Missing required parameter in the query string"})
    files, prefix = _files(call, upload_id), call.text("prefix")
    names = [name.strip() for value in call.request.args.getlist("files") for name in value.split(",") if name]
    paths = [f"{prefix.rstrip('/')}/{name}" if prefix else name for name in names]
    chosen = _chosen(files.folder, paths)
    return _zip_of(call, files, chosen, compress=_present(call, "compress"), strip=_present(call, "strip"))


def get_files(call: Call, upload_id: str) -> Response:
    """Answer with a zip of files that the body names.

    Raises
    ------
    Refusal
        404 for an unknown upload, 500 for a body without ``files``, as NOMAD takes them for there.
    """
    if "files" not in call.body:
        raise Refusal(500)
    files = _files(call, upload_id)
    chosen = _chosen(files.folder, [name.strip() for name in call.body["files"]])
    return _zip_of(call, files, chosen, compress=bool(call.body.get("compress", False)), strip=False)


def _query_files(call: Call, documents: Iterable[dict[str, Any]], patterns: list[str]) -> Iterator[tuple[str, Path]]:
    """Give the files beside the mainfiles of entries, each folder once, as far as the caller may read them."""
    known: dict[str, _Files | None] = {}
    seen: set[tuple[str, str]] = set()
    for document in documents:
        upload_id, folder = document["upload_id"], document["mainfile"].rpartition("/")[0]
        if upload_id not in known:
            known[upload_id] = _find_files(call, upload_id)
        files = known[upload_id]
        if files is None:
            continue
        access = files.access("entry", readers=[owner["user_id"] for owner in document.get("owners", ())])
        for file in list_folder(files.folder, folder) or ():
            name = file.path.rpartition("/")[2]
            wanted = not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)
            if wanted and (upload_id, file.path) not in seen and access.tells and access.allows(file):
                seen.add((upload_id, file.path))
                yield f"{upload_id}/{file.path}", file.where


def manifest_of(documents: Iterable[dict[str, Any]], key: Any) -> bytes:
    """Give ``manifest.json`` of a query's zip: the entries by ``key`` of each document."""
    manifest = {
        key(document): {name: document[name] for name in MANIFEST if document.get(name) is not None}
        for document in documents
    }
    return json.dumps(manifest, indent=2, ensure_ascii=False).encode()


def raw_files_from_query(call: Call) -> Response:
    """Answer with a zip of the files of all entries that a query finds."""
    selection = selected(query_of_parameters(call))
    numbers = index.entry_numbers(call.store, selection, order_by="upload_id")
    strip = _present(call, "strip")
    if strip and len(numbers) > MAX_STRIPPED_ENTRIES:
        raise Refusal(400, f"The requested download has too many entries for using strip: {len(numbers)}")
    documents = index.read_documents(call.store, numbers)
    files: Iterable[tuple[str, Path]] = _query_files(call, documents, call.request.args.getlist("file_pattern"))
    if strip:
        kept = list(files)
        shorten = _stripper([name for name, _ in kept])
        files = [(shorten(name), path) for name, path in kept]
    manifest = manifest_of(documents, lambda document: f"{document['upload_id']}/{document['mainfile']}")
    return zipped(
        files,
        filename="nomad_raw_files.zip",
        compress=_present(call, "compress"),
        extra=[("manifest.json", manifest)],
    )


HANDLERS: Mapping[str, Handler] = {
    "raw.get": get,
    "raw.get_file_from_calc": get_file_from_calc,
    "raw.get_file_list_from_calc": get_file_from_calc,
    "raw.get_files": get_files,
    "raw.get_files_alternate": get_files_alternate,
    "raw.raw_files_from_query": raw_files_from_query,
}
