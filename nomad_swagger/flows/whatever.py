"""What an id or a name stands for: an entry, an upload, or a dataset of yours.

Asks for one after the other; the first that is there wins. Their ids are random, so none is another's.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from nomad_swagger.errors import Forbidden, NotFound, Unauthorized
from nomad_swagger.flows.entries import nothing_there, try_entry
from nomad_swagger.flows.metadata.finding import find_dataset
from nomad_swagger.flows.records import Dataset, Entry, Upload
from nomad_swagger.flows.uploads import get_upload
from nomad_swagger.flows.waiting import with_failures

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def find_anything(client: NomadClient, word: str) -> Entry | Upload | Dataset:
    """Give the entry, the upload (with the words about its failed entries) or the dataset that a word stands for.

    Raises
    ------
    NotFound
        None of them, that you may see.
    """
    entry = try_entry(client, word)
    if entry is not None:
        return entry
    with suppress(NotFound, Forbidden, Unauthorized):  # some servers show an upload to nobody but its owner
        return with_failures(client, get_upload(client, word))
    dataset = find_dataset(client, word) if client.nomad.transport.authenticator is not None else None
    if dataset is not None:
        return dataset
    raise nothing_there(client, "entry, upload or dataset", word, verb="get_upload")
