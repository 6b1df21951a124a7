"""Edit what is told about entries: comment, references, coauthors, embargo.

Knows what each quantity looks like when it is so; how an edit is given is ``edit_requests``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nomad_swagger.advice import python_words
from nomad_swagger.calls.plan import Option, Plan, Word
from nomad_swagger.errors import UsageError
from nomad_swagger.flows.deeds import agree, need_login, plan_of
from nomad_swagger.flows.metadata.edit_requests import Order, carry_out, is_hidden, orders_for, steps_of
from nomad_swagger.flows.metadata.selection import Selection, What, choose, count_in, entries_of, target_words
from nomad_swagger.flows.people import look_up_users
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.readback import differences
from nomad_swagger.flows.records import Entry
from nomad_swagger.flows.values import listed
from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


@dataclass(frozen=True)
class Change:
    """One quantity that was set, and for how many entries."""

    quantity: str
    value: Any
    entries: int


@dataclass(frozen=True)
class Edited:
    """What an edit changed, as read back from the server.

    Attributes
    ----------
    changes : tuple of Change
        One for each quantity.
    entry_ids, upload_ids : tuple of str
        What it was changed for.
    """

    changes: tuple[Change, ...]
    entry_ids: tuple[str, ...]
    upload_ids: tuple[str, ...]


def edit(
    client: NomadClient,
    what: What,
    *,
    comment: str | None = None,
    references: Sequence[str] | None = None,
    coauthors: Sequence[str] | None = None,
    reviewers: Sequence[str] | None = None,
    name: str | None = None,
    lift_embargo: bool = False,
    timeout_s: float = 3600,
    patience: Patience | None = None,
) -> Edited:
    """Change what is told about entries, published or not; all of it or nothing.

    Waits until NOMAD has no work with the uploads, has the edit checked, gives it, waits again, and reads back.

    Parameters
    ----------
    client : NomadClient
    what : Entry, Upload, Results, mapping, str, or a list of those
        Entries: one, an upload's, or those of a search; a text is an entry's or an upload's id.
    comment : str, optional
        ``""`` clears it.
    references : sequence of str, optional
        URLs, instead of those that are there; ``[]`` clears them.
    coauthors : sequence of str, optional
        User ids, or e-mail addresses of people with an account, instead of those that are there. On NOMAD v1 they
        count for a whole upload.
    reviewers : sequence of str, optional
        Who sees the data before everybody does (NOMAD v0 calls that shared with), instead of those that are there;
        user ids or e-mail addresses. On NOMAD v1 they count for a whole upload.
    name : str, optional
        The name of the upload; on NOMAD v1 alone, for a whole upload.
    lift_embargo : bool
        Make public what is published with an embargo. It cannot be taken back. On NOMAD v1 for a whole upload.
    timeout_s : float
        Seconds to wait at most until NOMAD is done with an upload.
    patience : Patience, optional

    Returns
    -------
    Edited

    Raises
    ------
    UsageError
        Nothing to change or nothing chosen, an unknown coauthor, no embargo to lift, or a part of an upload where only
        the whole can be edited.
    InvalidRequest
        NOMAD refuses a value; the message names it, and nothing was changed.
    NotFound, Forbidden
        No such entry, or somebody else's.
    ProcessingFailed
        NOMAD took the edit and did not do it.
    WaitTimeout

    Examples
    --------
    >>> edit(client, upload, comment="Si, PBE", references=["https://doi.org/10.1000/1"])   # doctest: +SKIP
    """
    need_login(client, "edit")
    told: dict[str, Any] = {
        "comment": comment,
        "references": references,
        "coauthors": coauthors,
        "reviewers": reviewers,
        "name": name,
        "lift_embargo": lift_embargo,
    }
    plan, chosen, wanted = _planned(client, what, **told)
    agree(client, plan)
    ids = tuple(entry.entry_id for entry in chosen.entries)
    carry_out(
        client,
        plan.steps,
        lambda: _unmet(client, chosen.entries, wanted),
        patience=replace(patience or Patience(), timeout_s=timeout_s),
    )
    changes = tuple(Change(name, value, len(ids)) for name, value in wanted.items())
    return Edited(changes, ids, tuple(chosen.by_upload))


def plan_edit(
    client: NomadClient,
    what: What,
    *,
    comment: str | None = None,
    references: Sequence[str] | None = None,
    coauthors: Sequence[str] | None = None,
    reviewers: Sequence[str] | None = None,
    name: str | None = None,
    lift_embargo: bool = False,
    look: bool = True,
) -> Plan:
    """Give what :func:`edit` would do; with ``look=False`` no server is asked, and what it would tell has placeholders.

    Raises
    ------
    UsageError, NotFound, Forbidden
    """
    told: dict[str, Any] = {
        "comment": comment,
        "references": references,
        "coauthors": coauthors,
        "reviewers": reviewers,
        "name": name,
        "lift_embargo": lift_embargo,
    }
    return _planned(client, what, look=look, **told)[0]


def _planned(
    client: NomadClient,
    what: What,
    *,
    comment: str | None,
    references: Sequence[str] | None,
    coauthors: Sequence[str] | None,
    reviewers: Sequence[str] | None,
    name: str | None,
    lift_embargo: bool,
    look: bool = True,
) -> tuple[Plan, Selection, dict[str, Any]]:
    """Give the plan of an edit, the entries that it is about, and what they must show."""
    links, names = listed(references, "references"), listed(coauthors, "coauthors")
    people, finds = look_up_users(client, names or (), look=look)
    shared = listed(reviewers, "reviewers")
    sharers, more = look_up_users(client, shared or (), look=look)
    if name is not None and not (name.strip() and client.nomad.takes("edit", "name")):
        raise UsageError("this server gives an upload its name once, when it is made" if name else "the name is empty")
    given = {
        "comment": comment,
        "references": links,
        "coauthors": None if names is None else people,
        "reviewers": None if shared is None else sharers,
        "name": name,
        "lift_embargo": lift_embargo or None,
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    if not wanted:
        raise UsageError("nothing to edit", advice=python_words(UsageError, "nothing to edit"))
    chosen, looks = choose(client, what, look=look)
    chosen = _with_whole(client, chosen, wanted, look=look)
    if lift_embargo and not any(entry.published and entry.with_embargo for entry in chosen.entries):
        raise UsageError("none of these entries is published with an embargo: there is nothing to lift")
    plan = plan_of(
        client,
        "edit",
        f"set {', '.join(_said(name, value) for name, value in wanted.items())}",
        [*finds, *more, *looks, *steps_of(client, _orders(client, chosen, wanted))],
        upload_ids=tuple(chosen.by_upload),
        entries=len(chosen.entries) if look else None,
        command=(
            "edit",
            *_options(comment, links, names, shared, name, lift_embargo),
            Option("yes"),
            *target_words(what),
        ),
    )
    return plan, chosen, wanted


def _said(name: str, value: Any) -> str:
    if name == "lift_embargo":
        return "the embargo to none"
    return f"{name} to {value!r}"


def _options(
    comment: str | None,
    links: Sequence[str] | None,
    names: Sequence[str] | None,
    shared: Sequence[str] | None,
    name: str | None,
    lift_embargo: bool,
) -> list[Word]:
    options: list[Word] = [] if comment is None else [Option("comment", comment)]
    options += [Option("no-references")] if links == [] else [Option("reference", link) for link in links or ()]
    options += [Option("coauthor", one) for one in names or ()]
    options += [Option("reviewer", one) for one in shared or ()]
    options += [] if name is None else [Option("name", name)]
    return options + ([Option("lift-embargo")] if lift_embargo else [])


def _orders(client: NomadClient, chosen: Selection, wanted: Mapping[str, Any]) -> list[Order]:
    """Give the edits, and where an embargo is lifted otherwise, that for each upload behind them."""
    apart = "lift_embargo" in wanted and not client.nomad.takes("edit", "lift_embargo")
    by_edit = {name: value for name, value in wanted.items() if not (apart and name == "lift_embargo")}
    orders = orders_for(client, chosen.entries, by_edit, whole=chosen.whole) if by_edit else []
    if apart:
        secret = dict.fromkeys(entry.upload_id for entry in chosen.entries if entry.published and entry.with_embargo)
        orders += [Order({"upload_id": one}, (one,), verb="lift_embargo", check="") for one in secret]
    return orders


def _with_whole(client: NomadClient, chosen: Selection, wanted: Mapping[str, Any], *, look: bool) -> Selection:
    """Give the selection with the uploads marked of which all entries are in it, where an edit needs to know.

    Raises
    ------
    UsageError
        A quantity counts for a whole upload, and some of its entries are left out.
    """
    nomad = client.nomad
    verbs = [nomad.verb(name) for name in ("edit", "lift_embargo") if nomad.can(name)]
    for_uploads = [name for verb in verbs for name in verb.whole if name in wanted]
    if not for_uploads:
        return chosen
    for upload_id, entries in chosen.by_upload.items() if look else ():
        total = len(entries) if upload_id in chosen.whole else count_in(client, upload_id)
        if total > len(entries):
            raise UsageError(
                f"{' and '.join(for_uploads)}: this server has that for a whole upload only, and {upload_id} has "
                f"{total} entries of which you chose {len(entries)}; give the upload"
            )
    return replace(chosen, whole=frozenset(chosen.by_upload))


def _unmet(client: NomadClient, entries: Sequence[Entry], wanted: Mapping[str, Any]) -> list[str]:
    """Read the entries back, and say of each quantity for how many it is not as wanted."""
    seen = list(entries_of(client, [entry.entry_id for entry in entries], back=True))
    gone = _gone(client, entries, seen, by_leaving="coauthors" in wanted)
    return ([f"{gone} entries are gone"] if gone else []) + differences(client, seen, wanted)


def _gone(client: NomadClient, entries: Sequence[Entry], seen: Sequence[Entry], *, by_leaving: bool) -> int:
    """Count the entries that are not seen again, but those of an upload that the caller may just have left."""
    there = {entry.entry_id for entry in seen}
    gone = [entry.upload_id for entry in entries if entry.entry_id not in there]
    left = {upload_id for upload_id in {*gone} if by_leaving and is_hidden(client, upload_id)}
    return sum(upload_id not in left for upload_id in gone)
