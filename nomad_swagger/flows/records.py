"""Uploads and entries as records with the same fields on every generation.

The generation's ``records`` table says where each field is in NOMAD's answer; one small reader serves all. A rule is a
list of dotted paths (the first that is there wins) or a mapping:

``any``   true if one of the paths is true
``each``  a tuple of the list there; with ``take``, of that field of each item
``time``  an ISO time, as UTC where it has no zone
``text``  a text, or several as one with blanks between; with ``take``, of that field of each item
``is``    true if the value is one of ``among``
``has``   true if one of the paths has something
``rows``  a tuple of the mappings in the list there
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, field, fields
from datetime import datetime, timezone
from typing import Any

from nomad_swagger import display, dotted
from nomad_swagger.calls.answers import in_words
from nomad_swagger.errors import ApiError
from nomad_swagger.flows.file_records import EntryFiles, File, FoundPath, UploadState
from nomad_swagger.flows.lazy_records import lazily_read, unread
from nomad_swagger.flows.told_records import Counted, Credit, Embargo, LogLine, Provenance, ServerInfo
from nomad_swagger.light import dataclass


@dataclass(frozen=True)
class Upload:
    """An upload as last seen.

    Attributes
    ----------
    upload_id, name : str
    running : bool
        NOMAD is working on it.
    status, stage : str
        NOMAD's words for how it went and where it is.
    entries, failed : int or None
        Entries in all, and those that could not be read; None where the answer does not tell, as in a list of uploads.
    errors, warnings : tuple of str
        NOMAD's words; after a wait, those of failed entries too, with their mainfile before.
    published : bool
    with_embargo : bool or None
        None where the server does not tell.
    created : datetime or None
        In UTC.
    raw : dict
        NOMAD's whole answer.
    """

    upload_id: str
    name: str = ""
    running: bool = False
    status: str = ""
    stage: str = ""
    entries: int | None = None
    failed: int | None = None
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    published: bool = False
    with_embargo: bool | None = None
    created: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def _repr_html_(self) -> str:
        return display.record(self)


@lazily_read
@dataclass(frozen=True)
class Entry:
    """A search hit: one calculation.

    Attributes
    ----------
    entry_id, upload_id, mainfile : str
        The mainfile is its path in the upload.
    formula : str
    elements : tuple of str
        Chemical symbols.
    code, owner : str
        The program, and the name of who uploaded it.
    published, with_embargo : bool
    comment : str
    references, datasets : tuple of str
        URLs; names of datasets.
    raw : dict
        NOMAD's whole answer.
    """

    entry_id: str
    upload_id: str = ""
    mainfile: str = ""
    formula: str = ""
    elements: tuple[str, ...] = ()
    code: str = ""
    owner: str = ""
    published: bool = False
    with_embargo: bool = False
    comment: str = ""
    references: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def _repr_html_(self) -> str:
        return display.record(self)


@dataclass(frozen=True)
class Dataset:
    """A named set of entries, which may have a DOI.

    Attributes
    ----------
    dataset_id, name : str
    doi : str
        Empty where it has none; with one its entries stay.
    owner : str
        The user id of who made it.
    created : datetime or None
        In UTC; None where the server does not tell.
    raw : dict
        NOMAD's whole answer.
    """

    dataset_id: str
    name: str = ""
    doi: str = ""
    owner: str = ""
    created: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def _repr_html_(self) -> str:
        return display.record(self)


@dataclass(frozen=True)
class Attribution:
    """Whose an entry is, by ids: its owner, all who are credited (the owner too), all who see it before everybody does.

    And its groups, its datasets, and the name of its upload where an edit may change that.
    """

    owner_id: str = ""
    people: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()
    upload_name: str = ""
    groups: tuple[str, ...] = ()
    dataset_ids: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class FailedEntry:
    """What became of one mainfile in an upload."""

    mainfile: str
    entry_id: str = ""
    failed: bool = False
    errors: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class User:
    """Somebody with an account."""

    user_id: str
    name: str = ""
    email: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class FoundArchive:
    """An archive in the answer to a query: whose it is, and what is in it."""

    content: Mapping[str, Any]
    entry_id: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


_KINDS: Mapping[str, type[Any]] = {
    "upload": Upload,
    "entry": Entry,
    "attribution": Attribution,
    "dataset": Dataset,
    "provenance": Provenance,
    "credit": Credit,
    "info": ServerInfo,
    "embargo": Embargo,
    "progress": Counted,
    "log_line": LogLine,
    "failed_entry": FailedEntry,
    "archive": FoundArchive,
    "user": User,
    "file": File,
    "entry_files": EntryFiles,
    "upload_state": UploadState,
    "path": FoundPath,
}
# What makes a record one, and of which type it is; and which are read field by field, since thousands of them come.
_NEEDED: Mapping[str, Mapping[str, type[Any]]] = {
    kind: {
        part.name: str if part.type == "str" else Mapping
        for part in fields(record)
        if part.default is MISSING and part.default_factory is MISSING
    }
    for kind, record in _KINDS.items()
}
_LAZY = frozenset({"entry"})


def read_record(rules: Mapping[str, Mapping[str, Any]], kind: str, answer: Mapping[str, Any]) -> Any:
    """Give the record of a kind from NOMAD's answer, by a generation's ``records`` table.

    A field that the answer lacks has the record's default. Those of an entry are read when they are asked for.

    Raises
    ------
    ApiError
        It is none of NOMAD's: without what makes a record one, or with something else where it should be.
    """
    try:
        if kind in _LAZY:
            needed = {name: _value(rules[kind].get(name, ()), answer) for name in _NEEDED[kind]}
            _check_needed(kind, needed.get)
            return unread(_KINDS[kind], rules[kind], answer, _value, needed)
        values = {name: _value(rule, answer) for name, rule in rules[kind].items()}
        _check_needed(kind, values.get)
        return _KINDS[kind](**{name: value for name, value in values.items() if value is not None}, raw=answer)
    except (TypeError, ValueError, AttributeError) as error:
        came, name = in_words(answer), kind.replace("_", " ")
        raise ApiError(
            f"the answer has {came} where NOMAD has a record of the kind {name}, and it is none: {error}. "
            "Is this the URL of NOMAD's API, or does something stand in between?",
            status=200,
            detail=came,
        ) from error


def _check_needed(kind: str, value_of: Callable[[str], Any]) -> None:
    for name, wanted in _NEEDED[kind].items():
        if not isinstance(value := value_of(name), wanted):
            raise TypeError(f"{name} is {in_words(value)}")


def paths_of(rule: Any) -> list[str]:
    """Give the paths in NOMAD's answer that a rule reads."""
    if isinstance(rule, Sequence):
        return list(rule)
    return [path for key in ("any", "each", "text", "is", "has", "rows", "time") for path in rule.get(key, ())]


def _value(rule: Any, answer: Mapping[str, Any]) -> Any:
    if isinstance(rule, (list, Sequence)):
        return dotted.first(answer, rule)
    if "any" in rule:
        return any(bool(dotted.get(answer, path)) for path in rule["any"])
    if "each" in rule or "text" in rule:
        items = _each(dotted.first(answer, rule.get("each") or rule["text"]), rule.get("take"))
        return items if "each" in rule else " ".join(items or ())
    if "is" in rule:
        return dotted.first(answer, rule["is"]) in rule["among"]
    return _other_value(rule, answer)


def _other_value(rule: Any, answer: Mapping[str, Any]) -> Any:
    if "rows" in rule:
        return tuple(row for row in dotted.first(answer, rule["rows"], ()) if isinstance(row, Mapping))
    if "has" in rule:
        return dotted.first(answer, rule["has"]) is not None
    return as_utc(dotted.first(answer, rule["time"]))


def _each(items: Any, take: Sequence[str] | None) -> tuple[str, ...] | None:
    if items is None:
        return None
    listed = items if isinstance(items, list) else [items]
    taken = (dotted.first(item, take) if take and isinstance(item, Mapping) else item for item in listed)
    return tuple(str(item) for item in taken if item is not None)


def as_utc(text: str | None) -> datetime | None:
    """Give an ISO 8601 time in UTC; one without a zone is UTC already, as NOMAD writes it."""
    if not text:
        return None
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
