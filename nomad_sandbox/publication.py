"""What users tell about their calculations when they publish them, and whether NOMAD takes it.

Knows the metadata keys of v0, how they are kept, and what of them makes a publish fail. It must not know HTTP or
processing.

Source: the probes publish.* of tests/conformance/facts (0.8.6), and ``nomad/processing/data.py`` of NOMAD 0.8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nomad_sandbox.accounts import Accounts
from nomad_sandbox.calcs import HELD, Calc, calcs_of, is_held, update_calc
from nomad_sandbox.datasets import get_dataset, set_datasets
from nomad_sandbox.store import Store
from nomad_sandbox.uploads import Upload

MAX_EMBARGO_MONTHS = 36
ASKED = "asked"  # the key of an upload's metadata that holds what a publish by v0 says
_PEOPLE = ("coauthors", "shared_with")
_OF_ONE_ENTRY = ("mainfile", "external_id")
_PID = "_pid"  # for all entries, and for admins alone
_OF_UPLOAD = ("calculations", "embargo_length")


class NotPublished(Exception):
    """Metadata that make a publish fail after it was accepted: nothing is published and nothing is changed."""


class _Known:
    """The keys that an entry may be told, each with its check."""

    def __init__(self, store: Store, accounts: Accounts) -> None:
        self._store, self._accounts = store, accounts
        self._checks: Mapping[str, Callable[[Any], bool]] = {
            "comment": lambda value: isinstance(value, str),
            "external_id": lambda value: isinstance(value, str),
            _PID: lambda value: isinstance(value, (str, int)),
            "with_embargo": lambda value: isinstance(value, bool),
            "references": lambda value: self._each(value, lambda _: True),
            "coauthors": lambda value: self._each(value, self._is_user),
            "shared_with": lambda value: self._each(value, self._is_user),
            "datasets": lambda value: self._each(value, self._is_dataset),
        }

    @staticmethod
    def _each(values: Any, is_good: Callable[[str], bool]) -> bool:
        return isinstance(values, list) and all(isinstance(value, str) and is_good(value) for value in values)

    def _is_user(self, user_id: str) -> bool:
        return self._accounts.get(user_id) is not None

    def _is_dataset(self, dataset_id: str) -> bool:
        return get_dataset(self._store, dataset_id) is not None

    def check(self, told: Mapping[str, Any]) -> None:
        """Raise `NotPublished` for a key that entries do not have, a value that does not fit, and what is not there."""
        for key, value in told.items():
            if key not in self._checks:
                raise NotPublished(f"publish failed: {key} is not a quantity of entries")
            if not self._checks[key](value):
                raise NotPublished(f"publish failed: {key} has a value of a wrong type, or one that does not exist")


def _shared_out(asked: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Give what is told of all entries, and what of single ones, by mainfile.

    As NOMAD "compresses" it: the first single entry that tells something of which nothing is said for all, tells it
    for all that say nothing else.
    """
    general = {key: value for key, value in asked.items() if key not in _OF_UPLOAD}
    single: dict[str, dict[str, Any]] = {}
    for row in asked.get("calculations") or ():
        if "mainfile" not in row:
            raise NotPublished("publish failed: metadata of a single calculation without its mainfile")
        for key, value in row.items():
            if key.startswith("_"):
                raise NotPublished(f"publish failed: {key} is not a quantity of entries")
            if key not in _OF_ONE_ENTRY:
                general.setdefault(key, value)
        single[row["mainfile"]] = {key: value for key, value in row.items() if key != "mainfile"}
    return general, single


def _publish_by_v0(store: Store, accounts: Accounts, upload: Upload, asked: Mapping[str, Any]) -> None:
    general, single = _shared_out(asked)
    known = _Known(store, accounts)
    months = asked.get("embargo_length")
    for calc in calcs_of(store, upload.upload_id):
        told = {**general, **single.get(calc.mainfile, {})}
        known.check(told)
        told |= {"pid": told.pop(_PID)} if _PID in told else {}
        datasets = told.pop("datasets", None)
        if datasets is not None:
            set_datasets(store, calc.calc_id, datasets)
        if months is not None:
            told["embargo_length"] = min(months, MAX_EMBARGO_MONTHS)
        metadata = {**calc.metadata, **told}
        # files are packed once: what is said when an upload is published again changes records alone
        metadata[HELD] = is_held(calc) if upload.published else bool(metadata.get("with_embargo"))
        update_calc(store, calc.calc_id, {"metadata": metadata})


def _publish_by_v1(store: Store, calc: Calc, metadata: Mapping[str, Any]) -> None:
    months = int(metadata.get("embargo_length") or 0)
    told = {key: metadata[key] for key in _PEOPLE if metadata.get(key) is not None}
    told |= {"embargo_length": months, "with_embargo": months > 0, HELD: months > 0}
    update_calc(store, calc.calc_id, {"metadata": {**calc.metadata, **told}})


def publish_metadata(store: Store, accounts: Accounts, upload: Upload) -> None:
    """Write what was said at publish to the calculations; what is not said now is kept as it was.

    v0 puts data under embargo where ``with_embargo`` says so, whatever its length; v1 where it has a length.

    Raises
    ------
    NotPublished
        v0: unknown users, datasets, keys.
    """
    asked = upload.metadata.get(ASKED)
    if asked is not None:
        _publish_by_v0(store, accounts, upload, asked)
        return
    for calc in calcs_of(store, upload.upload_id):
        _publish_by_v1(store, calc, upload.metadata)


def pack_by_embargo(store: Store, upload_id: str) -> None:
    """Let the files and archives of an upload be held back, or open, as the records of its calculations say."""
    for calc in calcs_of(store, upload_id):
        held = bool(calc.metadata.get("with_embargo"))
        if is_held(calc) != held:
            update_calc(store, calc.calc_id, {"metadata": {**calc.metadata, HELD: held}})
