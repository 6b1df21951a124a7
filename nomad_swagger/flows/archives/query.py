"""Ask for the archives of a query; what comes is :mod:`nomad_swagger.flows.archives.sequence`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import UsageError
from nomad_swagger.flows.archives.sequence import RAISE, WARN, Archives, Progress
from nomad_swagger.flows.search import search
from nomad_swagger.flows.values import whole_number
from nomad_swagger.science.required import check_required
from nomad_swagger.words import Missing, Owner

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_OF_A_SEARCH = ("order_by", "order", "newest", "include", "exclude")


def archives(
    client: NomadClient,
    *,
    required: Any = None,
    owner: Owner = "public",
    limit: int | None = None,
    page_size: int | None = None,
    resume: str = "",
    missing: Missing = WARN,
    progress: Progress | None = None,
    query: Mapping[str, Any] | None = None,
    **quantities: Any,
) -> Archives:
    """Give the archives of all entries that a query finds, as a lazy sequence.

    Iterating keeps one page in memory and gets the next one meanwhile; an index or a slice keeps its page.

    Parameters
    ----------
    client : NomadClient
    required : dict, optional
        The parts wanted, nested as the archive is, with ``"*"`` for all that is below:
        ``{"section_run": {"section_single_configuration_calculation[-1]": {"energy_total": "*"}}}``. The server sends
        only these; where it cannot (NOMAD 0.7), we cut. By default whole archives.
    owner : str
        As for :func:`search`.
    limit : int, optional
        How many entries at most.
    page_size : int, optional
        Archives in one request; by default 100, of whole ones 10. A server may take fewer at once.
    resume : str
        The ``cursor`` of an earlier run: begin behind it.
    missing : {"warn", "raise"}
        What to do at the end of an iteration if entries did not have an archive to give.
    progress : callable, optional
    query, **quantities
        What to search for, as for :func:`search`.

    Returns
    -------
    Archives

    Raises
    ------
    UsageError
        ``required`` cannot be understood, or there is no such quantity; nothing is sent.

    Examples
    --------
    >>> for archive in archives(client, code="VASP", elements=["Ti", "O"]):          # doctest: +SKIP
    ...     print(archive.entry_id, archive.at("run/-1/calculation/-1/energy/total/value", "eV"))
    """
    if missing not in (WARN, RAISE):
        raise UsageError(f"missing is {WARN!r} or {RAISE!r}, not {missing!r}")
    limit = None if limit is None else whole_number("limit", limit, least=0)
    page_size = None if page_size is None else whole_number("page_size", page_size, least=1)
    if required is not None:
        check_required(required)
    for name in _OF_A_SEARCH:
        if name in quantities:
            raise UsageError(
                f"{name} is for a search, since archives come in the order of their ids: "
                f"archives(client, entry_id=[entry.entry_id for entry in search(client, {name}=…)])"
            )
    asked = search(client, owner=owner, query=query, **quantities).query
    return Archives(
        client,
        asked,
        owner,
        required,
        limit=limit,
        page_size=page_size,
        resume=resume,
        missing=missing,
        progress=progress,
    )
