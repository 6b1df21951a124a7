"""The plans of helpers that only read: search, uploads, download, archive, whoami; pages after the first aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nomad_swagger.calls.plan import Plan, Step
from nomad_swagger.errors import UsageError
from nomad_swagger.flows.asked import as_found
from nomad_swagger.flows.deeds import plan_of, step_of
from nomad_swagger.flows.entries import find_entry
from nomad_swagger.flows.given import key_values, options, refuse_unknown, taken
from nomad_swagger.flows.paging import first_page
from nomad_swagger.flows.quantities import bind
from nomad_swagger.flows.records import Entry, Upload
from nomad_swagger.flows.search import Results, search
from nomad_swagger.flows.zips import QUERY_ZIP, folder_call, zip_name
from nomad_swagger.transport.call import PreparedCall

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def plan_search(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    """Give the first request of a search."""
    shown = dict(given)
    own = taken(shown, "owner", "limit", "include", "exclude")
    if "limit" in own:
        given["limit"] = int(own["limit"])
    query = {**given.pop("query", {}), **{name: given.pop(name) for name in list(given) if name not in own}}
    found, looks = _by_doi(client, query, look)
    results = search(client, query=found, **given)
    words = f"search {results.asked}"
    step = Step(results.first_call, "search", "search")
    return plan_of(client, "search", words, [*looks, step], command=("search", *key_values(query), *options(own)))


def plan_uploads(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    """Give the first request for the list of one's uploads."""
    refuse_unknown(given, ("state", "name"), "uploads")
    step = Step(first_page(client.nomad, "list_uploads", given), "list your uploads", "list_uploads")
    return plan_of(client, "uploads", "list your uploads", [step], command=("uploads", *options(given)))


def plan_download(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    """Give the request for raw files."""
    what = given.pop("what", None)
    if isinstance(what, str):
        upload_id, _, path = what.strip("/").partition("/")
        given |= {"upload_id": upload_id, "path": path} if path else {"upload_id": upload_id}
    elif isinstance(what, Entry):
        given |= {"entry_id": what.entry_id, "upload_id": what.upload_id}
    elif isinstance(what, Upload):
        given["upload_id"] = what.upload_id
    elif isinstance(what, Mapping):
        given |= what
    elif isinstance(what, Results):
        return _download_query(client, what.query.variants, what.owner, [], {})
    for name in ("to", "on_existing", "extract", "jobs"):
        given.pop(name, None)  # what is done with the answer is not in the request
    return _download_named(client, given, look)


def _download_named(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    nomad = client.nomad
    upload_id, entry_id, path = (given.get(name) for name in ("upload_id", "entry_id", "path"))
    if upload_id and path and set(given) == {"upload_id", "path"}:
        folder = path.endswith(("/", "*"))
        call = folder_call(nomad, upload_id, path) if folder else None
        call = call or nomad.prepare_verb("raw_file", {"upload_id": upload_id, "path": path})
        return _fetching(client, call, f"{upload_id}/{path}", zip_name(path) if folder else "")
    if entry_id and set(given) <= {"upload_id", "entry_id"}:
        known, looks = _entry(client, "raw_entry", entry_id, upload_id, look)
        return _fetching(client, nomad.prepare_verb("raw_entry", known), entry_id, zip_name(entry_id), looks)
    if upload_id and set(given) == {"upload_id"}:
        return _fetching(client, nomad.prepare_verb("raw_upload", given), upload_id, zip_name(upload_id))
    owner = given.pop("owner", "visible")
    found, looks = _by_doi(client, given, look)
    return _download_query(client, bind(nomad, "raw_query", found).variants, owner, looks, given)


def _download_query(
    client: NomadClient,
    variants: Sequence[Mapping[str, Any]],
    owner: str,
    looks: Sequence[Step],
    shown: Mapping[str, Any],
) -> Plan:
    if len(variants) > 1:
        raise UsageError("a recipe is one request, and this server needs several for that: ask for one value at a time")
    call = client.nomad.prepare_verb("raw_query", {"owner": owner}, native=variants[0])
    step = Step(call, "download the raw files of a query", "raw_query")
    command = ("download", *options({"owner": owner}), *key_values(shown))
    return plan_of(client, "download", step.words, [*looks, step], command=command, save_as=QUERY_ZIP)


def _fetching(client: NomadClient, call: PreparedCall, named: str, save_as: str, looks: Sequence[Step] = ()) -> Plan:
    step = Step(call, f"download {named}")
    return plan_of(client, "download", step.words, [*looks, step], command=("download", named), save_as=save_as)


def plan_archive(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    """Give the request for an archive."""
    entry = given.pop("entry", None)
    if isinstance(entry, Entry):
        given |= {"entry_id": entry.entry_id, "upload_id": entry.upload_id}
    elif entry is not None:
        given["entry_id"] = entry
    refuse_unknown(given, ("entry_id", "upload_id"), "archive")
    entry_id = str(given.get("entry_id") or "")
    if not entry_id.strip():
        raise UsageError("which entry? Say entry=…")
    known, looks = _entry(client, "archive", entry_id, given.get("upload_id"), look)
    step = step_of(client, "archive", known, f"get the archive of entry {entry_id}")
    return plan_of(client, "archive", step.words, [*looks, step], command=("archive", entry_id))


def plan_whoami(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    """Give the request that asks who calls."""
    refuse_unknown(given, (), "whoami")
    step = step_of(client, "whoami", {}, "ask who calls")
    return plan_of(client, "whoami", step.words, [step], command=("whoami",))


def _entry(
    client: NomadClient, verb: str, entry_id: str, upload_id: str | None, look: bool
) -> tuple[dict[str, str], list[Step]]:
    """Give what a verb of this server knows an entry by; its upload is looked up where it must be known."""
    if not client.nomad.takes(verb, "upload_id"):
        return {"entry_id": entry_id}, []
    if upload_id:
        return {"entry_id": entry_id, "upload_id": upload_id}, []
    if look:
        return {"entry_id": entry_id, "upload_id": find_entry(client, entry_id).upload_id}, []
    call = search(client, owner="visible", entry_id=entry_id, limit=1).first_call
    step = Step(call, f"find the upload of entry {entry_id}", "search", looks=True, stands_for="UPLOAD_ID")
    return {"entry_id": entry_id, "upload_id": "UPLOAD_ID"}, [step]


def _by_doi(client: NomadClient, query: Mapping[str, Any], look: bool) -> tuple[dict[str, Any], list[Step]]:
    """Give a search with the dataset in the place of its DOI, where this server's index may not know the DOI."""
    if look or query.get("doi") is None or not client.nomad.can("find_doi"):
        return as_found(client, query), []
    call = first_page(client.nomad, "find_doi", {"doi": query["doi"]})
    step = Step(call, f"find the dataset of {query['doi']}", "find_doi", looks=True, stands_for="DATASET_ID")
    rest = {name: value for name, value in query.items() if name != "doi"}
    return {**rest, "dataset_id": "DATASET_ID"}, [step]
