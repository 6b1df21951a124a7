"""What an assistant can ask: nine questions, none of which changes anything.

Each method is a tool: its docstring is what the assistant reads, its arguments are the tool's. It must not know the
protocol.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from nomad_swagger import settings
from nomad_swagger.doors.marked import bounded, marked
from nomad_swagger.doors.reading import reading_client
from nomad_swagger.doors.trees import Tree
from nomad_swagger.errors import UnknownArgument, UsageError
from nomad_swagger.explore.operations import describe, operations
from nomad_swagger.flows.archives.one import archive, archive_value
from nomad_swagger.flows.entries import find_entry
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.records import Entry
from nomad_swagger.flows.search import search
from nomad_swagger.flows.spans import read_span
from nomad_swagger.flows.statistics import statistics
from nomad_swagger.science.paths import paths_of
from nomad_swagger.science.values import NothingThere

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

Owner = Literal["public", "visible", "user", "staging"]
Words = dict[str, Any]

_MOST_ROWS, _MOST_ENTRIES, _MOST_BYTES = 50, 20, 10_000
_FIELDS = ("entry_id", "upload_id", "mainfile", "formula", "code", "owner", "published", "comment", "datasets")
_LONG_FIELDS = (*_FIELDS, "elements", "references", "with_embargo")
_CUT_IN_ROWS = 200  # characters of a field


class Tools:
    """The questions, and a client for each server that was asked; ``default`` is where one is asked that names none."""

    def __init__(self, default: str = "", **how: Any) -> None:
        self._default, self._how = default, how
        self._clients: dict[str, NomadClient] = {}
        self._lock = threading.Lock()

    def _client(self, server: str) -> NomadClient:
        # An address that nobody but the assistant named may be what a stranger's text told it.
        if server not in ("", self._default, *settings.profiles()) and not settings.sandbox_nickname(server):
            raise UnknownArgument(
                server, settings.profiles(), where="as a server; the user can name more in the config"
            )
        with self._lock:  # two questions may come at once
            if server not in self._clients:
                how = self._how if not server else {**self._how, "spec": "auto"}
                self._clients[server] = reading_client(server or self._default, **how)
            return self._clients[server]

    def servers(self) -> str:
        """List the NOMAD servers that can be named as `server` in the other tools; without it the default is asked."""
        known = {name: profile.url for name, profile in settings.profiles().items()}
        return marked(None, default=self._default or "(none: name one)", servers=known)

    def search(
        self,
        query: Words,
        server: str = "",
        owner: Owner = "public",
        newest: bool = False,
        start: int = 0,
        limit: int = 10,
    ) -> str:
        """Count and list the entries (calculations) that a query finds; at most 50 in one answer.

        query: words, all of which must hold: elements (["Si","O"]: contains all), only_elements, formula (of the whole
        cell, "O4Ti2"), code ("VASP"), upload_id, entry_id, dataset, doi, path (a folder or file), optimade (a filter:
        'nelements=2 AND nsites<9'), or the server's own quantities (see describe_operation). {} is all.
        owner: public; visible adds the user's own; user, staging (unpublished): the user's alone.
        newest: last uploaded first.
        start: how many hits to skip; `next` says it. `total` counts all hits.
        """
        most = _page(limit, _MOST_ROWS)
        newest_of = start + most if newest else None
        found = search(self._client(server), owner=owner, query=query, newest=newest_of)
        rows = [_row(entry, _FIELDS, _CUT_IN_ROWS) for entry in islice(found, start, start + most)]
        more = f"start={start + len(rows)}" if rows and start + len(rows) < found.total else ""
        return marked(rows, total=found.total, next_step=more)

    def statistics(
        self, quantity: str, query: Words | None = None, server: str = "", owner: Owner = "public", limit: int = 20
    ) -> str:
        """Count the entries of a query by a quantity: elements, code, formula, upload_time, or the server's own.

        query: as for search; without it all entries. Answers the most frequent values, at most 50.
        """
        found = statistics(self._client(server), quantity, owner=owner, limit=_page(limit, _MOST_ROWS), query=query)
        rows = {str(value): entries for value, entries in islice(found.counts.items(), _MOST_ROWS)}
        return marked(rows, total=found.total)

    def entry(self, entry_id: str, server: str = "") -> str:
        """Tell what NOMAD's index has of one entry: formula, code, owner, comment, references, datasets, mainfile."""
        return marked(_row(find_entry(self._client(server), entry_id), _LONG_FIELDS))

    def archive_paths(self, entry_id: str, word: str = "", server: str = "", start: int = 0) -> str:
        """List the paths in an entry's archive (what was read from its files) with type, shape, unit and an example.

        word: only paths with it in them ("energy", "band_gap"); say one, since an archive has hundreds of paths.
        Generations of NOMAD have different paths: look here before archive_value. `*` stands for a place in a list.
        """
        found = paths_of(archive(self._client(server), entry_id), word)
        shown = found[start : start + _MOST_ROWS]
        rows = [{**vars(one), "shape": list(one.shape)} for one in shown]
        more = f"start={start + len(shown)}" if start + len(shown) < len(found) else ""
        return marked(rows, total=len(found), next_step=more)

    def archive_value(self, path: str, entry_ids: list[str], unit: str = "", server: str = "") -> str:
        """Give the value at one path of the archives of up to 20 entries, null where an archive has nothing there.

        path: from archive_paths, with a number for each `*`; -1 is the last: run/-1/calculation/-1/energy/total/value.
        unit: numbers are SI (joule, metre) unless one is said: "eV", "angstrom", "eV/angstrom", "GPa".
        """
        if len(entry_ids) > _MOST_ENTRIES:
            raise UsageError(f"{len(entry_ids)} entries are more than {_MOST_ENTRIES}: ask in parts")
        client = self._client(server)
        rows = [{"entry_id": one, "value": _value(client, one, path, unit)} for one in entry_ids]
        return marked(rows, unit=unit or "SI")

    def list_files(self, folder: str, server: str = "", start: int = 0) -> str:
        """List what is directly in a folder of an upload: names, sizes in bytes; at most 200 in one answer.

        folder: UPLOAD_ID or UPLOAD_ID/path/to/folder; an entry's files lie beside its mainfile.
        """
        upload_id, _, path = folder.strip("/").partition("/")
        tree = Tree(self._client(server), upload_id)
        found = tree.find(path)
        rows = sorted(tree.folder(path).values(), key=lambda file: file.name) if found.is_folder else [found]
        shown = [_file_row(file) for file in rows[start : start + 4 * _MOST_ROWS]]
        more = f"start={start + len(shown)}" if start + len(shown) < len(rows) else ""
        return marked(shown, total=len(rows), next_step=more)

    def read_file(self, path: str, server: str = "", start_byte: int = 0, max_bytes: int = 3000) -> str:
        """Give a part of a text file; at most 10 000 bytes in one answer.

        path: UPLOAD_ID/path/to/file. start_byte: negative counts from the file's end, -2000 is its tail.
        """
        upload_id, _, inner = path.strip("/").partition("/")
        tree = Tree(self._client(server), upload_id)
        file = tree.find(inner)
        if file.is_folder or file.size_bytes is None:
            raise UsageError(f"{path} is no file that can be read in parts; list_files shows what there is")
        size = file.size_bytes
        begin = max(size + start_byte, 0) if start_byte < 0 else min(start_byte, size)
        end = min(begin + _page(max_bytes, _MOST_BYTES), size)
        data = read_span(tree.span(file)(begin, end)) if end > begin else b""
        if b"\0" in data:
            raise UsageError(f"{path} is no text: the user can download it (`nomad-swagger download {path}`)")
        more = f"start_byte={end}" if end < size else ""
        text = {"text": data.decode("utf-8", "replace")}
        place = {"size_bytes": size, "start_byte": begin, "end_byte": end}
        return marked(text, longest_text=_MOST_BYTES, next_step=more, **place)

    def describe_operation(self, name: str, server: str = "") -> str:
        """Describe an operation of the server's API, such as repo.search: what it takes, what can be searched.

        name: tag.operation; another word lists the operations that have it in them. Nothing is called.
        """
        spec = self._client(server).nomad.spec
        if name in spec.operations:
            return marked({"text": str(describe(spec, name))}, longest_text=_MOST_BYTES)
        found = operations(spec, name) or operations(spec)
        rows = [f"{one.full_name}: {one.method} {one.path}" for one in found[: 2 * _MOST_ROWS]]
        return marked(rows, total=len(found), next_step="describe_operation with one of these names")


def _page(asked: int, most: int) -> int:
    return min(max(asked, 1), most)


def _row(entry: Entry, names: tuple[str, ...], longest: int = 1000) -> Words:
    return {name: bounded(value, longest) for name in names if (value := getattr(entry, name)) not in ("", (), None)}


def _file_row(file: File) -> Words:
    return {"name": f"{file.name}/" if file.is_folder else file.name} | (
        {} if file.is_folder else {"size_bytes": file.size_bytes}
    )


def _value(client: NomadClient, entry_id: str, path: str, unit: str) -> Any:
    try:
        return archive_value(client, entry_id, path, unit or None)
    except NothingThere:
        return None


def questions(tools: Tools) -> Iterator[Any]:
    """Give the tools, each as a function with its words."""
    for name, thing in vars(Tools).items():
        if callable(thing) and not name.startswith("_"):
            yield getattr(tools, name)
