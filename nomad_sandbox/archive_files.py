"""Archive files as entries: ``*.archive.json`` and ``*.archive.yaml``, in which people write an entry themselves.

What they say is kept as it is; no schema is asked. An archive file that tells the material of a calculation beside it
describes that calculation, and makes no entry of its own: NOMAD without a parser for the calculation would make the
entry of the archive file, and with one it would make both. Knows the files. It must not know HTTP.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from nomad_sandbox.archive_quantities import own_quantities
from nomad_sandbox.calcs import Calc
from nomad_sandbox.store import Store

PARSER = "parsers/archive"
MAX_BYTES = 64 << 20
_NAME = re.compile(r"(.*\.)?archive\.(json|yaml|yml)", re.DOTALL)
_TOLD = ("comment", "references", "external_id")


class BadArchiveFile(Exception):
    """A file that holds no archive."""


def take_archives(store: Store, upload_id: str) -> None:
    """Let archive files of an upload be entries; of an upload by v0 they are not."""
    with store.change() as connection:
        connection.execute("INSERT OR IGNORE INTO archive_uploads VALUES (?)", (upload_id,))


def takes_archives(store: Store, upload_id: str) -> bool:
    """Tell whether archive files of an upload are entries."""
    return store.row("SELECT 1 FROM archive_uploads WHERE upload_id = ?", (upload_id,)) is not None


def read_archive_file(path: Path) -> dict[str, Any]:
    """Give the archive that a file holds.

    Raises
    ------
    BadArchiveFile
    """
    if path.stat().st_size > MAX_BYTES:
        raise BadArchiveFile(f"larger than {MAX_BYTES >> 20} MiB")
    try:
        text = path.read_text("utf-8")
        content = json.loads(text) if path.suffix == ".json" else _plain(yaml.safe_load(text))
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise BadArchiveFile(f"cannot be read: {str(error)[:200]}") from error
    if not isinstance(content, dict):
        raise BadArchiveFile("holds no sections")
    return content


def _plain(content: Any) -> Any:
    """Give what YAML holds as JSON would hold it: times as texts, names as texts."""
    return json.loads(json.dumps(content, default=str))


def _section(archive: Any, *names: str) -> dict[str, Any]:
    for name in names:
        archive = archive.get(name) if isinstance(archive, Mapping) else None
    return archive if isinstance(archive, dict) else {}


def describe_archive(archive: Mapping[str, Any], *, upload_id: str = "") -> dict[str, Any]:
    """Give the quantities by which an archive can be found: its material, its kind, its name, its own ones."""
    material, data = _section(archive, "results", "material"), _section(archive, "data")
    elements = [str(symbol) for symbol in material.get("elements") or () if isinstance(symbol, str)]
    kind = str(data.get("m_def") or "").rpartition(".")[2].rpartition("/")[2]
    found: dict[str, Any] = {"archive": {"entry_type": kind or None, "entry_name": data.get("name")}}
    found["archive"] |= own_quantities(archive, upload_id)
    if elements:
        found |= {"atoms": elements, "only_atoms": "".join(elements), "dft": {"optimade": {"nelements": len(elements)}}}
    formula = material.get("chemical_formula_hill")
    return found | ({"formula": formula} if isinstance(formula, str) else {})


def told_in(archive: Mapping[str, Any]) -> dict[str, Any]:
    """Give what an archive's own metadata tell of the entry: comment, references, external id."""
    metadata = _section(archive, "metadata")
    return {name: metadata[name] for name in _TOLD if metadata.get(name)}


def find_archive_files(folder: Path, calcs: Iterable[Calc]) -> list[str]:
    """Give the paths of archive files that become entries, beside the calculations that were read already."""
    calcs = list(calcs)
    known = {calc.mainfile for calc in calcs}
    read = (calc for calc in calcs if calc.parser != PARSER and calc.tasks_status == "SUCCESS")
    beside = Counter((calc.folder, calc.found.get("formula")) for calc in read)
    found = []
    for path in sorted(folder.rglob("*archive.*")):
        mainfile = path.relative_to(folder).as_posix()
        if not _NAME.fullmatch(path.name) or not path.is_file() or path.is_symlink() or mainfile in known:
            continue
        twin = (mainfile.rpartition("/")[0], _formula(path))
        if beside[twin] > 0:
            beside[twin] -= 1
        else:
            found.append(mainfile)
    return found


def _formula(path: Path) -> str:
    try:
        return str(describe_archive(read_archive_file(path)).get("formula", ""))
    except BadArchiveFile:
        return ""  # an entry that fails tells why
