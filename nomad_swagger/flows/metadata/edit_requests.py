"""Give the orders that change entries: all checked before the first one goes, and read back after the last.

Knows that a server may say yes and do nothing, or lose its answer; what the order is about is its caller's. Sources:
NOMAD 0.8.6, where the overall success is that of the last quantity alone; NOMAD 1.4.3, which refuses an edit while it
works on the upload, and whose edit by a query over all uploads reaches ten of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nomad_swagger import dotted
from nomad_swagger.calls.plan import Step
from nomad_swagger.errors import (
    ApiError,
    Forbidden,
    InvalidRequest,
    NotFound,
    ProcessingFailed,
    ServerError,
    TransportError,
    WaitTimeout,
)
from nomad_swagger.flows.deeds import add_words, give, is_open, step_of
from nomad_swagger.flows.polling import Patience, TimeIsUp, wait_until
from nomad_swagger.flows.readback import until_seen
from nomad_swagger.flows.records import Entry, Upload
from nomad_swagger.flows.uploads import get_upload
from nomad_swagger.generations.verbs import Verdicts
from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

Unmet = Callable[[], Sequence[str]]
"""Reads back, and gives a sentence for each thing that is not as it was ordered."""


@dataclass(frozen=True)
class Order:
    """One request: what is to be changed, by our names, and the uploads that it is about.

    ``check`` is the verb that tries it without doing it; empty where there is none.
    """

    arguments: Mapping[str, Any]
    upload_ids: tuple[str, ...]
    verb: str = "edit"
    check: str = "check_edit"


def orders_for(
    client: NomadClient, entries: Iterable[Entry], arguments: Mapping[str, Any], *, whole: Iterable[str] = ()
) -> list[Order]:
    """Give the orders for entries: one for all, or one for each upload where a server wants it so.

    Parameters
    ----------
    client : NomadClient
    entries : iterable of Entry
    arguments : mapping
    whole : iterable of str
        Ids of the uploads that are meant as a whole.
    """
    ids: dict[str, list[str]] = {}
    for entry in entries:
        ids.setdefault(entry.upload_id, []).append(entry.entry_id)
    if not client.nomad.takes("edit", "upload_id"):
        together = [entry_id for inside in ids.values() for entry_id in inside]
        return [Order({**arguments, "entry_ids": together}, tuple(ids))]
    return [
        Order({**arguments, "upload_id": upload_id, "entry_ids": None if upload_id in whole else inside}, (upload_id,))
        for upload_id, inside in ids.items()
    ]


def steps_of(client: NomadClient, orders: Sequence[Order]) -> list[Step]:
    """Give the requests of orders: all that only try, then all that do it."""
    tries = [_step(client, order, order.check, tries=True) for order in orders if order.check]
    return [*tries, *(_step(client, order, order.verb) for order in orders)]


def carry_out(
    client: NomadClient, steps: Sequence[Step], unmet: Unmet, *, patience: Patience, strict: bool = False
) -> None:
    """Check all orders, give them, wait until NOMAD is done, and read back.

    Parameters
    ----------
    client : NomadClient
    steps : sequence of Step
    unmet : callable
    patience : Patience
        For the uploads to become idle, before and after.
    strict : bool
        Take a word of warning for a refusal.

    Raises
    ------
    InvalidRequest
        NOMAD refuses one of them; none was carried out, or the message says which.
    ProcessingFailed
        NOMAD took them, and something is not as ordered.
    TransportError, ApiError
        No answer of NOMAD's came, and something is not as ordered; or NOMAD says that it failed.
    WaitTimeout
    """
    uploads = dict.fromkeys(upload_id for step in steps for upload_id in step.upload_ids)
    for upload_id in uploads:
        _until_idle(client, upload_id, patience)
    for step in steps:
        if step.tries:
            _give(client, step, "nothing was changed", strict=strict)
    lost = _give_all(client, [step for step in steps if step.changes], patience)
    idle = [_until_idle(client, upload_id, patience, ordered=True) for upload_id in uploads]
    errors = [words for upload in idle for words in upload.errors]
    wrong = until_seen(unmet, patience)
    if lost is not None and (wrong or not is_lost(lost)):
        state = (
            f"Not all was changed ({'; '.join(wrong)}): do it again." if wrong else "It reads as ordered all the same."
        )
        add_words(lost, state)
        raise lost
    if wrong:
        said = f" NOMAD says: {'; '.join(errors)}." if errors else ""
        raise ProcessingFailed(f"NOMAD took the edit, and yet {'; '.join(wrong)}.{said}", errors=errors)


def is_lost(error: TransportError | ApiError) -> bool:
    """Tell an answer that got lost on its way, a gateway's word too, from NOMAD's own that it failed."""
    return is_open(error) and not (isinstance(error, ServerError) and error.status == 500)


def _step(client: NomadClient, order: Order, verb: str, *, tries: bool = False) -> Step:
    told = {
        name: value
        for name, value in order.arguments.items()
        if value is not None and name not in ("upload_id", "entry_ids")
    }
    words = ", ".join([*(f"{name} {value!r}" for name, value in told.items()), f"upload {', '.join(order.upload_ids)}"])
    act = "try" if tries else verb.replace("_", " ")
    return step_of(
        client, verb, order.arguments, f"{act}: {words}", upload_ids=order.upload_ids, tries=tries, shows=told
    )


def _give_all(client: NomadClient, steps: Sequence[Step], patience: Patience) -> TransportError | ApiError | None:
    """Give the orders, and the error of the one whose answer got lost, with which it ends."""
    done: list[str] = []
    for step in steps:
        for upload_id in {*step.upload_ids} & {*done}:  # at work with the order before
            _until_idle(client, upload_id, patience, ordered=True)
        try:
            _give(client, step, f"changed before: {', '.join(done)}" if done else "nothing was changed")
        except (TransportError, ApiError) as error:
            if not is_open(error):
                raise
            return error
        done += step.upload_ids
    return None


def _give(client: NomadClient, step: Step, state: str, *, strict: bool = False) -> None:
    try:
        answer = give(client, step)
    except ApiError as error:
        if step.tries or not is_open(error):
            add_words(error, f"(Asked for: {step.words}; {state}.)")
        raise
    verdicts = client.nomad.verb(step.verb).verdicts
    refused = list(_refusals(verdicts, answer, strict)) if verdicts else []
    if refused:
        words = "; ".join(refused)
        raise InvalidRequest(
            f"the edit fails: {words}; {state}", status=400, operation=step.call.operation, detail=words
        )


def _refusals(rule: Verdicts, answer: Any, strict: bool) -> Iterator[str]:
    """Give NOMAD's words about each value that it will not take."""
    for quantity, verdicts in (dotted.get(answer, rule.quantities) or {}).items():
        for verdict in verdicts if isinstance(verdicts, list) else [verdicts]:
            message = dotted.get(verdict, rule.message)
            if dotted.get(verdict, rule.succeeded) is False or (strict and message):
                yield f"{quantity} {dotted.get(verdict, rule.value)!r}: {message or 'NOMAD gives no reason'}"
    if dotted.get(answer, rule.succeeded) is False:
        yield str(dotted.get(answer, rule.message) or "NOMAD gives no reason").strip()


def is_hidden(client: NomadClient, upload_id: str) -> bool:
    """Tell whether there is such an upload and it is not for the caller to see."""
    try:
        get_upload(client, upload_id)
    except (Forbidden, NotFound) as error:
        return isinstance(error, Forbidden)
    return False


def _until_idle(client: NomadClient, upload_id: str, patience: Patience, *, ordered: bool = False) -> Upload:
    """Wait until NOMAD does nothing with an upload; one that it keeps no longer is idle.

    When an order was given (``ordered``) one that NOMAD hides from the caller is too: the order may have been to take
    the caller off it.
    """
    out_of_sight = (NotFound, Forbidden) if ordered else NotFound

    def look() -> Upload:
        try:
            return get_upload(client, upload_id)
        except out_of_sight:
            return Upload(upload_id, published=True)

    try:
        return wait_until(look, lambda seen: not seen.running, patience)
    except TimeIsUp as error:
        raise WaitTimeout(
            f"upload {upload_id}: still busy after {patience.timeout_s:g} s ({error.seen.stage or error.seen.status}). "
            "An edit needs it idle: wait for it, then look at what the entries say before you edit again.",
            upload=error.seen,
        ) from None
