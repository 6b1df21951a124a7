"""A deed as a plan: what is about to happen, its requests in order, what each must show, what cannot be taken back.

A plan has three readers: a flow does it, ``recipe`` and ``--dry-run`` show it, and whoever is asked to consent reads
its question. It holds no clock and no connection; the flows make it and carry it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TypeAlias

from nomad_swagger.light import dataclass
from nomad_swagger.transport.call import PreparedCall


@dataclass(frozen=True)
class Step:
    """One request of a plan.

    Attributes
    ----------
    call : PreparedCall
    words : str
        What it does, in words.
    verb : str
        The verb that it was prepared by; empty for a bare operation.
    upload_ids : tuple of str
        What it is about.
    shows : mapping of str to object
        What must be seen when it is done, by our names.
    irreversible : bool
        It cannot be taken back.
    tries : bool
        It only tries what a later step does.
    looks : bool
        It only looks something up.
    waits : tuple of str
        It only looks, until none of these fields of its answer is true.
    stands_for : str
        The placeholder in later requests for what its answer gives.
    """

    call: PreparedCall
    words: str
    verb: str = ""
    upload_ids: tuple[str, ...] = ()
    shows: Mapping[str, object] = field(default_factory=dict)
    irreversible: bool = False
    tries: bool = False
    looks: bool = False
    waits: tuple[str, ...] = ()
    stands_for: str = ""

    @property
    def changes(self) -> bool:
        """Tell whether it changes something."""
        return not (self.tries or self.looks or self.waits)


@dataclass(frozen=True)
class Option:
    """An option of a command, ``--name value``; without a value a flag."""

    name: str
    value: str | None = None


Word: TypeAlias = "str | Path | Option"
"""A word of a command: an id or ``key=value`` as typed, a file, or an option."""


@dataclass(frozen=True)
class Plan:
    """What a deed is about to do.

    Attributes
    ----------
    deed : str
        The helper's name.
    words : str
        What is done and to what, as one would order it: ``publish upload 8dk…``.
    steps : tuple of Step
        In the order in which they are sent.
    server, user : str
    upload_ids : tuple of str
        The uploads that it touches.
    entries : int or None
        How many of their entries; None where that is not known yet.
    command : tuple of Word
        The command of ours that does it.
    save_as : str
        The file that is written; empty where the answer tells.
    notes : tuple of str
        What should be known before: what cannot be read back afterwards.
    """

    deed: str
    words: str
    steps: tuple[Step, ...]
    server: str = ""
    user: str = ""
    upload_ids: tuple[str, ...] = ()
    entries: int | None = None
    command: tuple[Word, ...] = ()
    save_as: str = ""
    notes: tuple[str, ...] = ()

    @property
    def calls(self) -> tuple[PreparedCall, ...]:
        """Give the requests that carry it out, in order."""
        return tuple(step.call for step in self.steps if not (step.looks or step.waits))

    @property
    def changes(self) -> bool:
        """Tell whether it changes something."""
        return any(step.changes for step in self.steps)

    @property
    def irreversible(self) -> bool:
        """Tell whether some of it cannot be taken back."""
        return any(step.irreversible for step in self.steps)

    @property
    def asks(self) -> bool:
        """Tell whether somebody should agree first: it cannot be taken back, or touches more than one upload."""
        return self.irreversible or len(self.upload_ids) > 1

    @property
    def headline(self) -> str:
        """Give in a sentence or two what is about to happen: the deed, the server, the user, how much."""
        who = f", as {self.user}" if self.user else ""
        much = f": {self.reach}" if self.upload_ids or self.entries is not None else ""
        final = " It cannot be taken back." if self.irreversible else ""
        return f"{self.words[:1].upper()}{self.words[1:]} at {self.server}{who}{much}.{final}"

    @property
    def reach(self) -> str:
        """Give how many entries of how many uploads it touches."""
        entries = "entries not counted yet" if self.entries is None else _counted(self.entries, "entry", "entries")
        return f"{entries} of {_counted(len(self.upload_ids), 'upload', 'uploads')}"

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)


Consent: TypeAlias = Callable[[Plan], None]
"""Told of a plan before its first request that changes something; raises to keep it from being done."""


def joined(plans: Iterable[Plan], words: str, command: tuple[Word, ...] = ()) -> Plan:
    """Give several plans as one, whose steps follow each other."""
    listed = list(plans)
    counts = [plan.entries for plan in listed]
    return replace(
        listed[0],
        words=words,
        steps=tuple(step for plan in listed for step in plan.steps),
        upload_ids=tuple(dict.fromkeys(one for plan in listed for one in plan.upload_ids)),
        entries=None if None in counts else sum(count or 0 for count in counts),
        command=command,
        notes=tuple(dict.fromkeys(note for plan in listed for note in plan.notes)),
    )


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
