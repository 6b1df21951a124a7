"""What a release check finds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from nomad_swagger.version import __version__
from tests.packaging.release_check import TOP, sdist_problems, version_problems, wheel_problems

SETUP = b"""[options]
packages =
    nomad_swagger
    nomad_swagger.specs
package_dir =
    nomad_swagger.specs = specs
[options.package_data]
nomad_swagger = *.yaml, page/*
nomad_swagger.specs = *.json
"""
SDIST = {
    "setup.cfg": SETUP,
    "README.md": b"words",
    "nomad_swagger/a.py": b"a",
    "nomad_swagger/a.yaml": b"a: 1",
    "nomad_swagger/page/index.html": b"<p>",
    "nomad_swagger/page/inner/more.html": b"<p>",
    "specs/one.json": b"{}",
    "specs/sources/one.json": b"{}",
}
WHEEL = {
    "nomad_swagger/a.py": b"a",
    "nomad_swagger/a.yaml": b"a: 1",
    "nomad_swagger/page/index.html": b"<p>",
    "nomad_swagger/specs/one.json": b"{}",
    "nomad_swagger-0.1.0.dist-info/RECORD": b"",
}


def test_what_is_here_speaks_of_one_version() -> None:
    citation = yaml.safe_load((TOP / "CITATION.cff").read_text("utf-8"))
    assert list(version_problems((TOP / "CHANGELOG.md").read_text("utf-8"), citation)) == []
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_the_version_stands_in_no_other_file() -> None:
    places = ("setup.cfg", "setup.py", "pyproject.toml", "nomad_swagger/__init__.py")
    assert [name for name in places if __version__ in Path(TOP / name).read_text("utf-8")] == []


@pytest.mark.parametrize(
    ("changelog", "tag", "said"),
    [
        ("## 9.9.9 (unreleased)", "", "the newest heading of CHANGELOG.md 9.9.9"),
        ("## Soon", "", "no heading"),
        (f"## {__version__} (2026-01-31)", "v9.9.9", "the tag is v9.9.9"),
        (f"## {__version__} (unreleased)", f"v{__version__}", "still calls"),
        (f"## {__version__} (2026-02-01)", f"v{__version__}", "released on 2026-01-31"),
    ],
)
def test_a_wrong_version_is_named(changelog: str, tag: str, said: str) -> None:
    citation = {"version": __version__, "date-released": "2026-01-31"}
    assert said in "\n".join(version_problems(changelog, citation, tag))


def test_a_release_that_is_in_order_has_no_problem() -> None:
    citation = {"version": __version__, "date-released": "2026-01-31"}
    assert list(version_problems(f"# Changelog\n\n## {__version__} (2026-01-31)\n", citation, f"v{__version__}")) == []


def test_a_wheel_is_what_the_sdist_has_of_the_packages() -> None:
    assert list(wheel_problems(WHEEL, SDIST)) == []
    lacking = {name: content for name, content in WHEEL.items() if not name.endswith(".html")}
    assert list(wheel_problems(lacking, SDIST)) == [
        "the wheel lacks nomad_swagger/page/index.html: [options.package_data] in setup.cfg"
    ]
    assert list(wheel_problems({**WHEEL, "nomad_swagger/b.py": b""}, SDIST)) == [
        "the wheel has nomad_swagger/b.py, the sdist has no such thing"
    ]
    assert list(wheel_problems({**WHEEL, "nomad_swagger/a.py": b"b"}, SDIST)) == [
        "the wheel has another nomad_swagger/a.py than the sdist"
    ]


def test_an_sdist_is_what_git_tracks() -> None:
    made = {
        "PKG-INFO": b"",
        "nomad_swagger.egg-info/SOURCES.txt": b"",
        "setup.cfg": SETUP + b"\n[egg_info]\ntag_date = 0\n",
    }
    assert list(sdist_problems({**SDIST, **made}, SDIST)) == []
    assert list(sdist_problems({"setup.cfg": SETUP, "notes.txt": b""}, {"setup.cfg": SETUP, "Makefile": b""})) == [
        "the sdist lacks Makefile: MANIFEST.in",
        "the sdist has notes.txt, which git does not track",
    ]
    other = SETUP.replace(b"*.yaml", b"*.yml")
    assert list(sdist_problems({"setup.cfg": other}, {"setup.cfg": SETUP})) == [
        "the sdist has another setup.cfg than the checkout"
    ]
