"""The plans of putting files into an upload: of what was looked at and is due, and of a path that nobody looks at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger.calls.plan import Option, Plan
from nomad_swagger.flows.deeds import plan_of
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.processing import need_verb
from nomad_swagger.flows.put_parts import Load, Sending
from nomad_swagger.flows.records import Upload
from nomad_swagger.flows.upload_files import process_step
from nomad_swagger.flows.uploads import upload_id_of
from nomad_swagger.transfers.manifest import ManifestFile

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_SHOWN = 5
_ANY = "…"  # stands for what is in a folder that nobody looks into


def plan_put(sending: Sending, due: Sequence[Load], *, process: bool = True) -> Plan:
    """Give what sending these loads would do."""
    client, upload_id = sending.client, sending.upload_id
    only = sending.is_one_request(due)
    parts = [(load, part) for load in due for part in load.parts(sending.part_bytes)]
    steps = [sending.step(load, part, process=only and process) for load, part in parts[:_SHOWN]]
    if process and not only and (parts or sending.is_open):
        steps.append(process_step(client, upload_id))
    files = sum(len(load.files) for load in due)
    words = f"put {files} {'file' if files == 1 else 'files'} into {sending.target}"
    notes = [f"{len(parts) - _SHOWN} more requests like these"] if len(parts) > _SHOWN else []
    large = [file.path for _, part in parts if len(part) == 1 for file in part if file.size_bytes > sending.part_bytes]
    notes += [f"larger than a part, so in one piece: {', '.join(large[:_SHOWN])}"] if large else []
    to = f"{upload_id}/{sending.folder}".rstrip("/")
    sources = dict.fromkeys(Path(file.source) for load in due for file in load.files if file.source)
    return plan_of(
        client,
        "put",
        words if files else f"have upload {upload_id} processed",
        steps,
        upload_ids=(upload_id,),
        command=("upload", *sources, Option("into", to)) if len(sources) <= _SHOWN else (),
        notes=tuple(notes),
    )


def plan_put_unseen(client: NomadClient, upload: Upload | str, source: str | Path, *, path: str = "") -> Plan:
    """Give what :func:`put` would do with one file or folder that nobody looks at, and that is not there yet."""
    need_verb(client, "put_file", "put")
    upload_id, _, inside = upload_id_of(upload).partition("/")
    folder = "/".join(filter(None, (inside.strip("/"), path.strip("/"))))
    place = Path(source)
    within = ManifestFile(_ANY, 0, 0, source=str(place / _ANY)) if place.is_dir() else None
    whole = ManifestFile(place.name, 0, 0, source=str(place))
    load = Load(str(place), (within,)) if within else Load(place.name, (whole,), whole, place.name)
    sending = Sending(client, upload_id, folder, Patience())
    to = f"{upload_id}/{folder}".rstrip("/")
    return plan_of(
        client,
        "put",
        f"put {place} into {sending.target}",
        [sending.step(load, load.files, process=True)],
        upload_ids=(upload_id,),
        command=("upload", place, Option("into", to)),
    )
