"""What a built page refers to, and what in it can be referred to. Knows HTML and CSS, and nothing of us."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

_OF_CSS = re.compile(r"""url\(\s*['"]?([^'")]+)|@import\s+['"]([^'"]+)""")
_LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
_NOT_LOADED = {"canonical", "next", "prev", "search", "index", "author"}


class Page(HTMLParser):
    """The links, the assets, and the anchors of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.links: list[str] = []
        self.assets: list[str] = []
        self.anchors: set[str] = {"", "#"}
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif (attribute := _LOADED.get(tag)) in given and given.get("rel") not in _NOT_LOADED:
            self.assets.append(given[attribute])


def broken_links(pages: dict[Path, Page]) -> list[str]:
    """Give each link to a file or an anchor that is not there."""
    return [
        f"{page.path.name}: {link}"
        for page in pages.values()
        for link in [*page.links, *page.assets]
        if "://" not in link and not link.startswith(("mailto:", "data:")) and not _leads_somewhere(link, page, pages)
    ]


def _leads_somewhere(link: str, page: Page, pages: dict[Path, Page]) -> bool:
    file, _, anchor = unquote(link).partition("#")
    target = (page.path.parent / file.partition("?")[0]).resolve() if file else page.path
    if target not in pages:
        return target.is_file() and not anchor
    return anchor in pages[target].anchors


def foreign_assets(site: Path, pages: dict[Path, Page]) -> list[str]:
    """Give what a browser would fetch from elsewhere."""
    loaded = [(page.path, asset) for page in pages.values() for asset in page.assets]
    for style in site.rglob("*.css"):
        loaded += [(style, a or b) for a, b in _OF_CSS.findall(style.read_text("utf-8"))]
    return [f"{path.name}: {asset}" for path, asset in loaded if re.match(r"(\w+:)?//", asset)]
