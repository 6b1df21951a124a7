"""The helpers as the one request that each of them is about, and as their own commands.

Knows how a helper's arguments become a verb's. What a helper does around its request (waiting, checking, paging) is not
in a recipe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import UnknownArgument, UsageError
from nomad_swagger.explore.ingredients import Text
from nomad_swagger.explore.shell import file_word, quoted
from nomad_swagger.flows.quantities import bind
from nomad_swagger.flows.zips import QUERY_ZIP, folder_call, zip_name
from nomad_swagger.transport.bodies import FileBody, FolderBody
from nomad_swagger.transport.call import PreparedCall

if TYPE_CHECKING:
    from nomad_swagger.client.nomad import Nomad


@dataclass(frozen=True)
class FlowRequest:
    """A helper's request, and its own command as words that are quoted already.

    ``save_as`` is the file that the helper writes; empty where the request tells.
    """

    call: PreparedCall
    words: list[str]
    save_as: str = ""


def flow_request(nomad: Nomad, name: str, arguments: Mapping[str, Any]) -> FlowRequest | None:
    """Give the request of a helper; None where ``name`` is no helper's, or this server is none that we know.

    Raises
    ------
    UnknownArgument, UsageError
    """
    if name not in HELPERS or not nomad.spec.generation:
        return None
    return HELPERS[name](nomad, dict(arguments))


def _search(nomad: Nomad, given: dict[str, Any]) -> FlowRequest:
    owner, limit = given.pop("owner", "public"), given.pop("limit", None)
    fields = {name: _listed(given.pop(name, None)) for name in ("include", "exclude")}
    pages = nomad.verb("search").pages
    size = min(int(limit), pages.page_items) if limit is not None and pages else pages.page_items if pages else None
    paging = {pages.size: max(size, 1)} if pages and pages.size and size is not None else {}
    call = nomad.prepare_verb(
        "search", {"owner": owner, **fields}, native={**_one_query(nomad, "search", given), **paging}
    )
    options = _options({"owner": owner if owner != "public" else None, "limit": limit, **fields})
    return FlowRequest(call, ["search", *_key_values(given), *options])


def _upload(nomad: Nomad, given: dict[str, Any]) -> FlowRequest:
    source, name, local_path = given.pop("source", None), given.pop("name", None), given.pop("local_path", None)
    _nothing_left(given, ("source", "name", "local_path"), "upload")
    if (source is None) == (local_path is None):
        raise UsageError("upload takes a source or local_path=, one of them")
    if source is None:
        call = nomad.prepare_verb("upload", {"name": name, "local_path": local_path})
        words = ["call", call.operation, f"--local_path {quoted(str(local_path))}"]
        return FlowRequest(call, [*words, *_options({"name": name})])
    path = Path(source if isinstance(source, (str, Path)) else str(getattr(source, "name", "")))
    if str(path) == ".":
        raise UsageError("a recipe needs a file on disk; give its path")
    body = FolderBody(path) if path.is_dir() else FileBody(path)
    default = f"{path.name}.zip" if path.is_dir() else path.name
    file_name = default if nomad.takes("upload", "file_name") else None
    call = nomad.prepare_verb("upload", {"name": name or default, "file_name": file_name}, body=body)
    return FlowRequest(call, ["upload", file_word(path), *_options({"name": name})])


def _uploads(nomad: Nomad, given: dict[str, Any]) -> FlowRequest:
    call = nomad.prepare_verb("list_uploads", given)
    return FlowRequest(call, ["uploads", *_options(given)])


def _publish(nomad: Nomad, given: dict[str, Any]) -> FlowRequest:
    upload_id = _the_upload(given)
    references, coauthors = _listed(given.pop("references", None)), _listed(given.pop("coauthors", None))
    rest = {name: given.pop(name, None) or None for name in ("comment", "embargo_months")}
    _nothing_left(given, ("upload_id", "comment", "references", "coauthors", "embargo_months"), "publish")
    metadata = {**rest, "references": references, "coauthors": coauthors}
    call = nomad.prepare_verb("publish", {"upload_id": upload_id, **metadata})
    options = _options({"comment": rest["comment"], "reference": references, "coauthor": coauthors})
    months = _options({"embargo-months": rest["embargo_months"]})
    return FlowRequest(call, ["publish", *options, *months, "--yes", _word(upload_id)])


def _delete(nomad: Nomad, given: dict[str, Any]) -> FlowRequest:
    upload_id = _the_upload(given)
    _nothing_left(given, ("upload_id",), "delete")
    return FlowRequest(nomad.prepare_verb("delete", {"upload_id": upload_id}), ["delete", "--yes", _word(upload_id)])


def _download(nomad: Nomad, given: dict[str, Any]) -> FlowRequest:
    path, entry_id = given.get("path"), given.get("entry_id")
    upload_id = given.get("upload_id")
    if upload_id and path and set(given) == {"upload_id", "path"}:
        return _download_path(nomad, upload_id, path)
    if entry_id and set(given) <= {"upload_id", "entry_id"}:
        taken = {name: value for name, value in given.items() if nomad.takes("raw_entry", name)}
        return FlowRequest(nomad.prepare_verb("raw_entry", taken), ["download", _word(entry_id)], zip_name(entry_id))
    if upload_id and set(given) == {"upload_id"}:
        call = nomad.prepare_verb("raw_upload", given)
        return FlowRequest(call, ["download", _word(upload_id)], zip_name(upload_id))
    owner = given.pop("owner", "visible")
    call = nomad.prepare_verb("raw_query", {"owner": owner}, native=_one_query(nomad, "raw_query", given))
    return FlowRequest(call, ["download", *_options({"owner": owner}), *_key_values(given)], QUERY_ZIP)


def _download_path(nomad: Nomad, upload_id: str, path: str) -> FlowRequest:
    words = ["download", _word(f"{upload_id}/{path}")]
    if path.endswith(("/", "*")):
        return FlowRequest(folder_call(nomad, upload_id, path), words, zip_name(path))
    return FlowRequest(nomad.prepare_verb("raw_file", {"upload_id": upload_id, "path": path}), words)


def _archive(nomad: Nomad, given: dict[str, Any]) -> FlowRequest:
    _nothing_left({k: v for k, v in given.items() if k not in ("upload_id", "entry_id")}, ("entry_id",), "archive")
    taken = {name: value for name, value in given.items() if nomad.takes("archive", name)}
    return FlowRequest(nomad.prepare_verb("archive", taken), ["archive", _word(str(given.get("entry_id", "")))])


def _whoami(nomad: Nomad, given: dict[str, Any]) -> FlowRequest:
    _nothing_left(given, (), "whoami")
    return FlowRequest(nomad.prepare_verb("whoami", {}), ["whoami"])


HELPERS: Mapping[str, Callable[[Nomad, dict[str, Any]], FlowRequest]] = {
    "search": _search,
    "upload": _upload,
    "uploads": _uploads,
    "publish": _publish,
    "delete": _delete,
    "download": _download,
    "archive": _archive,
    "whoami": _whoami,
}


def _one_query(nomad: Nomad, verb: str, quantities: Mapping[str, Any]) -> dict[str, Any]:
    variants = bind(nomad, verb, quantities).variants
    if len(variants) > 1:
        raise UsageError("a recipe is one request, and this server needs several for that: ask for one value at a time")
    return variants[0]


def _the_upload(given: dict[str, Any]) -> str:
    upload = given.pop("upload_id", None) or given.pop("upload", None)
    upload_id = str(getattr(upload, "upload_id", upload) or "")
    if not upload_id.strip():
        raise UsageError("which upload? Say upload_id=…")
    return upload_id


def _nothing_left(given: Mapping[str, Any], known: Sequence[str], helper: str) -> None:
    for name in given:
        raise UnknownArgument(name, known, where=f"of {helper}")


def _listed(value: Any) -> list[str] | None:
    if value is None:
        return None
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]


def _key_values(quantities: Mapping[str, Any]) -> Iterator[str]:
    for name, value in quantities.items():
        for item in value if isinstance(value, (list, tuple, set, frozenset)) else [value]:
            yield quoted(f"{name}={item}")


def _options(options: Mapping[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if item is not None:
                text: Text = str(item)
                yield f"--{name}{'=' if str(item).startswith('-') else ' '}{quoted(text)}"


def _word(value: str) -> str:
    """Give an id as a word that is no option, even where it begins with a dash, as a NOMAD id may."""
    return f"-- {quoted(value)}" if value.startswith("-") else quoted(value)
