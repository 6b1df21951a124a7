"""Read entries back and compare them with what was asked: the other half of every deed.

Knows what each quantity looks like when it is so, and that an index learns late: it is given a minute. Only the fields
that are compared are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nomad_swagger import settings
from nomad_swagger.flows.polling import Patience, TimeIsUp, wait_until
from nomad_swagger.flows.record_rules import paths_of
from nomad_swagger.flows.records import Attribution, Entry, read_record
from nomad_swagger.flows.search import Results, search

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_COMPARED = ("entry_id", "upload_id", "published", "with_embargo", "comment", "references", "datasets")


def entries_back(client: NomadClient, **quantities: Any) -> Results:
    """Give the entries that the caller may change, with the fields alone that are compared."""
    rules = client.nomad.generation
    paths = [path for name in _COMPARED for path in paths_of(rules.records["entry"][name])]
    paths += [path for rule in rules.records["attribution"].values() for path in paths_of(rule)]
    fields = tuple(dict.fromkeys(paths))
    return search(client, owner=rules.editable, include=fields, exclude=rules.bulky, **quantities)


def attribution_of(client: NomadClient, entry: Entry) -> Attribution:
    """Give whose an entry is, by ids."""
    found: Attribution = read_record(client.nomad.generation.records, "attribution", entry.raw)
    return found


def differences(client: NomadClient, entries: Sequence[Entry], asked: Mapping[str, Any]) -> list[str]:
    """Say of each quantity that is not as asked what it is, what was asked, and for how many entries."""
    wrong: list[str] = []
    for name, value in asked.items():
        others = [
            (entry, seen) for entry, seen, due in _values(client, entries, name, value) if not _is_so(name, seen, due)
        ]
        if others:
            entry, seen = others[0]
            many = f"{len(others)} of {len(entries)} entries"
            wrong.append(f"{name} is {_told(seen)} and not {_told(value)} for {many} (the first is {entry.entry_id})")
    return wrong


def until_seen(look: Callable[[], Sequence[str]], patience: Patience) -> Sequence[str]:
    """Give what is still not as asked when an index has had the time to learn; nothing as soon as all is."""
    try:
        return wait_until(
            look, lambda wrong: not wrong, replace(patience, timeout_s=min(patience.timeout_s, settings.INDEX_LEARNS_S))
        )
    except TimeIsUp as late:
        wrong: Sequence[str] = late.seen
        return wrong


def _values(client: NomadClient, entries: Iterable[Entry], name: str, asked: Any) -> Iterator[tuple[Entry, Any, Any]]:
    """Give each entry with what it has and what it should have; an owner is always credited."""
    for entry in entries:
        if name == "coauthors":
            credit = attribution_of(client, entry)
            yield entry, sorted({*credit.people} - {credit.owner_id}), {*asked} - {credit.owner_id}
        elif name == "reviewers":  # who is credited sees it anyway
            credit = attribution_of(client, entry)
            known = {credit.owner_id, *credit.people}
            yield entry, sorted({*credit.viewers} - known), {*asked} - known
        elif name == "name":
            yield entry, attribution_of(client, entry).upload_name, asked
        elif name == "lift_embargo":
            yield entry, not entry.with_embargo, asked
        else:
            yield entry, getattr(entry, name), asked


def _is_so(name: str, seen: Any, asked: Any) -> bool:
    if name == "comment":
        return bool(seen.strip() == str(asked).strip())  # some versions strip it
    if name in ("references", "coauthors", "reviewers"):
        return set(seen) == set(asked)
    return bool(seen == asked)


def _told(value: Any) -> str:
    return repr(list(value) if isinstance(value, tuple) else value)
