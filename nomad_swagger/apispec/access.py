"""Who may call an operation: nobody without a login, or everybody, with more to see for those who are logged in.

The document says "needs a login" for both; the generation's data tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nomad_swagger import dotted
from nomad_swagger.generations.generation import Generation, load_generation

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec
    from nomad_swagger.apispec.operations import Operation


def generation_of(spec: Spec) -> Generation | None:
    """Give what we know beside the document, None where it is none of NOMAD's."""
    return load_generation(spec.generation) if spec.generation else None


def needs_login(spec: Spec, operation: Operation, arguments: Mapping[str, Any] | None = None) -> bool:
    """Tell whether a call fails without a login."""
    known = generation_of(spec)
    special = known.login_values.items() if known is not None else ()
    if any(str(_at(arguments or {}, where)) in values for where, values in special):
        return True
    return fails_without_login(spec.generation, operation.full_name, documented=operation.needs_login)


def fails_without_login(generation: str, operation: str, *, documented: bool) -> bool:
    """Tell whether any call of an operation fails without a login.

    Parameters
    ----------
    generation, operation : str
        By name.
    documented : bool
        The document asks for a login.
    """
    if not generation:
        return documented
    known = load_generation(generation)
    return (documented or operation in known.needs_login) and operation not in known.login_optional


def asks_who_calls(spec: Spec, operation: Operation) -> bool:
    """Tell whether the answer depends on who asks."""
    known = generation_of(spec)
    return operation.needs_login or (known is not None and operation.full_name in known.needs_login)


def _at(arguments: Mapping[str, Any], where: str) -> Any:
    """Give the argument, or the field ``body/a/b`` of one."""
    head, _, field = where.partition("/")
    return dotted.get(arguments.get(head), field.replace("/", "."))
