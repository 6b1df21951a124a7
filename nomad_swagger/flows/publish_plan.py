"""The plan of a publish: what goes before it on this server, what goes with it, and what must be seen afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nomad_swagger.calls.plan import Option, Plan, Step, joined
from nomad_swagger.errors import UsageError
from nomad_swagger.flows.deeds import plan_of, step_of
from nomad_swagger.flows.people import look_up_users
from nomad_swagger.flows.records import Upload
from nomad_swagger.flows.sending import Source, plan_upload
from nomad_swagger.flows.uploads import upload_id_of
from nomad_swagger.flows.values import listed
from nomad_swagger.flows.waiting import idle_step
from nomad_swagger.transfers.outgoing import Outgoing

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

LONGEST_EMBARGO_MONTHS = 36


def plan_publish(
    client: NomadClient,
    upload: Upload | str,
    *,
    comment: str | None = None,
    references: Sequence[str] = (),
    coauthors: Sequence[str] = (),
    embargo_months: int = 0,
    allow_failed: bool = False,
    seen: Upload | None = None,
    look: bool = True,
) -> Plan:
    """Give what :func:`publish` would do.

    Parameters
    ----------
    client, upload, comment, references, coauthors, embargo_months, allow_failed
        As for :func:`publish`.
    seen : Upload, optional
        As it was seen: nothing is to be done with one that is public.
    look : bool
        False: no server is asked, and what would have to be looked up is a step of its own.

    Raises
    ------
    UsageError
    """
    if not 0 <= embargo_months <= LONGEST_EMBARGO_MONTHS:
        raise UsageError(f"embargo_months is {embargo_months}; NOMAD allows 0 to {LONGEST_EMBARGO_MONTHS}")
    upload_id, links = upload_id_of(upload), listed(references, "references") or ()
    people, look_ups = look_up_users(client, listed(coauthors, "coauthors") or (), look=look)
    metadata = {
        "comment": comment or None,
        "references": links or None,
        "coauthors": people or None,
        "embargo_months": embargo_months or None,
    }
    steps = () if seen is not None and seen.published else (*look_ups, *_steps(client, upload_id, metadata))
    options = [Option("comment", comment)] if comment else []
    options += [Option("reference", link) for link in links] + [Option("coauthor", who) for who in coauthors]
    options += [Option("embargo-months", str(embargo_months))] if embargo_months else []
    options += [Option("allow-failed")] if allow_failed else []
    return plan_of(
        client,
        "publish",
        _words(upload_id, metadata),
        steps,
        upload_ids=(upload_id,),
        entries=seen.entries if seen is not None and not seen.running else None,
        command=("publish", *options, Option("yes"), upload_id),
        notes=tuple(_unreadable(client, metadata)),
    )


def plan_uploads(
    client: NomadClient,
    sources: Sequence[Source | Outgoing | Upload | None],
    *,
    name: str | None = None,
    local_path: str | None = None,
    publishes: bool = False,
) -> Plan | None:
    """Give what sending several files would do, and publishing what becomes of each; its id stands there as yet.

    An upload among them is there already, and only published. None where nothing is to be done.
    """
    plans: list[Plan] = []
    for number, source in enumerate(sources, 1):
        if isinstance(source, Upload):
            plans += [plan_publish(client, source, seen=source)] if publishes else []
            continue
        sent = plan_upload(client, source, name=name, local_path=local_path)
        plans.append(sent)
        if publishes:
            upload_id = "UPLOAD_ID" if len(sources) == 1 else f"UPLOAD_ID_{number}"
            answer = replace(sent.steps[0], stands_for=upload_id)
            plans[-1] = replace(sent, steps=(answer,))
            plans.append(plan_publish(client, upload_id))
    if not plans:
        return None
    words = " and ".join(dict.fromkeys(plan.words for plan in plans))
    return joined(plans, words)


def _steps(client: NomadClient, upload_id: str, metadata: Mapping[str, Any]) -> list[Step]:
    """Give the edit of what this server does not take at publish, and the publish with the rest."""
    taken = {name: value for name, value in metadata.items() if client.nomad.takes("publish", name)}
    edit = {name: value for name, value in metadata.items() if name not in taken and value is not None}
    steps: list[Step] = []
    if edit:
        words = f"set {', '.join(edit)} of upload {upload_id}"
        steps.append(
            step_of(client, "edit_upload", {"upload_id": upload_id, **edit}, words, shows=edit, upload_ids=(upload_id,))
        )
        steps.append(idle_step(client, upload_id))
    shows = {name: value for name, value in taken.items() if value is not None}
    if shows.pop("embargo_months", None):
        shows |= {"with_embargo": True, "embargo_months": metadata["embargo_months"]}
    words = _words(upload_id, taken)
    steps.append(
        step_of(
            client,
            "publish",
            {"upload_id": upload_id, **taken},
            words,
            shows={"published": True, **shows},
            upload_ids=(upload_id,),
        )
    )
    return steps


def _words(upload_id: str, metadata: Mapping[str, Any]) -> str:
    given = {name: value for name, value in metadata.items() if value is not None}
    months = given.pop("embargo_months", None)
    embargo = f" with an embargo of {months} months" if months else ""
    more = f"{' and' if embargo else ' with'} {', '.join(given)}" if given else ""
    return f"publish upload {upload_id}{embargo}{more}"


def _unreadable(client: NomadClient, metadata: Mapping[str, Any]) -> list[str]:
    """Say what of this cannot be read back."""
    if metadata.get("embargo_months") and "embargo" not in client.nomad.generation.records:
        return ["for how long an embargo lasts this server does not tell; that there is one is read back"]
    return []
