"""Build the shipped snapshots: what a NOMAD version offers (facts), told in our words (texts).

``nomad-<version>.json`` beside this file holds a version's interface; ``v0/`` and ``v1/`` hold the texts of a
generation, ``both/`` what is said the same way in each. Run it with ``make pins``; ``--check`` only compares.
Facts are never changed here, only described: a description that is missing, or that describes nothing, is an error.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from describe import describe
from texts import SourceError, Texts, read_texts

from nomad_swagger.apispec.canonical import canonical_bytes
from nomad_swagger.disk import write_atomically

SOURCES = Path(__file__).resolve().parent
SPECS = SOURCES.parent
INDEX_HEAD = "# Written by specs/sources/build.py (make pins). Do not edit.\n"


def build(sources: Path = SOURCES) -> dict[str, bytes]:
    """Give every file that the sources stand for, by name.

    Raises
    ------
    SourceError
        A text is missing, or describes nothing that any version has; all of them are named.
    """
    texts = {generation: read_texts(sources, generation) for generation in ("v0", "v1")}
    files: dict[str, bytes] = {}
    index: dict[str, dict[str, Any]] = {}
    for path in sorted(sources.glob("nomad-*.json")):
        document = json.loads(path.read_text("utf-8"))
        generation = "v0" if "swagger" in document else "v1"
        operations = describe(document, texts[generation])
        files[path.name] = canonical_bytes(document)
        version = path.stem.removeprefix("nomad-")
        index[path.stem] = {
            "file": path.name,
            "generation": generation,
            "source": f"the interface of NOMAD {version}, described by this project (specs/sources)",
            "sha256": hashlib.sha256(files[path.name]).hexdigest(),
            "operations": operations,
            "nomad_version": version,
        }
    _complain(texts)
    files["index.yaml"] = (INDEX_HEAD + yaml.safe_dump(index, sort_keys=False, width=120)).encode()
    return files


def _complain(texts: dict[str, Texts]) -> None:
    """Raise for every text that is missing or that nothing asked for."""
    missing = [f"{name}: no text for {key}" for name, text in texts.items() for key in sorted(text.missing)]
    # A text in both/ is read for each generation, and one that uses it is enough.
    shared = {key for text in texts.values() for key in text.used if text.origin[key].startswith("both/")}
    unused = {f"{text.origin[key]}: nothing is called {key}" for text in texts.values() for key in text.unused - shared}
    if missing or unused:
        raise SourceError("\n".join([*missing, *sorted(unused)]))


def stale(files: dict[str, bytes], folder: Path = SPECS) -> list[str]:
    """Name the committed files that are not what the sources give."""
    known = {path.name for path in folder.glob("nomad-*.json")} | set(files)
    return sorted(name for name in known if _read(folder / name) != files.get(name))


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def write(files: dict[str, bytes], folder: Path = SPECS) -> None:
    """Write each file whole or not at all, the index after what it names."""
    for name, content in sorted(files.items(), key=lambda item: item[0] == "index.yaml"):
        write_atomically(folder / name, content)


def main(arguments: list[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> int:
    """Build or check; give the exit code."""
    parser = argparse.ArgumentParser(description="Build the API snapshots in specs/ from specs/sources/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a snapshot is not up to date")
    options = parser.parse_args(arguments)
    try:
        files = build()
    except SourceError as error:
        say(f"{error}\n")
        return 1
    changed = stale(files)
    if not options.check:
        write(files)
    verb = "is not what its sources give: run make pins" if options.check else "written"
    say("".join(f"specs/{name} {verb}\n" for name in changed) or "all snapshots are up to date\n")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
