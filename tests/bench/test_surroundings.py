"""What a measured process finds around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.surroundings import around
from bench.table import Way


def test_nothing_that_the_user_set_reaches_what_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "NOMAD_CLIENT_URL", "XDG_CACHE_HOME", "https_proxy"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/kept")
    env = around(Way("any", ("true",), "end", env={"COMP_CWORD": "4"}), tmp_path)
    assert not {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "NOMAD_CLIENT_URL", "XDG_CACHE_HOME", "https_proxy"} & set(env)
    assert (env["LD_LIBRARY_PATH"], env["COMP_CWORD"]) == ("/kept", "4")
    assert (env["HOME"], env["NOMAD_SWAGGER_CACHE"]) == (str(tmp_path), str(tmp_path / "cache"))


def test_a_fresh_way_never_finds_what_an_earlier_run_cached(tmp_path: Path) -> None:
    way = Way("verify", ("true",), "end", fresh=True)
    first, second = (Path(around(way, tmp_path)["NOMAD_SWAGGER_CACHE"]) for _ in range(2))
    assert first != second
    assert not list(first.iterdir())
