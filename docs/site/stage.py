"""The sources of the site: each text of the repository at its place, its links led there.

A text stands once, in docs/, tutorials/ or at the top; here it is only put in order. The guide becomes a page for each
of its sections. What is generated comes from ``command_line``, ``python_api`` and ``errors``.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Mapping
from pathlib import Path

from docs.site import command_line, errors, python_api
from docs.site.markdown import Section, linked, raised, sections, slug, with_links
from docs.site.notebook import as_markdown

TOP = Path(__file__).parents[2]
# Where a text of the repository stands on the site; any other text of docs/ is a page of the guide,
# one at the top a page about the project.
PLACES = {
    "docs/index.md": "index.md",
    "README.md": "index.md",  # for links alone: the site has a start of its own
    "tutorials/README.md": "tutorials/index.md",
    "docs/mirror.md": "guide/mirrors.md",
    "docs/guide.md": "guide/index.md",
    "docs/ci-example/README.md": "guide/ci-example/index.md",
    "docs/reliability.md": "about/reliability.md",
    "docs/performance.md": "about/performance.md",
    "docs/scale.md": "about/scale.md",
    "docs/conformance.md": "about/conformance.md",
    "docs/architecture.md": "about/architecture.md",
    "docs/dependencies.md": "about/dependencies.md",
    "CONTRIBUTING.md": "about/contributing.md",
    "CHANGELOG.md": "about/changelog.md",
}
FOLDERS = {"docs/how-to": "how-to", "tutorials": "tutorials"}
# Links to folders lead to what stands for them.
STAND_INS = {
    "tutorials": "tutorials/README.md",
    "docs/ci-example": "docs/ci-example/README.md",
    "docs": "docs/index.md",
    "nomad_swagger/errors.py": "docs/reference/errors.md",
}
# Sections of the guide that share a page; each other one has its own.
SHARED = {
    "Servers": "Servers and logins",
    "Logins": "Servers and logins",
    "Archives": "Archives, atoms and tables",
    "Atoms and tables": "Archives, atoms and tables",
}
# What stands beside every page, in this order; the last one has all others about the project, too.
_PROJECT = "The project"
TREE = {
    "Begin": ("tutorials/index", "how-to/index"),
    "Use": ("guide/index",),
    "Reference": ("reference/command-line/index", "reference/python/index", "reference/errors"),
    "What is promised": ("about/reliability", "about/performance", "about/scale", "about/conformance"),
    _PROJECT: ("about/architecture", "about/dependencies", "about/contributing", "about/changelog"),
}
_ERRORS = "Errors"  # the guide's words about them begin the generated page


class Stage:
    """Pages and files by their place on the site."""

    def __init__(self, top: Path = TOP) -> None:
        self.top = top
        self.places = _places(top)
        self.pages: dict[str, str] = {}
        self.files: dict[str, bytes] = {}
        self._guide = sections((top / "docs/guide.md").read_text("utf-8"))
        self._anchors = {anchor: _guide_place(part) for part in self._guide for anchor in part.anchors}
        self._add_texts()
        self._add_guide()
        self._add_generated()

    def write(self, folder: Path) -> None:
        """Write all of it below a folder, but leave alone what is there and the same: Sphinx goes by times."""
        content = {**{place: text.encode() for place, text in self.pages.items()}, **self.files}
        for place, data in content.items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.read_bytes() != data:
                path.write_bytes(data)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.relative_to(folder).as_posix() not in content:
                path.unlink()

    def _add_texts(self) -> None:
        for path, place in self.places.items():
            text = (self.top / path).read_text("utf-8")
            if path.endswith(".ipynb"):
                text, pictures = as_markdown(text, Path(place).stem)
                self.files |= {posixpath.join(posixpath.dirname(place), name): data for name, data in pictures.items()}
            if path not in ("README.md", "docs/guide.md"):
                self.pages[place] = self._led(text, path, place)
        for folder in FOLDERS.values():
            index = f"{folder}/index.md"
            self.pages[index] += _tree(*linked(self.pages[index]))
        placed = {page for pages in TREE.values() for page in pages}
        about = sorted(place[: -len(".md")] for place in self.pages if place.startswith("about/"))
        for caption, pages in TREE.items():
            more = [page for page in about if page not in placed] if caption == _PROJECT else ()
            self.pages["index.md"] += _tree(*pages, *more, caption=caption)

    def _add_guide(self) -> None:
        titles: dict[str, list[str]] = {}
        for part in self._guide:
            if part.title != _ERRORS:
                titles.setdefault(SHARED.get(part.title, part.title), []).append(part.text)
        for title, texts in titles.items():
            place = f"guide/{slug(title)}.md"
            text = raised(texts[0]) if len(texts) == 1 else f"# {title}\n\n" + "\n".join(texts)
            self.pages[place] = self._led(text, "docs/guide.md", place)
        subjects = [slug(title) for title in titles]
        others = [place[len("guide/") : -len(".md")] for place in self.pages if place.startswith("guide/")]
        pages = "\n".join([*subjects, *(page for page in others if page not in subjects)])
        self.pages["guide/index.md"] = (
            "# Guide\n\nWhat there is, subject by subject. For a task at hand there are "
            "[how-tos](../how-to/index.md).\n\n"
            f"```{{toctree}}\n:maxdepth: 2\n\n{pages}\n```\n"
        )

    def _add_generated(self) -> None:
        words = next(part.text for part in self._guide if part.title == _ERRORS)
        about = self._led("\n".join(words.splitlines()[1:]).strip(), "docs/guide.md", "reference/errors.md")
        self.pages |= command_line.pages()
        self.pages |= python_api.pages()
        self.pages["reference/errors.md"] = errors.page(about)

    def _led(self, text: str, path: str, place: str) -> str:
        return with_links(text, lambda target: self._target(target, path, place))

    def _target(self, target: str, path: str, place: str) -> str:
        """Give a link's target as it is on the site."""
        if "://" in target or target.startswith(("mailto:", "<")):
            return target
        file, hash_, anchor = target.partition("#")
        source = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
        source = STAND_INS.get(source, source)
        there = self._anchors[anchor] if source == "docs/guide.md" and anchor else self._place_of(source, path, target)
        return (posixpath.relpath(there, posixpath.dirname(place) or ".") if there != place else "") + hash_ + anchor

    def _place_of(self, source: str, path: str, target: str) -> str:
        generated = source.removeprefix("docs/")
        if source in self.places:
            return self.places[source]
        if generated.startswith("reference/") or generated in self.files:
            return generated
        if (self.top / source).is_file():  # no page: it is taken along, to be downloaded
            self.files[source] = (self.top / source).read_bytes()
            return source
        if (self.top / source).is_dir():
            self.files[f"{source}.zip"] = _zipped(self.top / source)
            return f"{source}.zip"
        raise ValueError(f"{path}: the link to {target} leads to no text and no file")


def _places(top: Path) -> Mapping[str, str]:
    """Give the place of each text."""
    found = dict(PLACES)
    for folder, there in FOLDERS.items():
        for path in sorted([*(top / folder).glob("*.md"), *(top / folder).glob("*.ipynb")]):
            source = path.relative_to(top).as_posix()
            found.setdefault(source, f"{there}/{path.stem}.md")
    for path in sorted((top / "docs").glob("*.md")):
        found.setdefault(f"docs/{path.name}", f"guide/{path.stem}.md")
    for path in sorted(top.glob("*.md")):
        found.setdefault(path.name, f"about/{path.stem.lower()}.md")
    return found


def _zipped(folder: Path) -> bytes:
    """Give a folder as a zip, to be downloaded; the same files are the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix())
            zipped.writestr(member, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _guide_place(part: Section) -> str:
    if part.title == _ERRORS:
        return "reference/errors.md"
    return f"guide/{slug(SHARED.get(part.title, part.title))}.md"


def _tree(*pages: str, caption: str = "") -> str:
    """Give what makes pages stand beside the text."""
    said = f":caption: {caption}\n" if caption else ""
    return f"\n```{{toctree}}\n:hidden:\n{said}\n" + "\n".join(pages) + "\n```\n"
