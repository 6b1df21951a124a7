"""What a caller asks for, in the words that a server can find: the one step before every search, count and download."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nomad_swagger.flows.codes import spelled
from nomad_swagger.flows.dois import by_dataset

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_CODE = "code"


def as_found(client: NomadClient, quantities: Mapping[str, Any]) -> dict[str, Any]:
    """Give a search with codes as the server spells them, and with datasets for DOIs that its index may not know.

    Under ``and``, ``or`` and ``not`` too.
    """
    asked = by_dataset(client, {name: _below(client, name, value) for name, value in quantities.items()})
    word = client.nomad.generation.quantities[_CODE]
    for name, value in asked.items():
        if value is not None and (name == _CODE or name.partition(":")[0] in word.names):
            found = spelled(client, value)
            asked[name] = found if name == _CODE or len(found) != 1 else found[0]
    return asked


def _below(client: NomadClient, name: str, value: Any) -> Any:
    if name not in client.nomad.generation.connectives or isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return as_found(client, value)
    whole = isinstance(value, (list, tuple)) and all(isinstance(one, Mapping) for one in value)
    return [as_found(client, one) for one in value] if whole else value
