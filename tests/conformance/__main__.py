"""Hold a NOMAD against what NOMAD's own servers were seen to answer.

    python -m tests.conformance                      the embedded NOMAD: each face in turn, each with data of its own
    python -m tests.conformance --face 0.8.6 --only see.
    python -m tests.conformance API --user U --password P --user2 U --password2 P [--keycloak URL --realm R]

The second form asks a NOMAD of yours, with two accounts. It makes, publishes and edits uploads, and what is published
stays: use it on servers that are yours alone. Exit code 1 where anything differs (and is not on purpose).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.comparison import HERE, Comparison, Face, Purpose, compare, read_faces, read_facts

_OWNER, _OTHER = "leonard", "sheldon"
_PASSWORD = "password"


@dataclass(frozen=True)
class Server:
    """A NOMAD and the options of ``observe`` that name its accounts."""

    api: str
    options: tuple[str, ...]


@contextmanager
def embedded(face: Face) -> Iterator[Server]:
    """Give a face of an embedded NOMAD without any data, for as long as it runs."""
    from nomad_sandbox import Sandbox

    with Sandbox() as sandbox:
        accounts = ("--user", _OWNER, "--password", _PASSWORD, "--user2", _OTHER, "--password2", _PASSWORD)
        yield Server(getattr(sandbox, face.url), ("--keycloak", sandbox.keycloak_url, *accounts))


def observe(server: Server, generation: str, output: Path, *, only: str | None = None) -> dict[str, object]:
    """Ask a server all questions, or those whose names begin with ``only``; give what it answered."""
    command = [sys.executable, str(HERE / "observe"), server.api, "--generation", generation, *server.options]
    command += ["--only", only] if only else []
    subprocess.run([*command, "-o", str(output)], check=True, stderr=subprocess.DEVNULL)
    return read_facts(output)


def hold(face: Face, server: Server, purposes: Sequence[Purpose], *, only: str | None, keep: Path | None) -> Comparison:
    """Ask a server, and compare what it answers with the facts of a face."""
    facts = read_facts(face.facts)
    facts["probes"] = [probe for probe in facts["probes"] if probe["name"].startswith(only or "")]
    with tempfile.TemporaryDirectory() as folder:
        seen = observe(server, face.generation, (keep or Path(folder)) / f"seen-{face.name}.json", only=only)
    return compare(facts, seen, [one for one in purposes if one.probe.startswith(only or "")])


def report(name: str, found: Comparison) -> None:
    """Print each difference, and the three numbers."""
    for line in found.different:
        print(f"  {line}")
    print(
        f"{name}: {len(found.same)} same, {len(found.on_purpose)} on purpose, {found.probes_that_differ} different",
        flush=True,
    )


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.conformance", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("api", nargs="?", metavar="API", help="a NOMAD of yours; without it, the embedded one")
    parser.add_argument(
        "--face", choices=sorted(read_faces()), help="only this one; whose facts an API is held against"
    )
    parser.add_argument("--facts", type=Path, metavar="FILE", help="other facts than those of the face")
    parser.add_argument("--only", metavar="NAME", help="only the probes whose name begins so")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep what was seen there")
    for name in ("keycloak", "realm", "user", "password", "user2", "password2"):
        parser.add_argument(f"--{name}", help="as `observe` takes it, for an API")
    return parser.parse_args(words)


def _with_facts(face: Face, facts: Path | None) -> Face:
    return face if facts is None else Face(face.name, face.generation, facts, face.url, face.on_purpose)


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; give the exit code."""
    asked, faces = _arguments(words), read_faces()
    if asked.keep is not None:
        asked.keep.mkdir(parents=True, exist_ok=True)
    if asked.api is not None:
        named = asked.face or ("1.4.3" if asked.api.rstrip("/").endswith("/v1") else "0.8.6")
        names = ("keycloak", "realm", "user", "password", "user2", "password2")
        given = {name: getattr(asked, name) for name in names if getattr(asked, name) is not None}
        server = Server(asked.api, tuple(word for name, value in given.items() for word in (f"--{name}", value)))
        # what the embedded NOMAD does otherwise is no excuse for a real one
        found = hold(_with_facts(faces[named], asked.facts), server, (), only=asked.only, keep=asked.keep)
        report(named, found)
        return 1 if found.different else 0
    failed = False
    for name, face in faces.items():
        if asked.face in (None, name):
            with embedded(face) as server:
                found = hold(_with_facts(face, asked.facts), server, face.on_purpose, only=asked.only, keep=asked.keep)
            report(name, found)
            failed = failed or bool(found.different)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
