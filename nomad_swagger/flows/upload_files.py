"""Remove files of an upload that is not published yet, and have NOMAD process it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nomad_swagger.calls.plan import Option, Plan, Step
from nomad_swagger.errors import ApiError, NotAsAsked, NotFound, TransportError, UsageError
from nomad_swagger.flows.deeds import add_words, agree, give, is_open, need_login, plan_of, step_of
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.idle import until_idle
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.processing import need_verb
from nomad_swagger.flows.records import Upload
from nomad_swagger.flows.uploads import get_upload, upload_id_of
from nomad_swagger.flows.waiting import idle_step

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_TRIES = 3


def remove(
    client: NomadClient,
    what: Upload | File | str,
    path: str | Sequence[str] = (),
    *,
    timeout_s: float = 3600,
    patience: Patience | None = None,
) -> Upload:
    """Remove files or folders of an upload that is not published yet (v1); NOMAD is told to process it once.

    Entries whose mainfiles go, go with them. It cannot be taken back.

    Parameters
    ----------
    client : NomadClient
    what : Upload, File or str
        An upload, or a file of one: ``"8dk…/run7/OUTCAR"``, or what :func:`files` gives.
    path : str or sequence of str
        The paths in the upload, where ``what`` is an upload.
    timeout_s, patience
        How long the upload may be busy with something else.

    Raises
    ------
    UsageError
        This server has no way for it (v0), or no path is given: all of an upload is what :func:`delete` deletes.
    NotFound
        There is no such file; nothing was removed.
    Forbidden, InvalidRequest, NotAsAsked, WaitTimeout

    Examples
    --------
    >>> remove(client, "8dkW1kzmQ6aBn8m9oTvVYQ/run7/WAVECAR")                       # doctest: +SKIP
    """
    need_login(client, "remove")
    need_verb(client, "remove_file", "remove")
    upload_id, paths = _named(what, path)
    patience = replace(patience or Patience(), timeout_s=timeout_s)
    plan = plan_remove(client, upload_id, paths)
    for one in paths:
        _look_at(client, upload_id, one)
    agree(client, plan)
    until_idle(client, upload_id, patience)
    for step, one in zip((step for step in plan if step.verb == "remove_file"), paths, strict=True):
        _remove_one(client, step, upload_id, one, patience)
        if len(paths) > 1:
            until_idle(client, upload_id, patience)
    if len(paths) > 1:
        return have_processed(client, upload_id, patience)
    return get_upload(client, upload_id)


def plan_remove(client: NomadClient, what: Upload | File | str, path: str | Sequence[str] = ()) -> Plan:
    """Give what :func:`remove` would do."""
    upload_id, paths = _named(what, path)
    triggers = len(paths) == 1 if client.nomad.takes("remove_file", "process") else None
    steps: list[Step] = []
    for one in paths:
        place = {"upload_id": upload_id, "path": one, "process": triggers}
        words = f"remove {one} from upload {upload_id}"
        steps.append(step_of(client, "remove_file", place, words, upload_ids=(upload_id,)))
        if len(paths) > 1:  # meanwhile it takes no other order
            steps.append(idle_step(client, upload_id))
    if len(paths) > 1:
        steps.append(process_step(client, upload_id))
    words = paths[0] if len(paths) == 1 else f"{len(paths)} paths"
    return plan_of(
        client,
        "remove",
        f"remove {words} from upload {upload_id}",
        steps,
        upload_ids=(upload_id,),
        command=("rm", Option("yes"), *(f"{upload_id}/{one}" for one in paths)),
    )


def process(client: NomadClient, upload: Upload | str, *, patience: Patience | None = None) -> Upload:
    """Have NOMAD process all files of an upload again (v1); one that is busy is waited for.

    Returns
    -------
    Upload
        Still running: go on with :func:`wait`.

    Raises
    ------
    UsageError
        This server has no way for it (v0).
    NotFound, Forbidden
    WaitTimeout
        Something else is still done with it.
    """
    need_login(client, "process")
    need_verb(client, "process", "process")
    plan = plan_process(client, upload)
    agree(client, plan)
    patience = patience or Patience()
    until_idle(client, upload_id_of(upload), patience)
    return have_processed(client, upload_id_of(upload), patience)


def plan_process(client: NomadClient, upload: Upload | str) -> Plan:
    """Give what :func:`process` would do."""
    upload_id = upload_id_of(upload)
    step = process_step(client, upload_id)
    return plan_of(client, "process", step.words, [step], upload_ids=(upload_id,), command=("process", upload_id))


def process_step(client: NomadClient, upload_id: str) -> Step:
    """Give the order to process an upload."""
    words = f"have all files of upload {upload_id} processed"
    return step_of(client, "process", {"upload_id": upload_id}, words, upload_ids=(upload_id,))


def have_processed(client: NomadClient, upload_id: str, patience: Patience) -> Upload:
    """Order it, and again where no answer came and nothing runs: a second time does no harm.

    Raises
    ------
    ApiError, TransportError
    """
    step = process_step(client, upload_id)
    for tries in range(1, _TRIES + 1):
        try:
            give(client, step)
        except (ApiError, TransportError) as error:
            if not is_open(error):
                raise
            if get_upload(client, upload_id).running:
                break
            if tries == _TRIES:
                add_words(error, f"The files are there; `nomad-swagger process {upload_id}` has them processed.")
                raise
            patience.sleep(patience.first_s)
        else:
            break
    return get_upload(client, upload_id)


def _named(what: Upload | File | str, path: str | Sequence[str]) -> tuple[str, list[str]]:
    """Give the upload and the paths that are meant.

    Raises
    ------
    UsageError
        No path.
    """
    if isinstance(what, File):
        return what.upload_id, [what.path]
    upload_id, _, inside = upload_id_of(what).partition("/")
    paths = [path] if isinstance(path, str) else list(path)
    whole = [one.strip("/") for one in ([inside] if inside else []) + paths]
    if not whole or not all(whole):
        raise UsageError(
            f"which file of upload {upload_id}? Give its path behind the id: {upload_id}/run7/OUTCAR. All of an upload "
            f"is what `nomad-swagger delete {upload_id}` deletes."
        )
    return upload_id, list(dict.fromkeys(whole))


def _look_at(client: NomadClient, upload_id: str, path: str) -> None:
    """Look whether there is something under a path.

    Raises
    ------
    NotFound
    """
    try:
        client.nomad.ask("look_at_path", {"upload_id": upload_id, "path": path})
    except NotFound as error:
        add_words(error, f"Nothing of upload {upload_id} was removed.")
        raise


def _remove_one(client: NomadClient, step: Step, upload_id: str, path: str, patience: Patience) -> None:
    """Remove one path, and look whether it is gone.

    Raises
    ------
    NotAsAsked, ApiError, TransportError
    """
    lost: ApiError | TransportError | None = None
    try:
        give(client, step)
    except (ApiError, TransportError) as error:
        if not is_open(error):
            raise
        lost = error
    if not _is_there(client, upload_id, path):
        return
    until_idle(client, upload_id, patience)  # it may be about to remove it
    if not _is_there(client, upload_id, path):
        return
    if lost is not None:
        add_words(lost, f"{path} is still there: give the order again.")
        raise lost
    raise NotAsAsked(f"upload {upload_id}: NOMAD took the order to remove {path}, and it is still there.")


def _is_there(client: NomadClient, upload_id: str, path: str) -> bool:
    try:
        client.nomad.ask("look_at_path", {"upload_id": upload_id, "path": path})
    except NotFound:
        return False
    return True
