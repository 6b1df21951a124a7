"""What users tell about their calculations: at publish, and later by edit.

Knows the metadata keys and how they are kept. It must not know HTTP or processing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nomad_sandbox.accounts import Accounts
from nomad_sandbox.calcs import Calc, calcs_of, update_calc
from nomad_sandbox.datasets import create_dataset, datasets_of, find_dataset, get_dataset, set_datasets
from nomad_sandbox.store import Store, utc_now
from nomad_sandbox.uploads import Upload

MAX_EMBARGO_MONTHS = 36
_KEPT = ("comment", "references", "external_id")
_PEOPLE = ("coauthors", "shared_with")


def _user_ids(accounts: Accounts, names: list[str]) -> list[str]:
    """Give the ids of users that are named by id or, as the tutorials do, by e-mail; others are left out."""
    users = (accounts.get(name) or accounts.find(name) for name in names)
    return [user.user_id for user in users if user is not None]


def _embargo(metadata: Mapping[str, Any]) -> bool | None:
    if metadata.get("with_embargo") is not None:
        return bool(metadata["with_embargo"])
    return bool(metadata["embargo_length"]) if metadata.get("embargo_length") is not None else None


def _told(accounts: Accounts, metadata: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: metadata[key] for key in _KEPT if metadata.get(key) is not None}
    told |= {key: _user_ids(accounts, metadata[key]) for key in _PEOPLE if metadata.get(key) is not None}
    embargo = _embargo(metadata)
    return told if embargo is None else told | {"with_embargo": embargo}


def set_dataset_names(store: Store, calc: Calc, user_id: str, names: list[str]) -> None:
    """Put a calculation into exactly the named datasets of a user, which are made where they are not there."""
    found = [
        get_dataset(store, name)
        or find_dataset(store, user_id, name)
        or create_dataset(store, user_id, name, created=utc_now())
        for name in names
    ]
    foreign = [dataset.dataset_id for dataset in datasets_of(store, calc.calc_id) if dataset.user_id != user_id]
    set_datasets(store, calc.calc_id, [*foreign, *(dataset.dataset_id for dataset in found)])


def publish_metadata(store: Store, accounts: Accounts, upload: Upload) -> None:
    """Write what was said at publish to the calculations; what is not said now is kept as it was."""
    general = upload.metadata
    special = {row.get("mainfile"): row for row in general.get("calculations") or ()}
    for calc in calcs_of(store, upload.upload_id):
        own = special.get(calc.mainfile, {})
        told = {**calc.metadata, **_told(accounts, general), **_told(accounts, own)}
        months = general.get("embargo_length")
        if months is not None:
            told["embargo_length"] = min(int(months), MAX_EMBARGO_MONTHS)
        update_calc(store, calc.calc_id, {"metadata": told})
        names = own.get("datasets", general.get("datasets"))
        if names is not None:
            set_dataset_names(store, calc, upload.user_id, names)
