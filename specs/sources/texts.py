"""Read the texts of one generation, and remember which were used.

Each text has one key: ``tag uploads``, ``operation uploads.upload summary``, ``parameter query owner`` (by place, for
every operation), ``parameter uploads.upload file`` (for one operation), ``quantity atoms`` (a search quantity, for
parameters and for models), ``model Auth.access_token``. Where several things share a text, the YAML key lists their
names with commas between. Knows the YAML files; it must not know documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

KINDS = {"tags": "tag", "models": "model", "quantities": "quantity"}


class SourceError(Exception):
    """The sources do not make a snapshot; the message names each mistake on a line."""


@dataclass
class Texts:
    """The texts of a generation.

    Attributes
    ----------
    by_key : dict
    origin : dict
        The file of each key.
    quantity_models : tuple
        The models whose properties are search quantities.
    used, missing : set
        The keys that were asked for and found, or not found.
    """

    by_key: dict[str, str] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    quantity_models: tuple[str, ...] = ()
    used: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)

    @property
    def unused(self) -> set[str]:
        """The keys that nothing asked for."""
        return set(self.by_key) - self.used

    def find(self, *keys: str) -> str | None:
        """Give the text of the first of these keys that there is."""
        for key in keys:
            if key in self.by_key:
                self.used.add(key)
                return self.by_key[key]
        return None

    def need(self, *keys: str) -> str:
        """Give the text of the first of these keys that there is; if there is none, the last counts as missing."""
        text = self.find(*keys)
        if text is None:
            self.missing.add(keys[-1])
        return text or ""

    def add(self, key: str, text: object, origin: str) -> None:
        """Add one text.

        Raises
        ------
        SourceError
            It is no text, or the key has one already.
        """
        if not isinstance(text, str) or not text.strip():
            raise SourceError(f"{origin}: {key} is no text")
        if key in self.by_key:
            raise SourceError(f"{origin}: {key} has a text in {self.origin[key]} already")
        self.by_key[key] = " ".join(text.split())
        self.origin[key] = origin


def read_texts(sources: Path, generation: str) -> Texts:
    """Read the YAML files of ``both/`` and of a generation's folder."""
    texts = Texts()
    for path in sorted([*(sources / "both").glob("*.yaml"), *(sources / generation).glob("*.yaml")]):
        origin = f"{path.parent.name}/{path.name}"
        content = yaml.safe_load(path.read_text("utf-8")) or {}
        if path.stem == "models":
            texts.quantity_models += tuple(content.pop("quantity models", ()))
        for key, text in _entries(path.stem, content):
            texts.add(key, text, origin)
    return texts


def _entries(kind: str, content: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Give a file's texts with their keys; the file's name says what they are about."""
    if kind == "operations":
        yield from _operation_entries(content)
    elif kind == "parameters":
        for place, parameters in content.items():
            yield from ((f"parameter {place} {name}", text) for name, text in _split(parameters))
    else:
        yield from ((f"{KINDS[kind]} {name}", text) for name, text in _split(content))


def _operation_entries(content: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for operation, told in _split(content):
        if not isinstance(told, dict) or set(told) - {"summary", "description", "parameters"}:
            raise SourceError(f"operation {operation} takes a summary, a description and parameters, nothing else")
        for part in ("summary", "description"):
            yield f"operation {operation} {part}", told.get(part)
        yield from ((f"parameter {operation} {name}", text) for name, text in _split(told.get("parameters", {})))


def _split(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, text) for names, text in content.items() for name in names.split(", "))
