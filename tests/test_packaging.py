"""What is installed is what is there."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
PACKAGES = ("nomad_sandbox", "nomad_swagger")


@pytest.fixture(scope="module")
def config() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(TOP / "setup.cfg")
    return parser


def test_every_package_is_listed(config: configparser.ConfigParser) -> None:
    listed = set(config["options"]["packages"].split())
    there = {
        ".".join(path.parent.relative_to(TOP).parts)
        for package in PACKAGES
        for path in (TOP / package).rglob("__init__.py")
    } | {"nomad_swagger.specs", "nomad_swagger.tutorials"}
    assert listed == there


def test_every_data_file_is_installed(config: configparser.ConfigParser) -> None:
    patterns = {
        package: [pattern.strip() for pattern in line.split(",")]
        for package, line in config["options.package_data"].items()
    }
    for path in (path for package in PACKAGES for path in (TOP / package).rglob("*")):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            candidates = [
                folder for folder in path.parents if TOP in folder.parents and (folder / "__init__.py").exists()
            ]
            assert any(
                path.match(f"{folder.relative_to(TOP).as_posix()}/{pattern}")
                for folder in candidates
                for pattern in patterns.get(".".join(folder.relative_to(TOP).parts), [])
            ), f"{path.relative_to(TOP)} is not installed"


def test_every_dependency_has_its_reason(config: configparser.ConfigParser) -> None:
    reasons = (TOP / "docs" / "dependencies.md").read_text().lower()
    lines = config["options"]["install_requires"].splitlines()
    for extra in ("dashboard", "keyring", "sandbox", "shell"):
        lines += config["options.extras_require"][extra].splitlines()
    for line in filter(None, lines):
        name = line.split(">")[0].split("[")[0].strip().lower()
        assert name in reasons, f"docs/dependencies.md does not say what {name} is for"
