"""Who may call an operation: nobody without a login, everybody, or everybody with more to see for those logged in.

The document says "needs a login" for both the first and the last; the generation's data tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nomad_swagger.generation import Generation, load_generation
from nomad_swagger.spec.model import Spec
from nomad_swagger.spec.operations import Operation


def needs_login(spec: Spec, operation: Operation, arguments: Mapping[str, Any] | None = None) -> bool:
    """Tell whether a call fails without a login."""
    known = _generation(spec)
    if known is None:
        return operation.needs_login
    if any(str((arguments or {}).get(name)) in values for name, values in known.login_values.items()):
        return True
    asked = operation.needs_login or operation.full_name in known.needs_login
    return asked and operation.full_name not in known.login_optional


def access_words(spec: Spec, operation: Operation) -> str:
    """Give in a sentence who may call an operation."""
    if needs_login(spec, operation):
        return "Needs a login."
    known = _generation(spec)
    if known is None or operation.full_name not in known.login_optional:
        return "Everybody, without a login."
    names = {p.name for p in operation.parameters}
    special = [f"{name}={'|'.join(values)}" for name, values in known.login_values.items() if name in names]
    more = f" Needs a login with {' or '.join(special)}." if special else ""
    return f"Everybody; with a login you also reach what is yours or shared with you.{more}"


def _generation(spec: Spec) -> Generation | None:
    return load_generation(spec.generation) if spec.generation else None
