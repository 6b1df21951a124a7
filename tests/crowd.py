"""More entries than NOMAD gives by pages, made once for all processes of a run of the tests: that takes seconds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from nomad_sandbox import Sandbox

MANY = 10_050


@contextmanager
def crowded_sandbox(factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Run a sandbox with ``MANY`` entries, whose data are its own."""
    own = factory.mktemp("crowd") / "data"
    shutil.copytree(_made(factory), own)
    with Sandbox(data=own) as box:
        yield box
    shutil.rmtree(own)


def _made(factory: pytest.TempPathFactory) -> Path:
    # xdist gives each of its workers a folder in one of the run
    run = factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else factory.getbasetemp()
    made = run / "crowd-of-all"
    with FileLock(f"{made}.lock"):
        if not made.exists():
            being_made = made.with_suffix(".part")
            with Sandbox(data=being_made) as box:
                box.add_entries(MANY)
            being_made.rename(made)
    return made
