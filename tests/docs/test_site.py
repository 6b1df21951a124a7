"""The site has every public name, command and option, and in it no link leads nowhere and nothing comes from elsewhere.

In the suite the sources are looked at; `make docs-check` looks at the built pages too.
"""

from __future__ import annotations

import html
import os
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from docs.site import command_line, errors, python_api
from docs.site.markdown import headings, with_links
from docs.site.notebook import as_markdown
from docs.site.stage import SHARED, TOP, Stage
from nomad_swagger.cli.exit_codes import MEANINGS
from tests.docs.built import Page, broken_links, foreign_assets

SITE = TOP / "build" / "site"
BUILT = os.environ.get("NOMAD_SWAGGER_DOCS") == "1"
needs_site = pytest.mark.skipif(not BUILT, reason="make docs-check builds the site first")


@cache
def sources() -> dict[str, str]:
    return Stage().pages


@cache
def built() -> dict[Path, Page]:
    return {path.resolve(): Page(path.resolve()) for path in sorted(SITE.rglob("*.html"))}


def wanted() -> Iterator[tuple[str, str, str]]:
    """Give what must be told: the page (its beginning), how its source says it, and how HTML says it."""
    for name in python_api.public_names():
        place = "reference/errors" if python_api.is_error(name) else "reference/python/"
        yield place, rf"(:: |nomad_swagger\.){name}\n", rf'id="nomad_swagger\.{name}"'
    yield (
        "reference/python/testing",
        r":: nomad_swagger\.testing\.assert_operations\n",
        r'"nomad_swagger\.testing\.assert_',
    )
    yield "reference/python/testing", r"py:function:: nomad_spec\b", r'id="nomad_swagger\.testing\.nomad_spec"'
    yield "reference/python/testing", "--nomad-specs", "--nomad-specs"
    for kind in errors.all_errors():
        yield (
            "reference/errors",
            rf"autoexception:: nomad_swagger\.(errors\.)?{kind.__name__}\n",
            rf"\.{kind.__name__}\"",
        )
    for code, words in MEANINGS.items():
        told = re.escape(words.replace("--timeout", "`--timeout`"))
        yield "reference/errors", rf"\| {code} \| {told}", re.escape(html.escape(words))
    for path, command in command_line.commands():
        place, usage = f"{command_line.FOLDER}/{path[0]}", " ".join((command_line.PROGRAM, *path))
        yield place, rf"^{re.escape(usage)}\b", re.escape(usage)
        for option in command_line.options(command):
            for name in (*option.opts, *option.secondary_opts):
                if len(name) > 2:
                    yield place, rf"(?<![\w-]){re.escape(name)}(?![\w-])", rf"(?<![\w-]){re.escape(name)}(?![\w-])"


def missing(pages: dict[str, str], column: int) -> list[str]:
    """Give what no page tells that should."""
    return [
        f"{row[0]}: {row[column]}"
        for row in dict.fromkeys(wanted())
        if not any(re.search(row[column], text, re.M) for place, text in pages.items() if place.startswith(row[0]))
    ]


def test_no_public_name_error_command_or_option_is_missing() -> None:
    assert len(list(wanted())) > 500
    assert missing(sources(), 1) == []


def test_one_that_is_missing_is_named() -> None:
    without = {place: text.replace("--newest", "").replace(".search\n", "\n") for place, text in sources().items()}
    assert len(missing(without, 1)) == 2


def test_each_section_of_the_guide_stands_on_one_page() -> None:
    titles = [words for level, words in headings((TOP / "docs/guide.md").read_text("utf-8")) if level == 2]
    for title in titles:
        if title != "Errors":
            holding = [
                place
                for place, text in sources().items()
                if place.startswith("guide/") and title in [words for _, words in headings(text)]
            ]
            assert len(holding) == 1, title
    assert set(SHARED) <= set(titles)


def test_links_are_led_and_code_is_left_alone() -> None:
    text = "[a](b.md#c) `[d](e.md)`\n```text\n[f](g.md)\n```\n"
    assert with_links(text, str.upper) == "[a](B.MD#C) `[d](e.md)`\n```text\n[f](g.md)\n```\n"


def test_a_notebook_keeps_its_words_code_outputs_and_pictures() -> None:
    text, pictures = as_markdown((TOP / "tutorials/5-from-a-query-to-a-plot.ipynb").read_text("utf-8"), "five")
    assert "# From a query to a plot" in text
    assert "```python\nquery =" in text
    assert [data[:4] for data in pictures.values()] == [b"\x89PNG"] * 3
    assert all(f"]({name})" in text for name in pictures)


@needs_site
def test_no_name_is_missing_on_the_built_pages() -> None:
    pages = {path.relative_to(SITE.resolve()).as_posix(): path.read_text("utf-8") for path in built()}
    plain = {place: re.sub(r"</?(span|code|em|strong)[^>]*>", "", text) + text for place, text in pages.items()}
    lost = missing(plain, 2)
    print(f"{len(set(wanted()))} names, commands, options, errors; missing: {len(lost)}")
    assert lost == []


@needs_site
def test_every_link_on_the_built_pages_leads_somewhere() -> None:
    print(f"{len(built())} pages, {sum(len(page.links) for page in built().values())} links")
    assert len(built()) > 80
    assert broken_links(built()) == []


@needs_site
def test_the_built_pages_fetch_nothing_from_elsewhere() -> None:
    assert any(page.assets for page in built().values())
    assert foreign_assets(SITE, built()) == []


def test_a_broken_link_and_a_foreign_asset_are_found(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text(
        '<h1 id="top">a</h1><a href="#top"></a><a href="#no"></a><a href="b.html"></a>'
        '<script src="//x.org/y.js"></script>'
    )
    tmp_path.joinpath("a.css").write_text("@import 'https://x.org/f.css'; a { background: url(data:abc) }")
    pages = {page: Page(page)}
    assert broken_links(pages) == ["a.html: #no", "a.html: b.html", "a.html: //x.org/y.js"]
    assert foreign_assets(tmp_path, pages) == ["a.html: //x.org/y.js", "a.css: https://x.org/f.css"]


def test_a_new_text_finds_its_place_and_a_link_to_nothing_is_an_error(tmp_path: Path) -> None:
    for name in ("docs", "tutorials", *(path.name for path in TOP.glob("*.md") if path.name != "SECURITY.md")):
        copy = shutil.copytree if (TOP / name).is_dir() else shutil.copyfile
        copy(TOP / name, tmp_path / name)
    tmp_path.joinpath("SECURITY.md").write_text("# Holes\n\n[new](docs/new.md) [make](LICENSE)\n")
    tmp_path.joinpath("docs/new.md").write_text("# New\n\n[login](guide.md#logins)\n")
    tmp_path.joinpath("LICENSE").write_text("free")
    stage = Stage(tmp_path)
    assert "[new](../guide/new.md) [make](../LICENSE)" in stage.pages["about/security.md"]
    assert "[login](servers-and-logins.md#logins)" in stage.pages["guide/new.md"]
    assert "about/security\n" in stage.pages["index.md"]
    assert "new\n" in stage.pages["guide/index.md"]
    assert stage.files["LICENSE"] == b"free"
    tmp_path.joinpath("docs/new.md").write_text("[x](nowhere.md)\n")
    with pytest.raises(ValueError, match=r"docs/new.md: the link to nowhere.md leads to no text"):
        Stage(tmp_path)


def test_no_page_shows_a_control_character() -> None:
    for place, text in sources().items():
        assert not re.search(r"[\x00-\x08\x0b-\x1f]", text), place
