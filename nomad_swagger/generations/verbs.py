"""How a generation does a thing: one verb's entry in ``generations/*.yaml``.

Keys of a verb (a mapping, or a list of mappings, the first whose operation exists wins):

``operation``      ``tag.operation`` as typed after ``client.``
``needs``          parameters that the operation must have for this way; other versions have another
``repeatable``     may be sent again when the answer got lost
``arguments``      our name → the document's names, first that exists; ``body/a/b`` is a field of the parameter ``body``
``constants``      the document's name → the value sent unless an argument says otherwise
``optional``       the same, where the document has that parameter; some versions only do
``beside``         our argument → the document's name → the value that is sent along with it
``values``         our argument → our value (``"true"`` and ``"false"`` are the truths) → theirs; null: nothing is sent,
                   no constant either
``headers``        sent along
``raw_body``       the content type of a streamed body that the document does not describe
``quantities``     where search quantities go: ``""`` for parameters of their own, or a field of a body (``body/query``)
``most_entries``   how many entries one request may be about; 0 where there is no limit
``answer``         where in the answer the record is
``shape``          what makes an answer one: place → ``text`` (not empty), ``number``, ``flag``, ``object`` (not empty),
                   ``items`` (a list, or a mapping of name → item), ``list`` or ``any`` (but null); ``a|b`` is either of
                   two places. Lists what every version always sends, and nothing that may be left out. The items and
                   the total of ``pages`` need no line of their own
``names``          our argument → places of the answer: what the first that is there says must be what was asked for
``wrapped``        our argument → the field in which each of its values goes, as an object of its own
``joined``         our argument → what goes between its values where the document has one text for them
``whole``          arguments that count for a whole upload, whichever of its entries are meant
``verdicts``       see :class:`Verdicts`
``pages``          see :class:`Pages`
``bucket``         of a count: where each item has its ``value`` (or is under it), ``entries`` and ``metric``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from nomad_swagger.light import dataclass

_TRUTHS = {"true": True, "false": False}  # keys of the file are text alone, as in JSON


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
    constants: Mapping[str, object] = field(default_factory=dict)
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
    constants: Mapping[str, object] = field(default_factory=dict)
    optional: Mapping[str, object] = field(default_factory=dict)
    beside: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    values: Mapping[str, Mapping[object, object]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    raw_body: str = ""
    quantities: str | None = None
    most_entries: int = 0
    answer: str = ""
    shape: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    wrapped: Mapping[str, str] = field(default_factory=dict)
    joined: Mapping[str, str] = field(default_factory=dict)
    whole: Sequence[str] = ()
    verdicts: Verdicts | None = None
    pages: Pages | None = None
    bucket: Mapping[str, str] = field(default_factory=dict)


def read_verb(entry: Mapping[str, Any]) -> Verb:
    """Give a verb's way from its entry in the file."""
    pages, verdicts = entry.get("pages"), entry.get("verdicts")
    made = {"pages": _pages(pages) if pages else None, "verdicts": Verdicts(**verdicts) if verdicts else None}
    values = {argument: _with_truths(words) for argument, words in entry.get("values", {}).items()}
    return Verb(**{**entry, **made, "values": values})


def _with_truths(words: Mapping[str, object]) -> dict[object, object]:
    return {_TRUTHS.get(word, word): theirs for word, theirs in words.items()}


def _pages(entry: Mapping[str, Any]) -> Pages:
    walk = entry.get("walk")
    return Pages(**{**entry, "walk": Walk(**walk) if walk else None})
