"""Whether a folder of snapshots is what its index says.

Knows every way in which the two can come apart, and says each in words; it reports, and changes nothing. Whether a
server still answers as its snapshot says is a diff, not a verification.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from nomad_swagger.apispec.canonical import canonical_bytes
from nomad_swagger.apispec.model import Origin, Spec
from nomad_swagger.apispec.outline import endpoints_of
from nomad_swagger.apispec.read import read_document
from nomad_swagger.apispec.references import refuse_external_references
from nomad_swagger.apispec.snapshots import INDEX, Snapshot, read_index
from nomad_swagger.errors import SpecError, SpecNotFound
from nomad_swagger.generations.generation import load_generation
from nomad_swagger.light import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a folder of snapshots.

    Attributes
    ----------
    snapshot : str
        Its name; empty for the folder itself.
    path : Path
        The file that is at fault.
    kind : str
        ``missing``, ``changed``, ``not-canonical``, ``unreadable``, ``invalid``, ``count``, ``generation``,
        ``incomplete`` or ``unlisted``.
    message : str
        In words, with the file's name.
    """

    snapshot: str
    path: Path
    kind: str
    message: str


def verify_folder(
    folder: Path, names: Sequence[str] = (), *, is_known_valid: Callable[[str], bool] = lambda sha256: False
) -> list[Problem]:
    """Check the snapshots of a folder: hashes, form, validity, and that our verbs find their operations.

    Parameters
    ----------
    folder : Path
    names : sequence of str
        Only these; all, and files that no line of the index names, where none is given.
    is_known_valid : callable, optional
        Tells of a SHA-256 whether that content was found valid before (``SpecCache.is_valid``). Validation takes
        about a second for NOMAD's largest document; everything else takes milliseconds, and is always done.

    Returns
    -------
    list of Problem
        Empty where everything is as it should be.

    Raises
    ------
    SpecError
        The index cannot be understood.
    SpecNotFound
        The folder has no snapshot of a given name.
    """
    rows = read_index(folder)
    if unknown := [name for name in names if name not in rows]:
        raise SpecNotFound(f"no snapshot {unknown[0]!r} in {folder}; there are {', '.join(sorted(rows)) or 'none'}")
    problems = [problem for name in names or sorted(rows) for problem in _check(rows[name], is_known_valid)]
    return problems if names else [*problems, *_unlisted(folder, rows)]


def _check(snapshot: Snapshot, is_known_valid: Callable[[str], bool]) -> Iterator[Problem]:
    def problem(kind: str, message: str) -> Problem:
        return Problem(snapshot.name, snapshot.path, kind, f"{snapshot.path}: {message}")

    try:
        content = snapshot.path.read_bytes()
    except OSError as error:
        yield problem("missing", f"the index names it, and it cannot be read ({error.strerror or error})")
        return
    is_changed = hashlib.sha256(content).hexdigest() != snapshot.sha256
    if is_changed:
        yield problem("changed", "its content is not what the index says (sha256 differs): somebody edited it")
    try:
        document = read_document(content, where=str(snapshot.path))
    except SpecError as error:
        yield Problem(snapshot.name, snapshot.path, "unreadable", str(error))
        return
    if content != canonical_bytes(document) and not is_changed:
        yield problem("not-canonical", "it is not in canonical form (sorted keys, no spaces): pin it anew")
    known = not is_changed and is_known_valid(snapshot.sha256)
    yield from _check_document(snapshot, document, problem, known_valid=known)


def _check_document(
    snapshot: Snapshot, document: dict[str, object], problem: Callable[[str, str], Problem], *, known_valid: bool
) -> Iterator[Problem]:
    spec = Spec(document, Origin("snapshot", snapshot.name), snapshot.sha256)
    try:
        refuse_external_references(document, str(snapshot.path))
        if not known_valid:
            spec.verify()
    except SpecError as error:
        yield problem("invalid", str(error).removeprefix(f"{snapshot.path}: "))
        return
    count = len(endpoints_of(document))
    if count != snapshot.operations:
        yield problem("count", f"it has {count} operations, and the index says {snapshot.operations}")
    if spec.generation != snapshot.generation:
        known = spec.generation or "none that we know"
        yield problem("generation", f"it is of generation {known}, and the index says {snapshot.generation}")
    elif spec.generation:
        for verb, operations in sorted(load_generation(spec.generation).missing(spec.interface).items()):
            wanted = " nor ".join(operations)
            yield problem("incomplete", f"`{verb}` cannot work with it: it has no {wanted}")


def _unlisted(folder: Path, rows: Mapping[str, Snapshot]) -> Iterator[Problem]:
    listed = {snapshot.path.resolve() for snapshot in rows.values()}
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        if path.resolve() not in listed and not path.name.startswith("."):
            message = f"{path}: no line of {INDEX} names it, so nothing watches over it: pin it, or remove it"
            yield Problem("", path, "unlisted", message)
