"""The pytest plugin: ``nomad_spec("name")`` in a user's tests.

Is loaded into every pytest run of whoever has this package installed, so nothing but pytest is imported until the
fixture is used.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec

_OPTION = "--nomad-specs"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for the folder of pinned descriptions."""
    group = parser.getgroup("nomad-swagger")
    group.addoption(
        _OPTION,
        metavar="DIR",
        help="folder of pinned NOMAD API descriptions (default: specs/ in pytest's root folder, if there is one)",
    )


@pytest.fixture(scope="session")
def nomad_spec(pytestconfig: pytest.Config) -> Callable[[str], Spec]:
    """Give a function that loads an API description: a pinned one by its name, or a file or URL.

    Each is loaded once in a run. A pin that is not what its index says fails the test.

    Examples
    --------
    ::

        def test_our_script_still_works(nomad_spec):
            assert_operations(nomad_spec("our-oasis"), ["uploads.upload", "repo.search:dft.system"])
    """
    from nomad_swagger.apispec.load import load_spec

    folder = _folder(pytestconfig)
    loaded: dict[str, Spec] = {}

    def load(name: str) -> Spec:
        if name not in loaded:
            loaded[name] = load_spec(name, specs=folder)
        return loaded[name]

    return load


def _folder(config: pytest.Config) -> Path | None:
    named = config.getoption(_OPTION)
    if named:
        return Path(str(named)).resolve()
    usual = config.rootpath / "specs"
    return usual if usual.is_dir() else None
