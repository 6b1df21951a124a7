"""One archive: what NOMAD read from an entry's files, as a nested dict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nomad_swagger.flows.entries import find_entry
from nomad_swagger.flows.records import Entry

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def archive(client: NomadClient, entry: Entry | str) -> dict[str, Any]:
    """Give the archive of an entry, without the envelope that servers put around it.

    Parameters
    ----------
    client : NomadClient
    entry : Entry or str

    Returns
    -------
    dict
        v0: ``section_run`` …; v1: ``run``, ``results``, ``data`` …. In SI units throughout (energies in J, lengths in
        m), as NOMAD writes them.

    Raises
    ------
    NotFound
        No such entry, or one without an archive.
    Unauthorized, Forbidden
        It is not yours and not public.

    Examples
    --------
    >>> archive(client, entry)["section_run"][0]["program_name"]            # doctest: +SKIP
    'Quantum Espresso'
    """
    nomad = client.nomad
    wanted: dict[str, Any] = {"entry_id": entry.entry_id if isinstance(entry, Entry) else entry}
    if nomad.takes("archive", "upload_id"):
        found = find_entry(client, entry)
        wanted = {"upload_id": found.upload_id, "entry_id": found.entry_id}
    content: dict[str, Any] = nomad.ask("archive", wanted)
    return content
