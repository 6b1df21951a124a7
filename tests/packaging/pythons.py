"""A chosen part of the tests on other Pythons, and with the oldest libraries that ``setup.cfg`` admits.

``python -m tests.packaging.pythons 3.10 3.13`` makes an environment for each version (``.venv-3.10``), installs the
newest libraries and runs the part; ``--lowest 3.10`` installs the oldest in place of them. uv finds the Pythons, on the
PATH and where pyenv keeps its own, or fetches them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

TOP = Path(__file__).parents[2]
PART = (
    "tests/apispec/openapi3/test_nomad_documents.py",
    "tests/apispec/test_check.py",
    "tests/apispec/test_load.py",
    "tests/auth",
    "tests/calls",
    "tests/client",
    "tests/generations",
    "tests/science/test_frames.py",
    "tests/science/test_units.py",
    "tests/science/test_values.py",
    "tests/screen",
    "tests/transport",
    "tests/cli/test_main.py",
    "tests/cli/test_search.py",
    "tests/sandbox/test_espresso_readings.py",
    "tests/test_disk.py",
    "tests/test_settings.py",
)
WITH_FORKS = ("tests/specs", "tests/journeys/test_generations.py")  # not on Windows
_UV = (sys.executable, "-m", "uv", "--quiet")


def main() -> None:
    """Test on each Python that is asked for; the first that fails ends it."""
    parser = argparse.ArgumentParser(prog="python -m tests.packaging.pythons", description=__doc__)
    parser.add_argument("pythons", nargs="+", metavar="VERSION")
    parser.add_argument("--lowest", action="store_true", help="with the oldest libraries that setup.cfg admits")
    asked = parser.parse_args()
    for version in asked.pythons:
        begin = time.monotonic()
        python = environment(version, lowest=asked.lowest)
        ready = time.monotonic()
        print(f"=== Python {version}, {'oldest' if asked.lowest else 'newest'} libraries", flush=True)
        part = (*PART, *(WITH_FORKS if hasattr(os, "fork") else ()))
        if subprocess.run([python, "-m", "pytest", "-n", "2", *part], cwd=TOP, check=False).returncode:
            raise SystemExit(f"Python {version}: the tests failed")
        print(f"=== Python {version}: installed in {ready - begin:.0f} s, tested in {time.monotonic() - ready:.0f} s")


def environment(version: str, *, lowest: bool) -> Path:
    """Make an environment of one Python, with all that the tests need."""
    folder = TOP / (".venv-lowest" if lowest else f".venv-{version}")
    uv("venv", "--allow-existing", "--python", version, str(folder), env=with_pyenv(os.environ))
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    constraints = folder / "lowest.txt"
    if lowest:
        # uv keeps the pins of a file that it writes anew, unless it is to upgrade
        oldest = ("--resolution", "lowest-direct", "--upgrade", "--python-version", version)
        uv("pip", "compile", "setup.cfg", "--extra", "all", *oldest, "--output-file", str(constraints))
    bounds = ("--constraints", str(constraints)) if lowest else ("--upgrade",)
    uv("pip", "install", "--python", str(python), *bounds, "--editable", ".[test]")
    return python


def with_pyenv(env: Mapping[str, str]) -> dict[str, str]:
    """Give the environment with pyenv's Pythons on the PATH; its shims know one of them only."""
    root = Path(env.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [str(path) for path in sorted(root.glob("versions/*/bin"))]
    return {**env, "PATH": os.pathsep.join([*folders, env.get("PATH", "")])}


def uv(*words: str, env: Mapping[str, str] | None = None) -> None:
    """Run uv, and let it say why it could not."""
    done = subprocess.run([*_UV, *words], cwd=TOP, env=env, check=False)
    if done.returncode:
        hint = ": put that Python on the PATH, or have pyenv install it" if words[0] == "venv" else ""
        raise SystemExit(f"uv {' '.join(words)} failed{hint}")


if __name__ == "__main__":
    main()
