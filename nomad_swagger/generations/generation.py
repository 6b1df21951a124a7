"""What we know about NOMAD that its document does not say, as data: ``generations/*.yaml``.

A *generation* is a family of NOMAD versions with one way of doing things. Its file names the operation that plays each
*verb* (upload, publish, search …), how our argument names map to the document's, how answers are paged, which fields
of an answer make a record, and when a wait is over. Where versions of one generation differ, an entry lists
alternatives and the document decides: the first one that it has is used.

Knows the files' keys; it must not know the network, and there is no branch on a generation's name anywhere.

Keys of a verb (a mapping, or a list of mappings, the first whose operation exists wins):

``operation``      ``tag.operation`` as typed after ``client.``
``needs``          parameters that the operation must have for this way; other versions have another
``repeatable``     may be sent again when the answer got lost
``arguments``      our name → the document's names, first that exists; ``body/a/b`` is a field of the parameter ``body``
``constants``      the document's name → the value sent unless an argument says otherwise; may leave a path part empty
``optional``       the same, where the document has that parameter; some versions only do
``values``         our argument → our value → theirs; null: nothing is sent, no constant either
``headers``        sent along
``raw_body``       the content type of a streamed body that the document does not describe
``quantities``     where search quantities go: ``""`` for parameters of their own, or a field of a body (``body/query``)
``most_entries``   how many entries one request may be about; 0 where there is no limit
``answer``         where in the answer the record is
``wrapped``        our argument → the field in which each of its values goes, as an object of its own
``joined``         our argument → what goes between its values where the document has one text for them
``whole``          arguments that count for a whole upload, whichever of its entries are meant
``verdicts``       see :class:`Verdicts`
``pages``          see :class:`Pages`
``bucket``         of a count: where each item has its ``value`` (or is under it), ``entries`` and ``metric``
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from nomad_swagger.errors import UnknownOperation
from nomad_swagger.files import read_yaml

GENERATIONS = ("v0", "v1")

Interface = Mapping[str, Collection[str]]
"""``tag.operation`` → the names of its parameters."""


@dataclass(frozen=True)
class Walk:
    """How to go on when the answer is longer than a page.

    Attributes
    ----------
    cursor, send : str
        Where the answer has the next page's token, and where the request takes it.
    total : str
        Where an answer of the walk has the total.
    constants : mapping
        Sent on every step.
    page_items : int
        Items asked for in one step.
    restart : bool
        The walk begins anew; False: the first page has a token to go on from.
    by_id : bool
        Items come in the order of their ids, and the token is the id of the last one: a walk can begin behind any id.
    """

    cursor: str
    send: str
    total: str = ""
    constants: Mapping[str, Any] = field(default_factory=dict)
    page_items: int = 1000
    restart: bool = True
    by_id: bool = False


@dataclass(frozen=True)
class Pages:
    """How an answer that is a list comes in pieces.

    Attributes
    ----------
    items, total : str
        Where the answer has the items and their number in all pages.
    size : str
        The parameter for the number of items on a page; empty where there is one page only.
    number : str
        The parameter for the page's number, from 1; empty where pages are not numbered.
    page_items : int
        Items asked for on a page.
    walk : Walk or None
        How to get what is beyond the first page.
    """

    items: str
    total: str = ""
    size: str = ""
    number: str = ""
    page_items: int = 100
    walk: Walk | None = None


@dataclass(frozen=True)
class Verdicts:
    """Where an answer, whatever its status, says how each value of each quantity went.

    ``quantities`` is where it has quantity → one verdict, or a list of them; the others are fields of a verdict, and
    ``succeeded`` and ``message`` also of the answer as a whole.
    """

    quantities: str
    succeeded: str
    message: str
    value: str


@dataclass(frozen=True)
class Verb:
    """One way in which a generation does a thing; the module's docstring explains the fields."""

    operation: str
    needs: Sequence[str] = ()
    repeatable: bool = False
    arguments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    optional: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    raw_body: str = ""
    quantities: str | None = None
    most_entries: int = 0
    answer: str = ""
    wrapped: Mapping[str, str] = field(default_factory=dict)
    joined: Mapping[str, str] = field(default_factory=dict)
    whole: Sequence[str] = ()
    verdicts: Verdicts | None = None
    pages: Pages | None = None
    bucket: Mapping[str, str] = field(default_factory=dict)


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
    join, split : str
        Put between several values, sorted, where the server has them as one text; where it knows pieces only, cuts.
    """

    names: Sequence[str]
    several: str = "any"
    server: str = "any"
    suffix: str = ""
    join: str = ""
    split: str = ""


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

    Where a document cannot name what may be searched, ``vocabulary`` is the file beside the generation's that lists it,
    and ``connectives`` are the words that combine queries. ``bulky`` are the fields of a search hit that weigh much and
    do not tell which entry it is. ``editable`` is whose entries one may change, as the owner of a search. ``archive``
    is where an archive has atoms, energies and forces: see :mod:`nomad_swagger.science.atoms`.
    ``times`` are counted by interval: word → name; ``uncounted`` is what a search takes and a server cannot count.
    """

    name: str
    documents: Sequence[str]
    recognise: Sequence[str]
    verbs: Mapping[str, tuple[Verb, ...]]
    quantities: Mapping[str, Quantity]
    records: Mapping[str, Mapping[str, Any]]
    waiters: Mapping[str, Waiter]
    login: Mapping[str, Any]
    leave_out_false: bool = False
    binary: Sequence[str] = ()
    needs_login: Sequence[str] = ()
    login_optional: Sequence[str] = ()
    login_values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    misdescribed: Sequence[str] = ()
    controls: Sequence[str] = ()
    renamed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    prefixes: Sequence[str] = ()
    entry_files: Sequence[str] = ()
    bulky: Sequence[str] = ()
    editable: str = "user"
    vocabulary: str = ""
    connectives: Sequence[str] = ()
    times: Mapping[str, str] = field(default_factory=dict)
    uncounted: Sequence[str] = ()
    archive: Mapping[str, Any] = field(default_factory=dict)

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
    >>> place(["code_name", "dft.code_name"], {"dft.code_name", "page"})
    'dft.code_name'
    >>> place(["payload/metadata/comment"], {"upload_id", "payload"})
    'payload/metadata/comment'
    """
    return next((candidate for candidate in candidates if candidate.split("/")[0] in parameters), None)


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
    text = files("nomad_swagger.generations").joinpath(f"{name}.yaml").read_text("utf-8")
    data: dict[str, Any] = read_yaml(text)
    data["verbs"] = {
        verb: tuple(_verb(entry) for entry in (ways if isinstance(ways, list) else [ways]))
        for verb, ways in data["verbs"].items()
    }
    data["quantities"] = {word: Quantity(**entry) for word, entry in data["quantities"].items()}
    data["waiters"] = {until: Waiter(**entry) for until, entry in data["waiters"].items()}
    return Generation(**data)


def _verb(entry: Mapping[str, Any]) -> Verb:
    pages, verdicts = entry.get("pages"), entry.get("verdicts")
    made = {"pages": _pages(pages) if pages else None, "verdicts": Verdicts(**verdicts) if verdicts else None}
    return Verb(**{**entry, **made})


def _pages(entry: Mapping[str, Any]) -> Pages:
    walk = entry.get("walk")
    return Pages(**{**entry, "walk": Walk(**walk) if walk else None})
