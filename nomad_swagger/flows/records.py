"""Uploads and entries as records with the same fields on every generation.

The generation's ``records`` table says where each field is in NOMAD's answer, by the rules of
:mod:`nomad_swagger.flows.record_rules`; one small reader serves all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, field, fields
from datetime import datetime
from functools import cache
from typing import Any

from nomad_swagger import display
from nomad_swagger.calls.answers import in_words
from nomad_swagger.errors import ApiError
from nomad_swagger.flows.lazy_records import lazily_read, unread
from nomad_swagger.flows.record_rules import value_by
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
    "failed_entry": FailedEntry,
    "archive": FoundArchive,
    "user": User,
}


@cache
def _other_kinds() -> Mapping[str, type[Any]]:
    from nomad_swagger.flows import file_records, told_records  # late: a search has none of these

    return {
        "provenance": told_records.Provenance,
        "credit": told_records.Credit,
        "info": told_records.ServerInfo,
        "embargo": told_records.Embargo,
        "progress": told_records.Counted,
        "log_line": told_records.LogLine,
        "file": file_records.File,
        "entry_files": file_records.EntryFiles,
        "upload_state": file_records.UploadState,
        "path": file_records.FoundPath,
    }


def _record_of(kind: str) -> type[Any]:
    return _KINDS.get(kind) or _other_kinds()[kind]


@cache
def _needed(kind: str) -> Mapping[str, type[Any]]:
    """Give what makes a record one, and of which type it is."""
    return {
        part.name: str if part.type == "str" else Mapping
        for part in fields(_record_of(kind))
        if part.default is MISSING and part.default_factory is MISSING
    }


# Which are read field by field, since thousands of them come.
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
            needed = {name: value_by(rules[kind].get(name, ()), answer) for name in _needed(kind)}
            _check_needed(kind, needed.get)
            return unread(_record_of(kind), rules[kind], answer, value_by, needed)
        values = {name: value_by(rule, answer) for name, rule in rules[kind].items()}
        _check_needed(kind, values.get)
        return _record_of(kind)(**{name: value for name, value in values.items() if value is not None}, raw=answer)
    except (TypeError, ValueError, AttributeError) as error:
        came, name = in_words(answer), kind.replace("_", " ")
        raise ApiError(
            f"the answer has {came} where NOMAD has a record of the kind {name}, and it is none: {error}. "
            "Is this the URL of NOMAD's API, or does something stand in between?",
            status=200,
            detail=came,
        ) from error


def _check_needed(kind: str, value_of: Callable[[str], Any]) -> None:
    for name, wanted in _needed(kind).items():
        if not isinstance(value := value_of(name), wanted):
            raise TypeError(f"{name} is {in_words(value)}")
