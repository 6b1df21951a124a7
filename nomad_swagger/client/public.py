"""Which calls everybody may make, and gets the whole answer to.

A call that names a thing brings the thing or an error; a search of public entries brings all of them. Anything else
would bring less without a login, and not say so. Knows the generation's data; sends nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from nomad_swagger import dotted
from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import Operation, type_at
from nomad_swagger.generations.generation import Generation
from nomad_swagger.transport.call import PreparedCall

_PUBLIC = "public"


def is_public(spec: Spec, known: Generation, call: PreparedCall) -> bool:
    """Tell whether everybody gets the whole answer to a call.

    Parameters
    ----------
    spec : Spec
    known : Generation
    call : PreparedCall
    """
    operation = spec.operations.get(call.operation)
    if operation is None or not _open_to_everybody(known, operation):
        return False
    if operation.full_name in known.login.get("less_without", ()) or "*" in unquote(call.url):
        return False
    return all(owner == _PUBLIC for owner in _owners(spec, known, operation, call))


def _open_to_everybody(known: Generation, operation: Operation) -> bool:
    asks = operation.needs_login or operation.full_name in known.needs_login
    return not asks or operation.full_name in known.login_optional


def _owners(spec: Spec, known: Generation, operation: Operation, call: PreparedCall) -> Iterator[str]:
    """Give whose entries the call is about, from each place where the operation takes that."""
    default = str(known.login.get("owner_unless_said", ""))
    names = {parameter.name: parameter for parameter in operation.parameters}
    for where in known.login_values:
        head, _, field = where.partition("/")
        if head not in names:
            continue
        if not field:
            yield dict(call.query).get(head, default)
        elif type_at(spec, operation.full_name, where):
            yield str(dotted.get(_json_body(call), field.replace("/", ".")) or default)


def _json_body(call: PreparedCall) -> Any:
    return json.loads(call.body) if isinstance(call.body, bytes) and call.body else {}
