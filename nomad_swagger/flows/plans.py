"""The helpers by name, each as the plan of what it would do: for recipes, which send nothing.

A helper's own planning function says what it takes and how that becomes requests; here its arguments are sorted, and
nothing is mapped a second time. With ``look=False`` no server is asked: what would be looked up is a step of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from nomad_swagger.calls.plan import Option, Plan
from nomad_swagger.errors import UsageError
from nomad_swagger.flows.deeds import plan_of
from nomad_swagger.flows.deleting import plan_delete
from nomad_swagger.flows.given import needed, refuse_unknown, several, whole_number
from nomad_swagger.flows.metadata import dataset_plans
from nomad_swagger.flows.metadata.editing import plan_edit
from nomad_swagger.flows.processing import need_verb
from nomad_swagger.flows.publish_plan import plan_publish
from nomad_swagger.flows.put_plans import plan_put_unseen
from nomad_swagger.flows.reading_plans import plan_archive, plan_download, plan_search, plan_uploads, plan_whoami
from nomad_swagger.flows.sending import plan_upload
from nomad_swagger.flows.upload_files import plan_process, plan_remove

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

Planner = Callable[["NomadClient", dict[str, Any], bool], Plan]


def plan_for(client: NomadClient, helper: str, arguments: Mapping[str, Any], *, look: bool = True) -> Plan:
    """Give the plan of a helper, by its name and arguments.

    Parameters
    ----------
    client : NomadClient
    helper : str
        One of ``PLANNERS``.
    arguments : mapping
    look : bool
        May the server be asked for what has to be looked up?

    Raises
    ------
    UnknownArgument, UsageError
    """
    return PLANNERS[helper](client, {name: value for name, value in arguments.items() if value is not None}, look)


def _upload(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    refuse_unknown(given, ("source", "name", "local_path"), "upload")
    plan = plan_upload(client, **given, look=False)
    if "local_path" not in given:
        return plan
    step = plan.steps[0]
    words = ("call", step.call.operation, Option("local_path", str(given["local_path"])))
    named = (Option("name", str(given["name"])),) if "name" in given else ()
    return plan_of(client, "upload", plan.words, plan.steps, command=(*words, *named))


def _publish(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    upload_id = _the_upload(given)
    known = ("comment", "references", "coauthors", "embargo_months", "allow_failed")
    refuse_unknown(given, ("upload", *known), "publish")
    for name in {"references", "coauthors"} & {*given}:
        given[name] = several(given[name])
    if "embargo_months" in given:
        given["embargo_months"] = whole_number("embargo_months", given["embargo_months"])
    return plan_publish(client, upload_id, **given, look=look)


def _delete(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    upload_id = _the_upload(given)
    refuse_unknown(given, ("upload",), "delete")
    return plan_delete(client, upload_id)


def _edit(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    what = needed(given, "what", "edit")
    refuse_unknown(given, ("what", "comment", "references", "coauthors", "reviewers", "name", "lift_embargo"), "edit")
    for name in {"references", "coauthors"} & {*given}:
        given[name] = several(given[name])
    return plan_edit(client, what, **given, look=look)


def _put(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    upload_id, source = _the_upload(given), needed(given, "source", "put")
    refuse_unknown(given, ("upload", "source", "path"), "put")
    return plan_put_unseen(client, upload_id, source, path=str(given.get("path", "")))


def _remove(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    need_verb(client, "remove_file", "remove")
    what = given.pop("what", None) or _the_upload(given)
    refuse_unknown(given, ("what", "path"), "remove")
    return plan_remove(client, what, several(given["path"]) if "path" in given else ())


def _process(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    need_verb(client, "process", "process")
    upload_id = _the_upload(given)
    refuse_unknown(given, ("upload",), "process")
    return plan_process(client, upload_id)


def _create_dataset(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    name, entries = needed(given, "name", "create_dataset"), given.pop("entries", ())
    refuse_unknown(given, ("name", "entries"), "create_dataset")
    return dataset_plans.plan_create(client, name, entries, look=look)[0]


def _add_to_dataset(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    named, entries = needed(given, "dataset", "add_to_dataset"), needed(given, "entries", "add_to_dataset")
    refuse_unknown(given, ("dataset", "entries"), "add_to_dataset")
    return dataset_plans.plan_join(client, named, entries, look=look)[0]


def _remove_from_dataset(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    named, entries = needed(given, "dataset", "remove_from_dataset"), needed(given, "entries", "remove_from_dataset")
    refuse_unknown(given, ("dataset", "entries"), "remove_from_dataset")
    return dataset_plans.plan_leave(client, named, entries, look=look)[0]


def _delete_dataset(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    named = needed(given, "dataset", "delete_dataset")
    refuse_unknown(given, ("dataset",), "delete_dataset")
    return dataset_plans.plan_delete(client, named, look=look)[0]


def _assign_doi(client: NomadClient, given: dict[str, Any], look: bool) -> Plan:
    named = needed(given, "dataset", "assign_doi")
    refuse_unknown(given, ("dataset", "confirm"), "assign_doi")
    return dataset_plans.plan_doi(client, named, look=look)[0]


PLANNERS: Mapping[str, Planner] = {
    "search": plan_search,
    "upload": _upload,
    "uploads": plan_uploads,
    "publish": _publish,
    "delete": _delete,
    "edit": _edit,
    "put": _put,
    "remove": _remove,
    "process": _process,
    "create_dataset": _create_dataset,
    "add_to_dataset": _add_to_dataset,
    "remove_from_dataset": _remove_from_dataset,
    "delete_dataset": _delete_dataset,
    "assign_doi": _assign_doi,
    "download": plan_download,
    "archive": plan_archive,
    "whoami": plan_whoami,
}
"""The helpers that have a recipe, each as the function that makes its plan."""


def _the_upload(given: dict[str, Any]) -> str:
    upload = given.pop("upload_id", None) or given.pop("upload", None)
    upload_id = str(getattr(upload, "upload_id", upload) or "")
    if not upload_id.strip():
        raise UsageError("which upload? Say upload_id=…")
    return upload_id
