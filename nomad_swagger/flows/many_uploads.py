"""Make many uploads: each once, whatever breaks off, not more at a time than the server allows, told about, published.

Each has a row in a ledger, which is a journal's: a run that was killed goes on with what its lost calls made. Knows
that a server refuses one more unpublished upload; how one is made, waited for and published is in the other flows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from nomad_swagger import disk
from nomad_swagger.errors import InvalidRequest, NomadError, NotFound, ProcessingFailed, UsageError
from nomad_swagger.flows.batch_items import Item, Outcome
from nomad_swagger.flows.journal import JournalRow
from nomad_swagger.flows.metadata.datasets import add_to_dataset, create_dataset
from nomad_swagger.flows.metadata.editing import edit
from nomad_swagger.flows.metadata.finding import list_datasets
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.processing import processed_entries
from nomad_swagger.flows.publishing import publish
from nomad_swagger.flows.records import Dataset, Upload
from nomad_swagger.flows.resuming import DoneBefore, begun_before
from nomad_swagger.flows.sending import plan_upload, send
from nomad_swagger.flows.uploads import get_upload
from nomad_swagger.flows.waiting import wait, with_failures
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.ledger import Ledger
from nomad_swagger.transfers.many import in_threads

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

Seen = Callable[[Upload], None]


class _Full(Exception):
    """The server allows no further unpublished upload."""


@dataclass
class Run:
    """One run through many uploads.

    Attributes
    ----------
    client : NomadClient
    ledger : Ledger
    publishes, allow_failed : bool
    datasets : tuple of str
        Names of datasets that all entries are put into; made where they are missing.
    timeout_s : float
        For the wait for one upload.
    progress : callable or None
        Told of each upload that is looked at.
    patience : Patience
    """

    client: NomadClient
    ledger: Ledger
    publishes: bool = False
    allow_failed: bool = False
    datasets: Sequence[str] = ()
    timeout_s: float = 3600
    progress: Seen | None = None
    patience: Patience = field(default_factory=Patience)
    _known_datasets: dict[str, Dataset] = field(default_factory=dict, init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)
    _full: threading.Event = field(default_factory=threading.Event, init=False)
    _freed: threading.Condition = field(default_factory=threading.Condition, init=False)
    _held: int = field(default=0, init=False)
    _over: int = field(default=0, init=False)

    def outcomes(self, items: Sequence[Item], *, jobs: int = 1) -> Iterator[list[Outcome]]:
        """Do what is left to do of all, several at once, and give what became of each, as it comes.

        Raises
        ------
        UsageError
            Another run uses this ledger.
        """
        with self._claimed():
            yield from in_threads(self._item, items, jobs)

    @contextmanager
    def _claimed(self) -> Iterator[None]:
        path = self.ledger.path.with_name(f"{self.ledger.path.name}.lock")
        try:
            lock = disk.claim(path)
        except disk.Taken as error:
            raise UsageError(f"another upload-many uses the ledger {self.ledger.path} at the moment") from error
        with lock:
            yield

    def _item(self, item: Item) -> list[Outcome]:
        row = self.row(item)
        try:
            return self._shared_out(item, self._one(item, row))
        except _Full:
            return [Outcome(str(source), state="left") for source in item.sources]
        except NomadError as failure:
            last = getattr(failure, "upload", None)
            seen = last if isinstance(last, Upload) else Upload(str((row.told or {}).get("upload_id", "")))
            state: dict[str, Any] = {"state": "failed", "error": str(failure), "failure": failure}
            return self._shared_out(item, seen, **state)

    @contextmanager
    def _holding(self) -> Iterator[None]:
        """Count the uploads that are under way: when one of them is over, another may have room."""
        with self._freed:
            self._held += 1
        try:
            yield
        finally:
            with self._freed:
                self._held, self._over = self._held - 1, self._over + 1
                self._freed.notify_all()

    def _one(self, item: Item, row: JournalRow) -> Upload:
        told = row.told or {}
        if told.get("stage") == "done" and (seen := self._still_there(row, told)) is not None:
            return seen
        upload = self._begun(row) or self._send(item, row)
        with self._holding():
            known = upload.published and (with_failures(self.client, upload) if upload.raw else upload)
            done = known or self._finished(item, row, upload)
        counts = {"entries": done.entries, "failed": done.failed, "published": done.published}
        row.mark("published" if done.published else "sent", stage="done", upload_id=done.upload_id, **counts)
        return done

    def _finished(self, item: Item, row: JournalRow, upload: Upload) -> Upload:
        done = wait(self.client, upload, timeout_s=self.timeout_s, progress=self.progress, patience=self.patience)
        self._refuse_empty(done)
        self._put_into_datasets(item, done)
        return self._publish(item, row, done) if self.publishes else self._edit(item, done)

    def _still_there(self, row: JournalRow, told: dict[str, Any]) -> Upload | None:
        """Give an upload that was done before; None where it is gone, or now has to be published."""
        upload_id = str(told["upload_id"])
        try:
            seen = get_upload(self.client, upload_id)
        except NotFound:
            if not told.get("published"):
                row.drop()
                return None
            seen = Upload(upload_id, published=True)  # of servers where published uploads leave staging
        if self.publishes and not seen.published:
            return None
        entries = told.get("entries") if seen.entries is None else seen.entries
        return replace(seen, entries=entries, failed=told.get("failed") if seen.failed is None else seen.failed)

    def _begun(self, row: JournalRow) -> Upload | None:
        try:
            return begun_before(self.client, row, patience=self.patience)
        except DoneBefore as before:
            return before.upload

    def _send(self, item: Item, row: JournalRow) -> Upload:
        """Send an upload, when there is room for it.

        Raises
        ------
        _Full
            There is none, and none will be.
        """
        while True:
            if self._full.is_set():
                raise _Full
            over = self._over
            try:
                return send(self.client, plan_upload(self.client, item.manifest, name=item.name), row)
            except InvalidRequest as error:
                if not self._is_limit(error):
                    raise
                self._await_room(over)

    def _is_limit(self, error: InvalidRequest) -> bool:
        words = self.client.nomad.generation.limit_refusal
        return bool(words) and words.lower() in f"{error.detail} {error}".lower()

    def _await_room(self, over: int) -> None:
        """Wait until one more upload is over than there were when no room was left.

        Raises
        ------
        _Full
            None is under way that would be published.
        """
        with self._freed:
            if self.publishes:
                self._freed.wait_for(lambda: self._over > over or not self._held, timeout=self.timeout_s)
            if not self.publishes or self._over <= over:
                self._full.set()
                raise _Full

    def _refuse_empty(self, done: Upload) -> None:
        """Refuse what NOMAD read nothing of.

        Raises
        ------
        ProcessingFailed
        """
        if self.allow_failed or (done.entries and done.failed != done.entries):
            return
        words = f"all {done.entries} entries failed" if done.entries else "no calculation was recognised"
        raise ProcessingFailed(f"upload {done.upload_id}: {words}", upload=done, errors=done.errors)

    def _put_into_datasets(self, item: Item, done: Upload) -> None:
        for name in dict.fromkeys([*self.datasets, *item.told.datasets]):
            with self._turn:  # two that make one of the same name, or change one, are in each other's way
                add_to_dataset(self.client, self._dataset(name), done, patience=self.patience)

    def _dataset(self, name: str) -> Dataset:
        if name not in self._known_datasets:
            mine = (one for one in list_datasets(self.client) if name in (one.name, one.dataset_id))
            self._known_datasets[name] = next(mine, None) or create_dataset(self.client, name)
        return self._known_datasets[name]

    def _publish(self, item: Item, row: JournalRow, done: Upload) -> Upload:
        row.mark("publishing", upload_id=done.upload_id)
        told = {**item.told.edits, "embargo_months": item.told.embargo_months, "allow_failed": self.allow_failed}
        how: dict[str, Any] = {"timeout_s": self.timeout_s, "progress": self.progress, "patience": self.patience}
        published = publish(self.client, done, **told, **how)
        return replace(published, entries=published.entries or done.entries, failed=done.failed)

    def _edit(self, item: Item, done: Upload) -> Upload:
        if item.told.edits:
            edit(self.client, done, **item.told.edits, patience=self.patience)
        return done

    def _shared_out(self, item: Item, seen: Upload, **more: Any) -> list[Outcome]:
        """Give what became of each folder of an upload."""
        told = {"upload_id": seen.upload_id, "published": seen.published, **more}
        if len(item.sources) == 1:
            return [Outcome(str(item.sources[0]), entries=seen.entries, failed=seen.failed, **told)]
        found = [] if not seen.upload_id else list(processed_entries(self.client, seen.upload_id))
        rows = []
        for source, top in zip(item.sources, item.tops, strict=True):
            inside = [entry for entry in found if entry.mainfile.startswith(f"{top}/")]
            failed = sum(entry.failed for entry in inside)
            rows.append(Outcome(str(source), entries=len(inside), failed=failed, **told))
        return rows

    def row(self, item: Item) -> JournalRow:
        """Give the place of an upload in the ledger."""
        nomad = self.client.nomad
        about = {
            "server": nomad.api_url,
            "user": nomad.login.who or "",
            "name": item.name,
            "files": item.manifest.digest,
            "source": str(item.sources[0]),
            "sources": [str(source) for source in item.sources],
        }
        return JournalRow(self.ledger, item.key, about, item.manifest, item.name)
