"""Which entries are meant: records, ids, uploads and searches become entries that the caller may change.

Everything is looked up among the caller's own before anything is sent: NOMAD leaves the entries of others out of an
edit without a word, and takes a query that finds nothing in it for one that went well. Source: NOMAD 0.8.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import islice
from typing import TYPE_CHECKING, Any

from nomad_swagger.calls.plan import Step
from nomad_swagger.errors import Forbidden, NotFound, UsageError
from nomad_swagger.flows.people import my_id
from nomad_swagger.flows.readback import attribution_of, entries_back
from nomad_swagger.flows.records import Entry, Upload
from nomad_swagger.flows.search import Results, search
from nomad_swagger.flows.uploads import get_upload
from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

What = Entry | Upload | Results | Mapping[str, Any] | str | Iterable[Entry | Upload | Results | Mapping[str, Any] | str]
"""Entries: one, by record or id; those of an upload, by record or id; those of a search; or several of these."""

_AT_ONCE = 100  # ids in one request: they stand in its URL


@dataclass(frozen=True)
class Selection:
    """Entries that the caller may change.

    Attributes
    ----------
    entries : tuple of Entry
        As the server has them now, each once.
    whole : frozenset of str
        Ids of the uploads that were chosen as a whole.
    """

    entries: tuple[Entry, ...]
    whole: frozenset[str] = frozenset()

    @property
    def by_upload(self) -> dict[str, list[Entry]]:
        """Give the entries by the ids of their uploads."""
        grouped: dict[str, list[Entry]] = {}
        for entry in self.entries:
            grouped.setdefault(entry.upload_id, []).append(entry)
        return grouped


@dataclass
class _Named:
    """What a caller wrote, by kind; a word is the id of an entry or of an upload."""

    entry_ids: list[str] = field(default_factory=list)
    upload_ids: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def add(self, client: NomadClient, one: Any) -> None:
        uploads = _uploads_named(one)
        if isinstance(one, Mapping):
            asked, one = one, search(client, owner=client.nomad.generation.editable, query=one)
            _refuse_all_others(client, asked, one)
        if isinstance(one, Results):
            found = list(one)
            if not found:
                raise UsageError(f"{one} has no entries; nothing was sent")
            beyond = {entry.upload_id for entry in found} - uploads if uploads else set()
            if beyond:
                raise UsageError(
                    f"{one} reaches entries of other uploads too ({', '.join(sorted(beyond))}): this server does not "
                    "keep to the upload that you name. Nothing was sent"
                )
            self.entry_ids += [entry.entry_id for entry in found]
        elif isinstance(one, Entry):
            self.entry_ids.append(one.entry_id)
        elif isinstance(one, Upload):
            self.upload_ids.append(one.upload_id)
        elif isinstance(one, str) and one.strip():
            self.words.append(one)
        else:
            raise UsageError(f"{one!r} is no entry, upload, search or id")


def select_entries(client: NomadClient, what: What) -> Selection:
    """Give the entries that are meant, as they are now.

    Raises
    ------
    UsageError
        None at all, which a server could take for all of them.
    NotFound
        No such entry or upload, or not for you.
    Forbidden
        Somebody else's.
    """
    named = _Named()
    for one in _several(what):
        named.add(client, one)
    found = {entry.entry_id: entry for entry in entries_of(client, [*named.entry_ids, *named.words])}
    for entry_id in named.entry_ids:
        if entry_id not in found:
            raise _refusal(client, entry_id)
    uploads = dict.fromkeys([*named.upload_ids, *(word for word in named.words if word not in found)])
    for upload_id in uploads:
        inside = list(_mine(client, upload_id=upload_id))
        if not inside:
            raise _refusal(client, upload_id)
        found.update((entry.entry_id, entry) for entry in inside)
    if not found:
        raise UsageError("no entries are given; nothing was sent")
    _refuse_others(client, list(found.values()))
    return Selection(tuple(found.values()), frozenset(uploads))


def by_upload(client: NomadClient, ids: Sequence[str]) -> dict[str, list[str]]:
    """Give ids of entries and uploads by their uploads, in their order; one that nobody knows stands for itself."""
    found = {entry.entry_id: entry.upload_id for entry in entries_of(client, ids)}
    chosen: dict[str, list[str]] = {}
    for one in ids:
        chosen.setdefault(found.get(one, one), []).append(one)
    return {upload_id: [upload_id] if upload_id in named else named for upload_id, named in chosen.items()}


def choose(client: NomadClient, what: What, *, look: bool = True) -> tuple[Selection, list[Step]]:
    """Give the entries that are meant; with ``look=False`` placeholders, and the step that would find them."""
    if look:
        return select_entries(client, what), []
    entry = Entry("ENTRY_ID", "UPLOAD_ID", published=True, with_embargo=True)
    chosen = list(_several(what))
    if len(chosen) != 1 or not isinstance(chosen[0], (str, Mapping, Entry, Upload)):
        raise UsageError("a recipe without a server takes one entry, one upload or one query")
    one = chosen[0]
    whole = frozenset({"UPLOAD_ID"}) if isinstance(one, Upload) else frozenset[str]()
    if isinstance(one, Upload):
        one = {"upload_id": one.upload_id}
    query = one if isinstance(one, Mapping) else {"entry_id": one.entry_id if isinstance(one, Entry) else one}
    call = search(client, owner=client.nomad.generation.editable, query=query).first_call
    step = Step(call, "find the entries that are meant", looks=True, stands_for="ENTRY_ID and UPLOAD_ID")
    return Selection((entry,), whole), [step]


def target_words(what: What) -> list[str]:
    """Give what is meant as words of a command: ids, or the ``key=value`` words of a query."""
    words: list[str] = []
    for one in _several(what):
        if isinstance(one, Mapping):
            listed = {name: value if isinstance(value, (list, tuple)) else [value] for name, value in one.items()}
            words += [f"{name}={value}" for name, values in listed.items() for value in values]
        elif isinstance(one, Results):
            words += [entry.entry_id for entry in one]
        else:
            words.append(getattr(one, "entry_id", None) or getattr(one, "upload_id", None) or str(one))
    return words


def _uploads_named(one: Any) -> set[str]:
    """Give the uploads that a query says it is about; nothing where it names none."""
    named = one.get("upload_id") if isinstance(one, Mapping) else None
    return set() if named is None else {named} if isinstance(named, str) else {*named}


def _refuse_others(client: NomadClient, entries: Sequence[Entry]) -> None:
    """Refuse entries that somebody else alone may change, where a search finds those too.

    Raises
    ------
    Forbidden
    """
    credits = [(entry, attribution_of(client, entry)) for entry in entries]
    known = [(entry, credit) for entry, credit in credits if credit.owner_id and not credit.groups]
    if client.nomad.generation.editable == "user" or not known:
        return
    me = my_id(client)
    for entry, credit in known:
        if me not in (credit.owner_id, *credit.people):
            raise _not_yours(client, "entry", entry.entry_id, entry.owner)


def _several(what: Any) -> Iterable[Any]:
    alone = isinstance(what, (Results, Mapping, str)) or not isinstance(what, Iterable)
    return [what] if alone else what


def entries_of(client: NomadClient, entry_ids: Sequence[str], *, back: bool = False) -> Iterator[Entry]:
    """Give the entries with these ids that the caller may change; read ``back`` with what is compared alone."""
    ids = iter(dict.fromkeys(entry_ids))
    while batch := list(islice(ids, _AT_ONCE)):
        yield from entries_back(client, entry_id=batch) if back else _mine(client, entry_id=batch)


def entries_in(client: NomadClient, dataset_id: str) -> list[Entry]:
    """Give the entries of a dataset that the caller may change."""
    return list(_mine(client, dataset_id=dataset_id))


def count_in(client: NomadClient, upload_id: str) -> int:
    """Give the number of entries of an upload that the caller may change."""
    return search(client, owner=client.nomad.generation.editable, upload_id=upload_id, limit=1).total


def _mine(client: NomadClient, **quantities: Any) -> Results:
    rules = client.nomad.generation
    return search(client, owner=rules.editable, exclude=rules.bulky, **quantities)


def _refusal(client: NomadClient, named: str) -> Exception:
    """Say why an id stands for nothing that may be changed."""
    for kind in ("entry_id", "upload_id"):
        seen = next(iter(search(client, owner="visible", query={kind: named}, limit=1)), None)
        if seen is not None:
            what = "entry" if kind == "entry_id" else "upload"
            return _not_yours(client, what, named, seen.owner)
    try:
        get_upload(client, named)
    except NotFound:
        return NotFound(
            f"{named} is no entry and no upload at {client.nomad.api_url} that you may see; nothing was sent",
            status=404,
            operation=client.nomad.verb("edit").operation,
            detail="no such entry or upload",
        )
    return UsageError(f"upload {named} has no entries (yet); nothing was sent")


def _refuse_all_others(client: NomadClient, asked: Mapping[str, Any], found: Results) -> None:
    """Refuse a query that finds entries, and none that the caller may change."""
    if client.nomad.generation.editable == "user" and not found.total:
        seen = next(iter(search(client, owner="visible", query=asked, limit=1)), None)
        if seen is not None:
            raise _not_yours(client, "entry", seen.entry_id, seen.owner)


def _not_yours(client: NomadClient, what: str, named: str, owner: str) -> Forbidden:
    return Forbidden(
        f"{what} {named} belongs to {owner or 'somebody else'}: only its owner may change it; nothing was sent",
        status=403,
        operation=client.nomad.verb("edit").operation,
        detail="not yours",
    )
