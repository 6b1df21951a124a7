"""Publish: what cannot be taken back, so it is sent once, last, and read back.

What can still be changed is set, and read back, before the publish goes out, where a server takes it beforehand; where
it takes it with the publish only, it is read back after. Source: NOMAD 0.8.6, where a second publish while the first
one runs is refused and yet wipes comment, references and coauthors; NOMAD 1.4.3, whose publish takes the embargo alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from nomad_swagger.advice import python_words
from nomad_swagger.calls.plan import Step
from nomad_swagger.errors import ApiError, NomadWarning, NotAsAsked, ProcessingFailed, TransportError
from nomad_swagger.flows.deeds import add_words, agree, give, is_open, log, need_login
from nomad_swagger.flows.orders import order
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.publish_plan import plan_publish
from nomad_swagger.flows.readback import differences, entries_back, until_seen
from nomad_swagger.flows.records import Upload, read_record
from nomad_swagger.flows.told_records import Embargo
from nomad_swagger.flows.uploads import get_upload, upload_id_of
from nomad_swagger.flows.waiting import Seen, Watch

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_SHOWN_FAILURES = 5


def publish(
    client: NomadClient,
    upload: Upload | str,
    *,
    comment: str | None = None,
    references: Sequence[str] = (),
    coauthors: Sequence[str] = (),
    embargo_months: int = 0,
    allow_failed: bool = False,
    timeout_s: float = 3600,
    progress: Seen | None = None,
    patience: Patience | None = None,
) -> Upload:
    """Publish an upload, wait until it is public, and read back what was asked. It cannot be taken back.

    Waits for processing first. An upload that is public already is given back as it is, with a warning where you said
    something about it that it may not have.

    Parameters
    ----------
    client : NomadClient
    upload : Upload or str
    comment : str, optional
    references : sequence of str
        URLs.
    coauthors : sequence of str
        User ids, or e-mail addresses of people with an account.
    embargo_months : int
        0 to 36: for how long only you, and those whom you share the data with, see them. Coauthors are credit.
    allow_failed : bool
        Publish also what NOMAD could not read, or read nothing of.
    timeout_s, progress, patience
        As for :func:`wait`.

    Returns
    -------
    Upload
        Published.

    Raises
    ------
    UsageError
        An embargo out of range, or an unknown coauthor.
    InvalidRequest
        NOMAD refuses.
    ProcessingFailed
        It has no entries, or failed ones (see ``allow_failed``), or NOMAD gave up: nothing was published.
    NotAsAsked
        Something is not as you asked; the message says what it is, and whether the upload is published.
    NotFound, WaitTimeout

    Warns
    -----
    NomadWarning
        It was published before: comment, references, coauthors and embargo stay as they are.

    Examples
    --------
    >>> publish(client, done, comment="Si, PBE", embargo_months=6)          # doctest: +SKIP
    """
    need_login(client, "publish")
    told: dict[str, Any] = {
        "comment": comment,
        "references": references,
        "coauthors": coauthors,
        "embargo_months": embargo_months,
    }
    upload_id = upload_id_of(upload)
    seen = get_upload(client, upload_id)
    plan = plan_publish(client, upload_id, allow_failed=allow_failed, seen=seen, **told)
    patience = replace(patience or Patience(), timeout_s=timeout_s)
    if not plan.steps:
        _warn_of_unsaid(upload_id, told)
        return Watch(client, upload_id, "published", progress).until_over(patience)
    agree(client, plan)
    ready = Watch(client, upload_id, "processed", progress).until_over(patience)
    if ready.published:
        _warn_of_unsaid(upload_id, told)
        return ready
    _refuse_failed(ready, allow_failed)
    *before, final = (step for step in plan.steps if step.changes)
    for step in before:
        _set(client, step, ready, patience, progress)
    order(client, final, "Its comment, references and coauthors are set. " if before else "")
    public = Watch(client, upload_id, "published", progress, accepted=True).until_over(patience)
    _read_back(client, public, final.shows, patience)
    return public


def _refuse_failed(upload: Upload, allow_failed: bool) -> None:
    """Refuse what has no entries, or failed ones.

    Raises
    ------
    ProcessingFailed
    """
    if allow_failed or (upload.entries != 0 and not upload.failed):
        return
    if upload.entries == 0:
        why = "no calculation was recognised in it. Nothing was published"
    else:
        shown = "; ".join(upload.errors[:_SHOWN_FAILURES])
        more = f"; and {len(upload.errors) - _SHOWN_FAILURES} more" if len(upload.errors) > _SHOWN_FAILURES else ""
        why = f"{upload.failed} of {upload.entries} entries failed: {shown}{more}"
    advice = python_words(ProcessingFailed, why)
    raise ProcessingFailed(f"upload {upload.upload_id}: {why}", upload=upload, errors=upload.errors, advice=advice)


def _set(client: NomadClient, step: Step, ready: Upload, patience: Patience, progress: Seen | None) -> None:
    """Do a step that comes before the publish, and read it back.

    Raises
    ------
    NotAsAsked
        It is not as asked; nothing was published.
    ApiError, TransportError
        NOMAD refuses; or no answer of NOMAD's came, and it is not as asked.
    """
    lost: TransportError | ApiError | None = None
    try:
        give(client, step)
    except (TransportError, ApiError) as error:
        if not is_open(error):
            add_words(error, "Nothing was published.")
            raise
        lost = error
    Watch(client, ready.upload_id, "processed", progress).until_over(patience)
    wrong = until_seen(lambda: _unmet(client, ready, step.shows), patience)
    if wrong and lost is not None:
        add_words(lost, f"Not all is set ({'; '.join(wrong)}), and nothing was published: give the order again.")
        raise lost
    if wrong:
        raise NotAsAsked(
            f"upload {ready.upload_id}: NOMAD took the edit, and yet {'; '.join(wrong)}. Nothing was published.",
            upload=ready,
            differences=wrong,
        )


def _read_back(client: NomadClient, public: Upload, asked: Mapping[str, Any], patience: Patience) -> None:
    """Compare what is published with what was asked.

    Raises
    ------
    NotAsAsked
    """
    asked = dict(asked)
    months = asked.pop("embargo_months", None)
    wrong = [] if months is None else _embargo_differences(client, public, months)
    wrong += until_seen(lambda: _unmet(client, public, asked), patience)
    if wrong:
        raise NotAsAsked(
            f"upload {public.upload_id} is published, but what was asked is not seen yet: {'; '.join(wrong)}. "
            "Look at it again later; do not publish it a second time.",
            upload=public,
            differences=wrong,
        )


def embargo_of(client: NomadClient, upload: Upload, months: int = 0) -> Embargo:
    """Give the embargo of an upload; ``months`` is what was asked for just now, where the server does not tell."""
    rules = client.nomad.generation.records
    if "embargo" not in rules:
        return Embargo(months or None, datetime.now(timezone.utc) if months else None)
    told: Embargo = read_record(rules, "embargo", upload.raw)
    return told


def _embargo_differences(client: NomadClient, public: Upload, months: int) -> list[str]:
    rules = client.nomad.generation.records
    if "embargo" not in rules:
        log.warning("upload %s: for how long its embargo lasts this server does not tell", public.upload_id)
        return []
    seen = read_record(rules, "embargo", public.raw).months
    return [] if seen == months else [f"embargo_months is {seen} and not {months}"]


def _unmet(client: NomadClient, upload: Upload, asked: Mapping[str, Any]) -> list[str]:
    """Read an upload's entries back, and say what is not as asked."""
    if not asked:
        return []
    found = list(entries_back(client, upload_id=upload.upload_id))
    due = (upload.entries or 0) - (upload.failed or 0)  # the failed ones may not be in the index
    wrong = [f"only {len(found)} of {due} entries are found"] if len(found) < due else []
    return wrong + differences(client, found, asked)


def _warn_of_unsaid(upload_id: str, told: Mapping[str, Any]) -> None:
    given = [name for name, value in told.items() if value]
    if given:
        warnings.warn(
            f"upload {upload_id} was published before; its {', '.join(given)} stay as they are",
            NomadWarning,
            stacklevel=3,
        )
