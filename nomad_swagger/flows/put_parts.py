"""Send files into an upload in parts: smaller ones after a cut, each file once, processed once in the end.

After a cut the upload is looked at, since an answer may be lost of what arrived. Source: NOMAD 1.4.3, where what a
request brings is put in its place by a process of its own; meanwhile the upload takes no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from nomad_swagger.calls.plan import Step
from nomad_swagger.errors import ApiError, IncompleteTransfer, NomadError, NotFound, TransportError
from nomad_swagger.flows.deeds import give, is_open, log, step_of
from nomad_swagger.flows.file_records import FoundPath
from nomad_swagger.flows.idle import until_idle
from nomad_swagger.flows.listing import sizes_in
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.records import read_record
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.bundles import LEAST_BYTES, PART_BYTES, Arrivals, bundled, packed
from nomad_swagger.transfers.manifest import ManifestFile
from nomad_swagger.transfers.sent_bodies import SteadyBody
from nomad_swagger.transfers.watched import Watched
from nomad_swagger.transport.bodies import Progress
from nomad_swagger.transport.call import Body

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_WITH_LESS = frozenset({408, 413, 429})
_FEW = 3  # files, that are looked for one by one
_PARTS_TO_GROW = 4
_TRIES = 4  # of the same, none of which brought anything
_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0


@dataclass(frozen=True)
class Load:
    """What one request, or several, bring: an archive or one file as it is, or files to be packed.

    Attributes
    ----------
    title : str
        For messages.
    files : tuple of ManifestFile
        What is there afterwards, by paths below the folder that it goes to.
    whole : ManifestFile or None
        Goes as it is, in one request.
    name : str
        The name that the request carries.
    """

    title: str
    files: tuple[ManifestFile, ...]
    whole: ManifestFile | None = None
    name: str = "part.zip"

    def parts(self, part_bytes: int) -> Iterable[Sequence[ManifestFile]]:
        """Give what each request brings."""
        return [self.files] if self.whole is not None else bundled(self.files, part_bytes)


@dataclass
class Sending:
    """One sending of files into one upload.

    Attributes
    ----------
    client : NomadClient
    upload_id, folder : str
        Where they go to.
    patience : Patience
    arrivals : Arrivals or None
    progress : callable or None
    part_bytes : int
    """

    client: NomadClient
    upload_id: str
    folder: str
    patience: Patience
    arrivals: Arrivals | None = None
    progress: Progress | None = None
    part_bytes: int = PART_BYTES
    _done_bytes: int = field(default=0, init=False)
    _all_bytes: int = field(default=0, init=False)

    def step(self, load: Load, files: Sequence[ManifestFile], *, process: bool) -> Step:
        """Give the request that brings some files; with ``process`` NOMAD processes them at once."""
        body: Body = SteadyBody(load.whole) if load.whole is not None else packed(files)
        words = load.title if load.whole is not None else _in_words(files)
        triggers = process if self.client.nomad.takes("put_file", "process") else None
        place = {"upload_id": self.upload_id, "path": self.folder, "file_name": load.name, "process": triggers}
        body = Watched(body, self._tell) if self.progress is not None else body
        words = f"put {words} into {self.target}"
        return step_of(self.client, "put_file", place, words, body=body, upload_ids=(self.upload_id,))

    @property
    def is_open(self) -> bool:
        """Tell whether files came before that NOMAD was not told to process."""
        return self.arrivals is not None and self.arrivals.is_open

    def is_one_request(self, loads: Sequence[Load]) -> bool:
        """Tell whether one request brings all that is to be processed, so that it can be processed with it."""
        return len(loads) == 1 and len(list(loads[0].parts(self.part_bytes))) == 1 and not self.is_open

    def send(self, loads: Sequence[Load], *, process: bool = True) -> bool:
        """Send all, and tell whether NOMAD processes them by now, which it does where one request brought all.

        Raises
        ------
        IncompleteTransfer
            It broke off again and again; what arrived stays, and the same again goes on.
        ApiError, SourceChanged, WaitTimeout
        """
        self._all_bytes = sum(file.size_bytes for load in loads for file in load.files)
        only = process and self.is_one_request(loads)
        if self.arrivals is not None and not only:
            self.arrivals.begin()
        at_once = [self._send_load(load, process=only) for load in loads]
        return only and all(at_once)

    def _send_load(self, load: Load, *, process: bool) -> bool:
        """Send a load, and tell whether one request brought all of it."""
        left, part_bytes, failures, good = list(load.files), self.part_bytes, 0, 0
        before = self.sizes(left)
        while left:
            part = next(iter(replace(load, files=tuple(left)).parts(part_bytes)))
            at_once = process and len(part) == len(load.files)
            try:
                give(self.client, self.step(load, part, process=at_once))
                if at_once:
                    self._note(part)
                    return True
                until_idle(self.client, self.upload_id, self.patience)
                arrived, failures, good = {file.path for file in part}, 0, good + 1
            except (TransportError, ApiError) as error:
                if not _is_cut(error):
                    raise
                arrived, good = self._arrived(part, before), 0
                failures = 0 if arrived else failures + 1
                if failures >= _TRIES:
                    raise self._given_up(error, left) from error
                part_bytes = max(min(part_bytes, size_of(part)) // 2, LEAST_BYTES)
                log.warning("%s: %s Going on with parts of %s bytes.", self.target, error, f"{part_bytes:,}")
                self.patience.sleep(min(_PAUSE_S * 2**failures, _LONGEST_PAUSE_S) if failures else 0)
                if self.arrivals is not None and process:
                    self.arrivals.begin()  # from here on it comes in several requests
            if good == _PARTS_TO_GROW:
                part_bytes, good = min(part_bytes * 2, self.part_bytes), 0
            self._note([file for file in part if file.path in arrived])
            left = [file for file in left if file.path not in arrived]
        return False

    def _note(self, files: Sequence[ManifestFile]) -> None:
        self._done_bytes += size_of(files)
        if self.arrivals is not None:
            self.arrivals.note((self.path_of(file), file) for file in files if file.source)

    def _tell(self, done: int, total: int | None) -> None:
        if self.progress is not None:
            self.progress(self._done_bytes + done, self._all_bytes)

    def _arrived(self, part: Sequence[ManifestFile], before: Mapping[str, int | None]) -> set[str]:
        """Give what of a part is there after a cut; of what was there in the same size before nobody can know."""
        until_idle(self.client, self.upload_id, self.patience)
        now = self.sizes(part)
        unlike = (file for file in part if before.get(file.path) != file.size_bytes)
        return {file.path for file in unlike if now.get(file.path) == file.size_bytes}

    def _given_up(self, error: NomadError, left: Collection[ManifestFile]) -> IncompleteTransfer:
        return IncompleteTransfer(
            f"{self.target}: {str(error).rstrip('.')}; {_TRIES} times in a row. {len(left)} files are not there yet. "
            "What arrived stays: the same again goes on from there.",
            received=self._done_bytes,
            expected=self._all_bytes,
        )

    def sizes(self, files: Sequence[ManifestFile]) -> dict[str, int | None]:
        """Give the sizes of what the upload has under the paths of files."""
        if len(files) <= _FEW:
            return {file.path: size for file in files if (size := self._size(file)) is not None}
        found: dict[str, int | None] = {}
        tops: dict[str, bool] = {}
        for folder in sorted({file.path.rpartition("/")[0] for file in files}):
            top = folder.partition("/")[0]
            if top and top not in tops:
                tops[top] = self._listed(top) is not None
            listed = self._listed(folder) if tops.get(top, True) else None
            found |= {f"{folder}/{name}".lstrip("/"): size for name, size in (listed or {}).items()}
        return found

    def _listed(self, folder: str) -> Mapping[str, int | None] | None:
        return sizes_in(self.client, self.upload_id, f"{self.folder}/{folder}".strip("/"))

    def _size(self, file: ManifestFile) -> int | None:
        nomad = self.client.nomad
        try:
            answer = nomad.ask("look_at_path", {"upload_id": self.upload_id, "path": self.path_of(file)})
        except NotFound:
            return None
        found: FoundPath = read_record(nomad.generation.records, "path", answer)
        return found.size_bytes

    def path_of(self, file: ManifestFile) -> str:
        """Give the path of a file in the upload."""
        return f"{self.folder}/{file.path}".lstrip("/")

    @property
    def target(self) -> str:
        """Give what to call the place that all goes to."""
        return f"upload {self.upload_id}{f'/{self.folder}' if self.folder else ''}"


def size_of(files: Iterable[ManifestFile]) -> int:
    """Give the bytes of files together."""
    return sum(file.size_bytes for file in files)


def _is_cut(error: TransportError | ApiError) -> bool:
    """Tell whether another try, with less, may bring what this one did not."""
    return is_open(error) or (isinstance(error, ApiError) and error.status in _WITH_LESS)


def _in_words(files: Sequence[ManifestFile]) -> str:
    return files[0].path if len(files) == 1 else f"{len(files)} files of {size_of(files):,} bytes"
