"""What a measured process finds around it: an empty home, and nothing of the user's but the system."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bench.table import Way

_THE_USERS = ("NOMAD_", "XDG_", "PYTHON")


def environment(home: Path) -> dict[str, str]:
    """Give an environment without settings, logins, caches and proxies of the user's, and without wishes to Python.

    So what Python compiles is kept, which ``PYTHONDONTWRITEBYTECODE`` would forbid: a checkout would be compiled at
    each start, while what is installed was compiled once.
    """
    kept = {name: value for name, value in os.environ.items() if not _is_the_users(name.upper())}
    return {**kept, "HOME": str(home), "NOMAD_SWAGGER_CACHE": str(home / "cache")}


def around(way: Way, home: Path) -> dict[str, str]:
    """Give the environment of one run of a way."""
    fresh = {"NOMAD_SWAGGER_CACHE": tempfile.mkdtemp(prefix="cache-", dir=home)} if way.fresh else {}
    return {**environment(home), **fresh, **(way.env or {})}


def _is_the_users(name: str) -> bool:
    return name.startswith(_THE_USERS) or name.endswith("_PROXY")
