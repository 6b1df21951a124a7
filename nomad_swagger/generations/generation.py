"""What we know about NOMAD that its document does not say, as data: ``generations/*.yaml``.

A *generation* is a family of NOMAD versions with one way of doing things. Its file names the operation that plays each
*verb* (upload, publish, search …), how our argument names map to the document's, how answers are paged, which fields
of an answer make a record, and when a wait is over. Where versions of one generation differ, an entry lists
alternatives and the document decides: the first one that it has is used.

Knows the files' keys; it must not know the network, and there is no branch on a generation's name anywhere. The keys of
a verb are in :mod:`nomad_swagger.generations.verbs`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache
from typing import Any

from nomad_swagger.errors import UnknownOperation
from nomad_swagger.generations.own_data import read_own
from nomad_swagger.generations.verbs import Verb, read_verb
from nomad_swagger.generations.ways import Way
from nomad_swagger.light import dataclass
from nomad_swagger.words import Owner

GENERATIONS = ("v0", "v1")

Interface = Mapping[str, Collection[str]]
"""``tag.operation`` → the names of its parameters."""


@dataclass(frozen=True)
class Quantity:
    """One of our shared search words.

    Attributes
    ----------
    names : sequence of str
        The document's names for it; the first that exists wins.
    several : {"all", "any"}
        What several values mean to us: an entry has each of them, or one of them.
    server : {"all", "any"}
        What the server makes of a list there. Where that is not what we mean, each value is asked for on its own.
    suffix : str
        Put behind the name, where the server has words for all and any.
    reads : str
        How values are read that people type: see :mod:`nomad_swagger.flows.values`.
    join, split : str
        Put between several values, sorted, where the server has them as one text; where it knows pieces only, cuts.
    whole : sequence of str
        The names that know no pieces: nothing is cut for them.
    """

    names: Sequence[str]
    several: str = "any"
    server: str = "any"
    suffix: str = ""
    reads: str = ""
    join: str = ""
    split: str = ""
    whole: Sequence[str] = ()


@dataclass(frozen=True)
class Waiter:
    """When a wait is over: which status means failed, and whether a 404 means done.

    ``gone`` is ``never`` (a 404 is an error), ``always``, or ``after-accepted`` (done if this call saw the server take
    the order before). ``under_way`` tells where an answer shows that the order was taken: path → values.
    """

    failed_status: Sequence[str] = ()
    gone: str = "never"
    under_way: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Generation:
    """One family of NOMAD versions; made by :func:`load_generation`.

    ``vocabulary`` is the file that lists what may be searched, where a document cannot name it; ``connectives`` are
    the words that combine queries, ``list_operators`` those of a quantity that take lists alone; ``line_bytes`` is
    how long the values of one quantity may be in a request's line, 0 for any length. ``codes`` are names of
    programs that every server spells so; ``orders`` are those of hits: our word → where a hit has it;
    ``sorted_there`` → the server's name, where it sorts by what every entry has. ``bulky`` are the fields of a
    search hit that weigh much and do not tell which entry it is. ``editable`` is whose entries one may change, as
    the owner of a search. ``archive`` is where an archive has atoms, energies and forces
    (:mod:`nomad_swagger.science.layouts`), ``frames_required`` which parts that takes. ``ways`` is how raw files
    come down (:mod:`nomad_swagger.generations.ways`). ``many_steps`` are the parameters of a path that have slashes
    of their own, and ``may_be_empty`` says which of them, of which operation, may be the empty text; any other
    would lead to another operation. ``times`` are counted by interval: word → name; ``uncounted`` is what a search
    takes and a server cannot count. ``limits`` are what a server takes of one user unless it is told
    otherwise. ``gui`` is where web pages show an ``entry``, an ``upload``, a ``dataset``.
    ``limit_refusal`` is how a server says that it takes no further unpublished upload.
    ``archive_files`` is what the path of a file is like that is an entry's archive, written by hand.
    ``processed_since`` asks for what was processed at a time or later,
    where a server can. ``irreversible``, ``tries`` and ``by_query`` are read by :mod:`nomad_swagger.generations.marks`.
    """

    name: str
    documents: Sequence[str]
    recognise: Sequence[str]
    verbs: Mapping[str, tuple[Verb, ...]]
    quantities: Mapping[str, Quantity]
    records: Mapping[str, Mapping[str, Any]]
    waiters: Mapping[str, Waiter]
    login: Mapping[str, Any]
    irreversible: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tries: Mapping[str, str] = field(default_factory=dict)
    by_query: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    leave_out_false: bool = False
    binary: Sequence[str] = ()
    many_steps: Sequence[str] = ()
    may_be_empty: Mapping[str, Sequence[str]] = field(default_factory=dict)
    needs_login: Sequence[str] = ()
    login_optional: Sequence[str] = ()
    login_values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    misdescribed: Sequence[str] = ()
    controls: Sequence[str] = ()
    renamed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    prefixes: Sequence[str] = ()
    entry_files: Sequence[str] = ()
    bulky: Sequence[str] = ()
    editable: Owner = "user"
    vocabulary: str = ""
    connectives: Sequence[str] = ()
    list_operators: Sequence[str] = ()
    line_bytes: int = 0
    codes: Sequence[str] = ()
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sorted_there: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)
    uncounted: Sequence[str] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    archive: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    frames_required: Mapping[str, object] = field(default_factory=dict)
    archive_files: str = ""
    limit_refusal: str = ""
    gui: Mapping[str, str] = field(default_factory=dict)
    processed_since: str = ""
    ways: Sequence[Way] = ()

    def all_verbs(self) -> Iterator[Verb]:
        """Give every way of doing every verb."""
        for variants in self.verbs.values():
            yield from variants

    def verb(self, name: str, interface: Interface) -> Verb:
        """Give the way of doing ``name`` that a document supports.

        Raises
        ------
        UnknownOperation
            The document has none of the operations for it.
        """
        variants = self.verbs.get(name, ())
        for variant in variants:
            if variant.operation in interface and set(variant.needs) <= set(interface[variant.operation]):
                return variant
        wanted = " or ".join(variant.operation for variant in variants)
        if not wanted:
            raise UnknownOperation(name, self.verbs, where=f"in generation {self.name}")
        raise UnknownOperation(wanted, interface, where=f"in this server's API, which `{name}` needs")

    def missing(self, interface: Interface) -> dict[str, list[str]]:
        """Give the verbs that a document cannot do, each with the operations that it lacks."""
        return {
            name: [variant.operation for variant in variants]
            for name, variants in self.verbs.items()
            if not any(variant.operation in interface for variant in variants)
        }


def place(candidates: Sequence[str], parameters: Collection[str]) -> str | None:
    """Give the first candidate that an operation with these parameters can take, or None.

    Examples
    --------
    >>> place(["payload/metadata/comment"], {"upload_id", "payload"})
    'payload/metadata/comment'
    """
    return next((candidate for candidate in candidates if candidate.split("/")[0] in parameters), None)


def word_of(generation: Generation, name: str) -> Quantity | None:
    """Give our word for what a document calls by a name; None where we have none."""
    return next((word for word in generation.quantities.values() if name in word.names), None)


def recognise(interface: Interface) -> str:
    """Give the name of the generation that a document with these operations belongs to; empty for none of ours."""
    for name in GENERATIONS:
        if all(operation in interface for operation in load_generation(name).recognise):
            return name
    return ""


@cache
def load_generation(name: str) -> Generation:
    """Give a generation by name.

    Raises
    ------
    UnknownOperation
        There is no such generation.
    """
    if name not in GENERATIONS:
        raise UnknownOperation(name, GENERATIONS, where="as a generation: this document is not one of a NOMAD we know")
    data = read_own("generation", f"{name}.yaml")
    data["verbs"] = {
        verb: tuple(read_verb(entry) for entry in (ways if isinstance(ways, list) else [ways]))
        for verb, ways in data["verbs"].items()
    }
    data["quantities"] = {word: Quantity(**entry) for word, entry in data["quantities"].items()}
    data["ways"] = [Way(**entry) for entry in data.get("ways", ())]
    data["waiters"] = {until: Waiter(**entry) for until, entry in data["waiters"].items()}
    return Generation(**data)
