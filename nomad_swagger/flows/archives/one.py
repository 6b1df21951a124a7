"""One archive: what NOMAD read from an entry's files, as a nested dict; whole, in parts, or a single value of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import NotFound
from nomad_swagger.flows.archives.pages import ArchivePages
from nomad_swagger.flows.entries import find_entry
from nomad_swagger.flows.records import Entry
from nomad_swagger.science.required import check_required, required_for
from nomad_swagger.science.stream import value_from_stream
from nomad_swagger.science.units import converted
from nomad_swagger.science.values import Archive, NothingThere
from nomad_swagger.words import Owner

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

# Yours, and what everybody sees: who names an entry wants it, whosever it is.
_OWNER: Owner = "visible"


def archive(client: NomadClient, entry: Entry | str, *, required: Any = None) -> Archive:
    """Give the archive of an entry, without the envelope that servers put around it.

    Parameters
    ----------
    client : NomadClient
    entry : Entry or str
    required : dict, optional
        The parts wanted, as for :func:`archives`; by default all.

    Returns
    -------
    Archive
        A dict. v0: ``section_run`` …; v1: ``run``, ``results``, ``data`` …. In SI units throughout (energies in J,
        lengths in m), as NOMAD writes them; ``archive.at(path, "eV")`` converts.

    Raises
    ------
    NotFound
        No such entry, or one without an archive.
    Unauthorized, Forbidden
        It is not yours and not public.
    UsageError
        ``required`` cannot be understood.

    Examples
    --------
    >>> archive(client, entry)["section_run"][0]["program_name"]            # doctest: +SKIP
    'Quantum Espresso'
    """
    if required is not None:
        return _part(client, find_entry(client, entry), required)
    found, wanted = _named(client, entry)
    content: dict[str, Any] = client.nomad.ask("archive", wanted)
    return Archive(content, entry_id=wanted["entry_id"], upload_id=found.upload_id if found else "")


def archive_value(client: NomadClient, entry: Entry | str, path: str, unit: str | None = None) -> Any:
    """Give one value of an archive, however big the archive is.

    A server that can send a part sends only this; from others the archive is read as it comes in, and nothing of it is
    kept but the value (needs the extra ``[fast]``).

    Parameters
    ----------
    client : NomadClient
    entry : Entry or str
    path : str
        As for :meth:`Archive.at`: ``section_run/0/section_system/-1/atom_labels``.
    unit : str, optional
        For a number or an array of numbers, which NOMAD gives in SI units.

    Raises
    ------
    KeyError
        The archive has nothing there.
    NotFound, Unauthorized, Forbidden
        As for :func:`archive`.

    Examples
    --------
    >>> archive_value(client, entry, "run/-1/calculation/-1/energy/total/value", "eV")      # doctest: +SKIP
    -215.4389
    """
    nomad = client.nomad
    if nomad.takes("archives", "required"):
        part = archive(client, entry, required=required_for(path))
        try:
            return part.at(path, unit)
        except NothingThere as error:  # which tells of the part alone
            raise NothingThere(f"entry {part.entry_id} has nothing at {path!r}") from error
    _, wanted = _named(client, entry)
    with nomad.send(nomad.prepare_verb("archive", wanted), stream=True) as response:
        response.raw.decode_content = True
        inside = nomad.verb("archive").answer.replace(".", "/")
        try:
            value = value_from_stream(response.raw, f"{inside}/{path}" if inside else path)
        except ValueError:  # NaN, which is no JSON: such an archive can only be read as a whole
            return archive(client, entry).at(path, unit)
    return value if unit is None else converted(value, unit)


def _named(client: NomadClient, entry: Entry | str) -> tuple[Entry | None, dict[str, str]]:
    """Give what names an entry to the server; where that wants the upload's id, too, the entry is looked up."""
    if client.nomad.takes("archive", "upload_id"):
        found = find_entry(client, entry)
        return found, {"upload_id": found.upload_id, "entry_id": found.entry_id}
    known = entry if isinstance(entry, Entry) else None
    return known, {"entry_id": known.entry_id if known else str(entry)}


def _part(client: NomadClient, entry: Entry, required: Any) -> Archive:
    check_required(required)
    page = ArchivePages(client, _OWNER, required).get([entry])
    if page.missing:
        raise NotFound(
            f"entry {entry.entry_id}: {page.missing[entry.entry_id]}",
            status=404,
            operation=client.nomad.verb("archives").operation,
            detail="no archive",
        )
    return page.archives[0]
