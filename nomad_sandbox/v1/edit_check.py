"""Check what an edit wants to set: every value is looked at, and every mistake told with its place.

Gives the values in one form: lists as ``{"set" | "add" | "remove": [...]}``, people and datasets by their ids. Knows
users and datasets. It must not know which uploads are meant.

Source: NOMAD 1.4.3 ``nomad/processing/data.py`` (``MetadataEditRequestHandler``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from nomad_sandbox.datasets import find_dataset, get_dataset
from nomad_sandbox.publication import MAX_EMBARGO_MONTHS
from nomad_sandbox.v1.answers import Refusal
from nomad_sandbox.v1.call import Call

PEOPLE = {"coauthors": "coauthors", "reviewers": "shared_with"}
UPLOAD_TEXTS = {"upload_name": "name"}
UPLOAD_LEVEL = frozenset(
    {"upload_name", "description", "embargo_length", "external_db", "coauthor_groups", "reviewer_groups", *PEOPLE}
)
ENTRY_LEVEL = frozenset({"comment", "references", "external_id", "datasets"})
_ADMIN = frozenset({"main_author", "license", "upload_create_time", "publish_time", "entry_create_time"})
_LISTS = frozenset({"references", "datasets", "coauthor_groups", "reviewer_groups", *PEOPLE})
# of the package with which NOMAD checks an address, like the dot in the host's name
_SCHEMES = frozenset({"ftp", "ftps", "git", "http", "https", "irc", "rtmp", "rtmps", "rtsp", "sftp", "ssh", "telnet"})
_OPERATIONS = ("set", "add", "remove")
_DATABASES = (
    "The Perovskite Database Project",
    "EELS Data Base",
    "Materials Project",
    "AFLOW",
    "OQMD",
    "Kyoto Phonopy Database",
    "CatTestHub",
    "Catalyst Acquisition by Data Sharing (CADS)",
    "Open Catalyst Project",
)
Place = tuple[str, ...]


class _Wrong(Exception):
    """A value that cannot be set."""


@dataclass
class Check:
    """The check of one request.

    Attributes
    ----------
    errors : list of dict
        ``msg`` and ``loc`` of each mistake.
    places : list of tuple
        Where something was to be set.
    """

    call: Call
    errors: list[dict[str, Any]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    admin_places: list[Place] = field(default_factory=list)

    def wrong(self, message: str, *place: str) -> None:
        """Remember a mistake."""
        self.errors.append({"msg": message, "loc": list(place)})

    def end(self) -> None:
        """Refuse the request where there is a mistake.

        Raises
        ------
        Refusal
            422
        """
        if self.errors:
            raise Refusal(422, self.errors)

    def verify(self, metadata: Mapping[str, Any], place: Place, *, upload_level: bool) -> dict[str, Any]:
        """Give the values of some metadata that can be set."""
        verified = {}
        for name, value in metadata.items():
            if value is None:
                continue
            try:
                verified[name] = self._value(name, value, (*place, name), upload_level=upload_level)
            except _Wrong as error:
                self.wrong(str(error), *place, name)
        return verified

    def _value(self, name: str, value: Any, place: Place, *, upload_level: bool) -> Any:
        if name not in UPLOAD_LEVEL | ENTRY_LEVEL | _ADMIN:
            raise _Wrong("Unknown quantity")
        self.places.append(place)
        if name in _ADMIN:
            self.admin_places.append(place)
        if name in UPLOAD_LEVEL and not upload_level:
            raise _Wrong("Quantity can only be edited on the upload level")
        if name not in _LISTS:
            return _CHECKS.get(name, _text)(self, value, "")
        return self._operations(name, value)

    def _operations(self, name: str, value: Any) -> dict[str, list[Any]]:
        if not isinstance(value, Mapping):
            # a value alone is added to datasets, and takes the place of any other list
            value = {"add" if name == "datasets" else "set": value}
        if not value:
            raise _Wrong("No operation specified")
        for operation in value:
            if operation not in _OPERATIONS:
                raise _Wrong(f"Allowed operations are `set`, `add`, and `remove`, got {operation}")
        if "set" in value and len(value) > 1:
            raise _Wrong("Cannot specify both `set` and `add`/`remove` operations")
        if name == "datasets" and "set" in value:
            raise _Wrong("Only `add` and `remove` operations permitted for datasets")
        check = _CHECKS.get(name, _text)
        verified = {
            operation: [check(self, one, operation) for one in (part if isinstance(part, list) else [part])]
            for operation, part in value.items()
        }
        if set(verified.get("add", ())) & set(verified.get("remove", ())):
            raise _Wrong("The same value cannot be specified for both `add` and `remove`")
        return verified


def _text(_: Check, value: Any, __: str) -> Any:
    """Give a text, also of a number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return None if value == "" else value


def _embargo(_: Check, value: Any, __: str) -> int:
    """Give the months: a number, although NOMAD's own description calls it a text."""
    if not isinstance(value, (int, float)):
        raise _Wrong(f"'<=' not supported between instances of 'int' and '{type(value).__name__}'")
    if not 0 <= value <= MAX_EMBARGO_MONTHS:
        raise _Wrong(f"Value should be between 0 and {MAX_EMBARGO_MONTHS}")
    return int(value)


def _address(_: Check, value: Any, __: str) -> Any:
    text = str(value)
    parts = urlsplit(text)
    if parts.scheme not in _SCHEMES or "." not in (parts.hostname or "") or any(sign.isspace() for sign in text):
        raise _Wrong(f"Please enter a valid URL: `{text}` is none")
    return value


def _database(_: Check, value: Any, __: str) -> Any:
    if value and value not in _DATABASES:
        raise _Wrong(f"Bad enum value {value}")
    return value or None


def _person(check: Check, value: Any, _: str) -> str:
    accounts = check.call.services.accounts
    user = accounts.get(str(value)) or accounts.find(str(value))
    if user is None:
        raise _Wrong(f"User reference not found: `{value}`")
    return user.user_id


def _group(check: Check, value: Any, __: str) -> str:
    if check.call.store.row("SELECT 1 FROM groups WHERE group_id = ?", (str(value),)) is not None:
        raise Refusal(501, "sharing uploads with groups is not part of the sandbox")
    raise _Wrong(f"User group '{value}' does not exist.")


def _dataset(check: Check, value: Any, operation: str) -> str:
    user, store = check.call.user(), check.call.store
    dataset = get_dataset(store, str(value)) or find_dataset(store, user.user_id, str(value))
    if dataset is None:
        raise _Wrong(f"Dataset reference not found: `{value}`")
    if dataset.user_id != user.user_id and not user.is_admin:
        raise _Wrong(f"Dataset `{value}` does not belong to you")
    if operation != "add" and dataset.doi:
        raise _Wrong(f"Dataset `{value}` has a doi, can only add entries to it")
    return dataset.dataset_id


_CHECKS: Mapping[str, Callable[[Check, Any, str], Any]] = {
    "embargo_length": _embargo,
    "external_db": _database,
    "references": _address,
    "coauthors": _person,
    "reviewers": _person,
    "coauthor_groups": _group,
    "reviewer_groups": _group,
    "datasets": _dataset,
}
