"""The search index: what is known of a calculation as one document, and its terms.

A document is nested as NOMAD 0.8 nests it; other versions are views of it. A *term* is one value of one quantity,
named by its dotted path. Knows how documents and terms come from rows. It must not know HTTP or who may see what.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from nomad_sandbox.accounts import Accounts, User
from nomad_sandbox.calcs import Calc, calcs_of, get_calc
from nomad_sandbox.datasets import Dataset, datasets_of
from nomad_sandbox.store import Store
from nomad_sandbox.uploads import Upload, get_upload

NOMAD_VERSION = "0.8.6"
NOMAD_COMMIT = "sandbox"
_WORD = re.compile(r"\w+")
_TEXTS = ("comment",)


def _without_zone(time: str | None) -> str | None:
    return time and time.replace("+00:00", "")


def _person(user: User) -> dict[str, Any]:
    return {"user_id": user.user_id, "name": user.name, "email": user.email}


def _people(accounts: Accounts, user_ids: Iterable[str]) -> list[dict[str, Any]]:
    users = (accounts.get(user_id) for user_id in user_ids)
    return [_person(user) for user in users if user is not None]


def _describe_dataset(dataset: Dataset) -> dict[str, Any]:
    described = {
        "dataset_id": dataset.dataset_id,
        "name": dataset.name,
        "doi": dataset.doi,
        "created": _without_zone(dataset.created),
    }
    return {key: value for key, value in described.items() if value is not None}


def build_document(store: Store, accounts: Accounts, upload: Upload, calc: Calc) -> dict[str, Any]:
    """Give everything that is known of a calculation; keys without a value are absent."""
    told = calc.metadata
    uploader = accounts.get(upload.user_id)
    datasets = [_describe_dataset(dataset) for dataset in datasets_of(store, calc.calc_id)]
    document: dict[str, Any] = {
        "upload_id": upload.upload_id,
        "calc_id": calc.calc_id,
        "calc_hash": told.get("calc_hash"),
        "mainfile": calc.mainfile,
        "files": told.get("files", []),
        "pid": _text(told.get("pid")),
        "external_id": told.get("external_id"),
        "domain": "dft",
        "published": upload.published,
        "processed": calc.tasks_status != "FAILURE",
        "last_processing": _without_zone(told.get("last_processing")),
        "nomad_version": NOMAD_VERSION,
        "nomad_commit": NOMAD_COMMIT,
        "parser_name": calc.parser,
        "comment": told.get("comment"),
        "references": told.get("references") or None,
        "uploader": None if uploader is None else _person(uploader),
        "authors": _people(accounts, [upload.user_id, *told.get("coauthors", ())]),
        "owners": _people(accounts, [upload.user_id, *told.get("shared_with", ())]),
        "with_embargo": bool(told.get("with_embargo", False)),
        "upload_time": _without_zone(upload.upload_time),
        "upload_name": upload.name,
        "entry_create_time": _without_zone(calc.create_time),
        "datasets": datasets or None,
        "last_edit": _without_zone(told.get("last_edit")),
        **calc.found,
    }
    return {key: value for key, value in document.items() if value is not None}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _flat(data: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _flat(value, f"{path}.{key}" if path else key)
    elif isinstance(data, list):
        for value in data:
            yield from _flat(value, path)
    elif isinstance(data, bool):
        yield path, "true" if data else "false"
    elif data is not None and data != "":
        yield path, data


def words(text: str) -> list[str]:
    """Give the words of a text as the index knows them."""
    return [word.lower() for word in _WORD.findall(text)]


def terms_of(document: Mapping[str, Any]) -> set[tuple[str, Any]]:
    """Give all terms of a document; texts as words, files also as the elements of their paths, elements also as one."""
    terms = {(path, value) for path, value in _flat(document, "") if path not in _TEXTS}
    for path in _TEXTS:
        terms |= {(path, word) for word in words(document.get(path, ""))}
    if document.get("atoms"):
        terms.add(("elements_exclusive", " ".join(sorted(document["atoms"]))))
    for file in (*document.get("files", ()), document.get("mainfile", "")):
        terms |= {("path", part) for part in PurePosixPath(file).parts}
    return terms | {("mainfile_path", part) for part in PurePosixPath(document.get("mainfile", "")).parts}


def write_documents(store: Store, documents: Iterable[Mapping[str, Any]]) -> None:
    """Put documents into the index, each instead of an older one of the same calculation."""
    with store.change() as connection:
        for document in documents:
            for row in connection.execute("SELECT entry FROM entries WHERE calc_id = ?", (document["calc_id"],)):
                connection.execute("DELETE FROM terms WHERE entry = ?", (row["entry"],))
                connection.execute("DELETE FROM entries WHERE entry = ?", (row["entry"],))
            entry = connection.execute(
                "INSERT INTO entries (calc_id, upload_id, published, with_embargo, upload_time, document)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    document["calc_id"],
                    document["upload_id"],
                    document["published"],
                    document["with_embargo"],
                    document["upload_time"],
                    json.dumps(document),
                ),
            ).lastrowid
            connection.executemany(
                "INSERT INTO terms VALUES (?, ?, ?)", [(*term, entry) for term in terms_of(document)]
            )


def index_calcs(store: Store, accounts: Accounts, calc_ids: Iterable[str]) -> None:
    """Bring the index up to date for these calculations."""
    with store.change():
        for calc_id in calc_ids:
            calc = get_calc(store, calc_id)
            upload = None if calc is None else get_upload(store, calc.upload_id)
            if calc is not None and upload is not None:
                write_documents(store, [build_document(store, accounts, upload, calc)])


def index_upload(store: Store, accounts: Accounts, upload_id: str) -> None:
    """Bring the index up to date for all calculations of an upload."""
    index_calcs(store, accounts, [calc.calc_id for calc in calcs_of(store, upload_id)])


def read_document(store: Store, calc_id: str) -> dict[str, Any] | None:
    """Give the document of a calculation, None while it is not in the index."""
    text = store.value("SELECT document FROM entries WHERE calc_id = ?", (calc_id,))
    if text is None:
        return None
    document: dict[str, Any] = json.loads(text)
    return document
