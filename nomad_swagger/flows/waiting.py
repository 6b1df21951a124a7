"""Wait for an upload: what "processed", "published" and "deleted" mean.

Knows which looks of an upload end a wait, from the generation's ``waiters``. Source: NOMAD 0.8.6, where an upload is
done when neither its tasks nor a process run, failed entries leave it successful, and a published one may be gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from nomad_swagger import dotted
from nomad_swagger.advice import python_words
from nomad_swagger.calls.plan import Step
from nomad_swagger.errors import NotFound, ProcessingFailed, UsageError, WaitTimeout
from nomad_swagger.flows.deeds import step_of
from nomad_swagger.flows.polling import Patience, TimeIsUp, wait_until
from nomad_swagger.flows.processing import processed_entries, reasons
from nomad_swagger.flows.records import Upload
from nomad_swagger.flows.uploads import get_upload, upload_id_of
from nomad_swagger.light import dataclass
from nomad_swagger.words import Until

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

Seen = Callable[[Upload], None]
"""Told each time an upload was looked at."""

_GONE = "GONE"
"""Our word, beside NOMAD's own, for an upload that is no longer there."""

_LOGS_READ = 50  # of an upload where more failed than anybody reads, the others say what their errors say


def wait(
    client: NomadClient,
    upload: Upload | str,
    *,
    until: Until = "processed",
    timeout_s: float = 3600,
    progress: Seen | None = None,
    patience: Patience | None = None,
) -> Upload:
    """Wait until NOMAD is done with an upload.

    Failed entries do not fail an upload: look at ``.failed`` and ``.errors`` of what comes back.

    Parameters
    ----------
    client : NomadClient
    upload : Upload or str
    until : {"processed", "published", "deleted"}
    timeout_s : float
        Seconds after which to give up; the upload itself goes on.
    progress : callable, optional
        Called with the upload each time it was looked at.
    patience : Patience, optional
        Pauses and clock, for tests and for impatient people.

    Returns
    -------
    Upload
        As last seen.

    Raises
    ------
    ProcessingFailed
        NOMAD gave up; its own words are on it.
    WaitTimeout
        It was still busy when the time was up.
    NotFound
        There is no such upload; nor is one "deleted" that was never there.
    """
    rule = client.nomad.generation.waiters
    if until not in rule:
        raise UsageError(f"cannot wait until {until!r}; one of {', '.join(rule)}")
    patience = replace(patience or Patience(), timeout_s=timeout_s)
    return Watch(client, upload_id_of(upload), until, progress).until_over(patience)


@dataclass
class Watch:
    """One wait for one upload.

    Attributes
    ----------
    accepted : bool
        This call saw the server take the order (publish, delete), so that "gone" and "idle" mean something.
    """

    client: NomadClient
    upload_id: str
    until: str
    progress: Seen | None = None
    accepted: bool = False

    def until_over(self, patience: Patience) -> Upload:
        """Look until it is over, and give the upload as last seen."""
        self._last = Upload(self.upload_id, running=True)
        self._seen = False
        try:
            seen = wait_until(self._look, self._is_over, patience)
        except TimeIsUp as error:
            stage = f" at {error.seen.stage}" if error.seen.stage else ""
            message = (
                f"upload {self.upload_id}: not {self.until} after {round(patience.timeout_s, 1):g} s, still{stage} "
                f"({error.seen.status or 'unknown'})"
            )
            raise WaitTimeout(message, upload=error.seen, advice=python_words(WaitTimeout, message)) from None
        return seen if seen.status == _GONE else with_failures(self.client, seen)

    def _look(self) -> Upload:
        try:
            seen = get_upload(self.client, self.upload_id)
        except NotFound:
            if not self._may_be_gone():
                raise
            seen = replace(self._last, running=False, status=_GONE, published=self.until == "published")
        if self.progress is not None:
            self.progress(seen)
        self._last, self._seen = seen, True
        return seen

    def _may_be_gone(self) -> bool:
        """Tell whether "not found" means done: only of what this wait saw, or what was ordered before it."""
        gone = self.client.nomad.generation.waiters[self.until].gone
        return (gone == "always" and (self.accepted or self._seen)) or (gone == "after-accepted" and self.accepted)

    def _is_over(self, seen: Upload) -> bool:
        rule = self.client.nomad.generation.waiters[self.until]
        if seen.running:
            # Somebody else may have given the order: from here on "gone" means done.
            self.accepted = self.accepted or any(
                dotted.get(seen.raw, path) in values for path, values in rule.under_way.items()
            )
            return False
        if seen.status == _GONE:
            return True
        if seen.status in rule.failed_status:
            raise self._failure(seen, "; ".join(seen.errors) or "NOMAD gives no reason")
        if self.until == "processed":
            return True
        if self.until == "published" and seen.published:
            return True
        if self.accepted and self.until == "published":
            raise self._failure(seen, "; ".join(seen.errors) or "NOMAD took the order and stopped without publishing")
        return False

    def _failure(self, seen: Upload, why: str) -> ProcessingFailed:
        act = {"processed": "processing", "published": "publishing", "deleted": "deleting"}[self.until]
        message = f"upload {self.upload_id}: {act} failed: {why}"
        advice = python_words(ProcessingFailed, f"{act} failed")
        return ProcessingFailed(message, upload=seen, errors=seen.errors, advice=advice)


def idle_step(client: NomadClient, upload_id: str) -> Step:
    """Give the look that is repeated until NOMAD does nothing with an upload."""
    running = client.nomad.generation.records["upload"]["running"]["any"]
    words = f"wait until nothing is done with upload {upload_id}"
    return step_of(client, "get_upload", {"upload_id": upload_id}, words, upload_ids=(upload_id,), waits=tuple(running))


def with_failures(client: NomadClient, upload: Upload) -> Upload:
    """Give the upload with the words about its failed entries among its errors, each with its mainfile before."""
    nomad = client.nomad
    if upload.failed is None and nomad.can("count_failed_entries"):
        upload = replace(upload, failed=nomad.ask("count_failed_entries", {"upload_id": upload.upload_id}))
    if not upload.failed:
        return upload
    failed = (entry for entry in processed_entries(client, upload.upload_id) if entry.failed)
    words = []
    for number, entry in enumerate(failed):
        why = reasons(client, upload.upload_id, entry) if number < _LOGS_READ else entry.errors
        words.append(f"{entry.mainfile}: {'; '.join(why) or 'failed without a reason'}")
    return replace(upload, errors=(*upload.errors, *words))
