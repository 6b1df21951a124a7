"""Where NOMAD's web pages show a thing.

Knows how an installation puts its pages beside its API; which page shows what is in the generation (``gui``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from nomad_swagger.flows.records import Dataset, Entry, Upload

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_KINDS: dict[type[Upload | Entry | Dataset], str] = {Upload: "upload", Entry: "entry", Dataset: "dataset"}
_IDS = ("upload_id", "entry_id", "dataset_id")


def page_of(client: NomadClient, what: Upload | Entry | Dataset) -> str:
    """Give the address of the web page that shows an upload, an entry or a dataset; nothing is sent.

    An upload of NOMAD v0 has no page of its own: its address is that of the list of one's uploads.

    Examples
    --------
    >>> page_of(client, upload)                                             # doctest: +SKIP
    'https://nomad-lab.eu/prod/v1/gui/user/uploads/upload/id/8dkW1kzmQ6aBn8m9oTvVYQ'
    """
    ids = {name: quote(str(getattr(what, name, "")), safe="") for name in _IDS}
    return _root(client) + client.nomad.generation.gui[_KINDS[type(what)]].format(**ids)


def home_of(client: NomadClient) -> str:
    """Give the address of NOMAD's web pages."""
    return f"{_root(client)}/gui/"


def _root(client: NomadClient) -> str:
    return client.nomad.api_url.removesuffix("/v1").removesuffix("/api")
