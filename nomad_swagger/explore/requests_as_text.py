"""A request as one would read it: method, URL, headers, body; secrets stay in their variables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nomad_swagger.explore.ingredients import FieldsBody, FileUpload, Ingredients, JsonBody, Multipart
from nomad_swagger.explore.ingredients import ingredients as take_apart
from nomad_swagger.explore.login import logs_in
from nomad_swagger.explore.secret import Secret, Text

if TYPE_CHECKING:
    from nomad_swagger.client.nomad import Nomad
    from nomad_swagger.transport.call import PreparedCall


def request_text(nomad: Nomad, call: PreparedCall) -> str:
    """Give a prepared call as text, for ``call --dry-run``."""
    return "\n".join(_lines(take_apart(nomad.spec, call, login=logs_in(nomad, call))))


def _lines(made_of: Ingredients) -> Iterator[str]:
    yield f"{made_of.method} {''.join(_shown(part) for part in made_of.full_url())}"
    for name, value in made_of.headers:
        yield f"{name}: {_shown(value)}"
    body = made_of.body
    if body is not None:
        yield ""
    if isinstance(body, JsonBody):
        yield json.dumps(body.value, indent=2, ensure_ascii=False)
    elif isinstance(body, FileUpload):
        what = f"a zip of the {body.packs}" if body.packs else "the file"
        yield f"({what} {body.path})"
    elif isinstance(body, (FieldsBody, Multipart)):
        yield from (f"{name}={_shown(value)}" for name, value in body.fields)
    if isinstance(body, Multipart):
        yield from (f"{file.field}=(the file {file.path})" for file in body.files)


def _shown(text: Text) -> str:
    return f"{text.prefix}${text.variable}" if isinstance(text, Secret) else text
