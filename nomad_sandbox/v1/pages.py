"""One page of something: what a request asks for, and what the answer tells about it.

Knows v1's pagination, in a body or in the query string. It must not know what is paged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Request

from nomad_sandbox.v1.answers import broken, invalid, without_none

WINDOW = 10_000
_ALL_KEYS = (
    "page_size",
    "order_by",
    "order",
    "page_after_value",
    "page",
    "page_offset",
    "total",
    "next_page_after_value",
    "page_url",
    "next_page_url",
    "prev_page_url",
    "first_page_url",
)
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Page:
    """What a request asks for; of `after`, `number` and `offset` at most one is set.

    Attributes
    ----------
    size : int
        0 asks for the total alone.
    after : str or None
        ``next_page_after_value`` of an earlier answer.
    number : int or None
        From 1.
    """

    size: int
    order_by: str
    order: str
    after: str | None
    number: int | None
    offset: int | None

    @property
    def descending(self) -> bool:
        """Whether the order goes down."""
        return self.order == "desc"

    @property
    def start(self) -> int:
        """Where the page starts by its number or offset."""
        return self.offset or ((self.number or 1) - 1) * self.size

    def told(self, total: int, next_after: str | None) -> dict[str, Any]:
        """Give the page of the answer; without ``next_page_after_value`` on the last one."""
        return without_none(
            {
                "page_size": self.size,
                "order_by": self.order_by,
                "order": self.order,
                "page_after_value": self.after,
                "page": self.number,
                "page_offset": self.offset,
                "total": total,
                "next_page_after_value": next_after,
            }
        )


def _bad_page(message: str, place: str) -> Exception:
    return invalid("bad_page", [place, "pagination"], message)


def read_page(asked: Mapping[str, Any], *, order_by: str, order: str = "asc", place: str = "body") -> Page:
    """Read what a request says about its page.

    Raises
    ------
    Refusal
        422: more than one way to say where it starts, or a page beyond the window.
    """
    size = 10 if asked.get("page_size") is None else int(asked["page_size"])
    numbers = {key: None if asked.get(key) is None else int(asked[key]) for key in ("page", "page_offset")}
    after = asked.get("page_after_value")
    page = Page(
        size, asked.get("order_by") or order_by, asked.get("order") or order, after, numbers["page"],
        numbers["page_offset"],
    )  # fmt: skip
    if size < 0:
        raise _bad_page("page_size must be 0 or more", place)
    if sum(value is not None for value in (after, page.number, page.offset)) > 1:
        raise _bad_page("Can only specify one of page_offset, page_after_value, page", place)
    if (page.number is not None and page.number < 1) or (page.offset is not None and page.offset < 0):
        raise _bad_page("page starts at 1, page_offset at 0", place)
    if page.order not in ("asc", "desc"):
        raise invalid("enum", [place, "order"], "Input should be 'asc' or 'desc'", page.order)
    if page.start + (size if page.after is None else 0) >= WINDOW and (page.number or page.offset):
        raise _bad_page(f"the page must end before item {WINDOW}; use page_after_value", place)
    return page


def read_page_of_url(request: Request, *, order_by: str, order: str = "asc") -> Page:
    """Read what the query string says about the page.

    Raises
    ------
    Refusal
    """
    return read_page(request.args, order_by=order_by, order=order, place="query")


def cut(page: Page, items: Sequence[tuple[str, _Item]]) -> tuple[list[_Item], dict[str, Any]]:
    """Cut a page out of ordered items, each under an id, and give it with what to tell about it."""
    start = page.start
    if page.after is not None:
        keys = [key for key, _ in items]
        start = keys.index(page.after) + 1 if page.after in keys else len(items)
    chosen = items[start : start + page.size]
    more = bool(chosen) and start + page.size < len(items)
    return [item for _, item in chosen], page.told(len(items), chosen[-1][0] if more else None)


def cut_by_index(page: Page, items: Sequence[_Item]) -> tuple[list[_Item], dict[str, Any]]:
    """Cut a page out of ordered items where ``page_after_value`` is the number of an item, from 0, and give it.

    What is told about it then names the page as well, whichever way it was asked for.

    Raises
    ------
    Refusal
        500 for what is no number, as NOMAD.
    """
    try:
        start = page.start if page.after is None else int(page.after) + 1
    except ValueError as error:
        raise broken("ValueError", str(error)) from error
    number = start // page.size + 1 if page.size else 1
    more = page.size and page.size * number < len(items)
    told = page.told(len(items), str(start + page.size - 1) if more else None)
    told |= {"page": number, "page_after_value": str(start - 1) if number > 1 else None}
    return list(items[start : start + page.size]), without_none(told)


def with_nulls(told: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is told about a page, with null for what is not: so NOMAD tells of tokens and groups alone."""
    return {key: told.get(key) for key in _ALL_KEYS}


def with_urls(request: Request, told: Mapping[str, Any]) -> dict[str, Any]:
    """Add the addresses of this and the next page to what a GET tells about its page."""
    fixed = [(key, value) for key, value in request.args.items(multi=True) if not key.startswith("page")]
    fixed += [("page_size", told["page_size"])]
    following = told.get("next_page_after_value")
    number = told.get("page") or 1

    def url(*more: tuple[str, Any]) -> str:
        return f"{request.base_url}?{urlencode([*fixed, *more])}"

    urls = {
        "page_url": request.url,
        "first_page_url": url(),
        "prev_page_url": url(("page", number - 1)) if number > 1 else None,
        "next_page_url": following and url(("page_after_value", following)),
    }
    return {**told, **without_none(urls)}
