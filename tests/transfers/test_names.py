"""Names from elsewhere: none leads out of the folder, and no two are one on another file system."""

from __future__ import annotations

from pathlib import Path

import pytest

from nomad_swagger.errors import UsageError
from nomad_swagger.transfers.names import Below, inside, refuse_clashes, wanted


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "a\\..\\x", "C:x", "", "a\0b", "..", "x/.."])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="nothing was downloaded"):
        inside(tmp_path, name)


def test_a_link_on_the_way_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "out").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="a link on the way leads out"):
        inside(tmp_path / "to", "out/x")
    below = Below(tmp_path / "to")
    assert below.path("in/x") == tmp_path / "to" / "in" / "x"
    with pytest.raises(UsageError, match="a link on the way leads out"):
        below.path("out/y")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/POSCAR", "a/poscar"),
        ("caf\u00e9", "cafe\u0301"),
        ("a", "a/b"),
        ("x", "x"),
        ("A/b", "a"),
        ("stra\u00dfe", "STRASSE"),
    ],
)
def test_two_names_that_are_one_elsewhere_are_refused(one: str, other: str) -> None:
    for pair in ((one, other), (other, one)):
        with pytest.raises(UsageError, match="would be one file on some file systems"):
            refuse_clashes((Path(name), name) for name in pair)


def test_names_that_differ_are_fine() -> None:
    refuse_clashes((Path(name), name) for name in ("a/x", "a/y", "b/x", "a.x"))


@pytest.mark.parametrize(
    ("path", "include", "exclude", "is_wanted"),
    [
        ("a/b/vasprun.xml.gz", ["*vasprun.xml*"], [], True),
        ("a/b/OUTCAR", ["OUTCAR"], [], True),
        ("a/b/OUTCAR", ["a/*"], ["*/OUTCAR"], False),
        ("a/b/OUTCAR", [], [], True),
        ("a/b/outcar", ["OUTCAR"], [], False),
        ("a/b/OUTCAR", ["x", "b*"], [], False),
    ],
)
def test_patterns_are_for_the_path_or_the_name(
    path: str, include: list[str], exclude: list[str], is_wanted: bool
) -> None:
    assert wanted(path, include, exclude) == is_wanted
