"""An entry as v1 shows it, from the same document and the same archive that v0 shows.

Knows names and nesting of both generations. It must not know the store or HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from nomad_sandbox.dotted import get, put
from nomad_sandbox.v1.answers import not_a_quantity, without_none
from nomad_sandbox.v1.document import NOMAD_VERSION
from nomad_sandbox.v1.quantities import NO_VALUES, load_quantities

_COPIED = ("main_author.", "authors.", "viewers.", "writers.", "datasets.", "mainfile.", "files.", "pid")
LICENSE = "CC BY 4.0"
_TIMES = ("upload_create_time", "entry_create_time", "last_processing_time")


def with_zone(time: str | None) -> str | None:
    """Give a time with the mark for UTC that v1 writes."""
    return time and time.removesuffix("+00:00") + "Z"


# What every entry has, also where there is nothing to tell. A version's own commit is not known here.
_ALWAYS: Mapping[str, Any] = {
    "license": LICENSE,
    "n_quantities": 0,
    "nomad_version": NOMAD_VERSION,
    "nomad_commit": "",
    "nomad_distro_commit_url": "",
    "readonly": False,
    "references": [],
}


def _person(person: Mapping[str, Any]) -> dict[str, Any]:
    return {"user_id": person["user_id"], "name": person["name"]}


def _people(document: Mapping[str, Any]) -> dict[str, Any]:
    main, authors, owners = document.get("uploader"), document.get("authors", []), document.get("owners", [])
    viewers = {person["user_id"]: _person(person) for person in (*authors, *owners)}
    return {
        "main_author": main and _person(main),
        "authors": [_person(person) for person in authors],
        "writers": [_person(person) for person in authors],
        "writer_groups": [],
        "viewers": list(viewers.values()),
        "viewer_groups": [],
        "origin": main["name"] if main else "",
    }


def describe_dataset(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Give a dataset as v1 shows it; its time comes without a zone, as in NOMAD."""
    created = dataset.get("created")
    time = created and created.removesuffix("+00:00")
    return without_none(
        {
            "dataset_id": dataset["dataset_id"],
            "dataset_name": dataset["name"] if dataset["name"] != dataset["dataset_id"] else None,
            "doi": dataset.get("doi"),
            "user_id": dataset.get("user_id"),
            "dataset_create_time": time,
            "dataset_modified_time": time,
            "dataset_type": "owned",
        }
    )


def metadata_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Give an entry's metadata; keys without a value are absent."""
    metadata: dict[str, Any] = {}
    for name, quantity in load_quantities().items():
        if not quantity.paths or name.startswith(_COPIED):
            continue
        value = get(document, quantity.paths[0])
        if value is not None and value not in NO_VALUES:
            put(metadata, name, with_zone(value) if name in _TIMES else value)
    atoms = document.get("atoms", [])
    put(metadata, "results.material.elements_exclusive", " ".join(sorted(atoms)))
    put(metadata, "results.material.n_elements", len(atoms))
    datasets = [describe_dataset(dataset) for dataset in document.get("datasets", ())]
    if references := get(document, "archive.references"):
        metadata["entry_references"] = references
    return {**_ALWAYS, **metadata, "entry_type": _entry_type(document), **_people(document), "datasets": datasets}


def indexed(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Give metadata as the index itself holds them: without what is added later, with its words for suggestions."""
    names = {name: str(metadata[name]) for name in ("entry_name", "mainfile", "upload_name") if metadata.get(name)}
    names.setdefault("entry_name", names.get("mainfile", ""))
    held = {key: value for key, value in metadata.items() if key != "license"}
    words = {f"{name}__suggestion": [value] for name, value in {**names, "name": names["entry_name"]}.items()}
    return {**held, **words}


def _entry_type(document: Mapping[str, Any]) -> str:
    if "archive" in document:
        return str(document["archive"].get("entry_type") or "unknown")
    return f"{get(document, 'dft.code_name', 'unknown')} calculation"


def check_names(patterns: Iterable[str], place: str) -> None:
    """Refuse names that neither are quantities nor sections of such.

    Raises
    ------
    Refusal
        422
    """
    names = load_quantities()
    for pattern in patterns:
        if "*" not in pattern and not any(name == pattern or name.startswith(pattern + ".") for name in names):
            raise not_a_quantity(pattern, "required", place)


def choose(metadata: Any, required: Mapping[str, Any] | None, *, always: Iterable[str] = ()) -> Any:
    """Keep of an entry's metadata what a request requires: names, sections, or names with stars."""
    include = (required or {}).get("include")
    exclude = (required or {}).get("exclude") or []
    if include is None and not exclude:
        return metadata
    return _choose(metadata, "", None if include is None else [*include, *always], exclude)


def _named(path: str, patterns: Iterable[str]) -> bool:
    return any(
        fnmatchcase(path, pattern) or fnmatchcase(path, pattern.removesuffix(".*")) or path.startswith(pattern + ".")
        for pattern in patterns
    )


def _choose(data: Any, path: str, include: list[str] | None, exclude: list[str]) -> Any:
    if isinstance(data, Mapping):
        kept = {}
        for key, value in data.items():
            below = f"{path}.{key}" if path else str(key)
            if _named(below, exclude):
                continue
            whole = include is None or _named(below, include)
            chosen = _choose(value, below, None if whole else include, exclude)
            if whole or (isinstance(chosen, (dict, list)) and chosen):
                kept[key] = chosen
        return kept
    if isinstance(data, list):
        chosen = [_choose(item, path, include, exclude) for item in data]
        return chosen if include is None else [item for item in chosen if isinstance(item, dict) and item]
    return data
