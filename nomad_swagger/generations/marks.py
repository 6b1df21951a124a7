"""What a generation marks about calls that change something: which cannot be taken back, try only, or go by a query.

Knows the marks, by operation and by the values of its arguments; it must not know what is done about them.
"""

from __future__ import annotations

from collections.abc import Mapping

from nomad_swagger import dotted
from nomad_swagger.generations.generation import Generation

_ANY = "any"


def cannot_be_taken_back(generation: Generation, operation: str, arguments: Mapping[str, object]) -> bool:
    """Tell whether a call does what cannot be taken back.

    Parameters
    ----------
    generation : Generation
    operation : str
    arguments : mapping
        By the document's names.

    Examples
    --------
    >>> from nomad_swagger.generations.generation import load_generation
    >>> v0 = load_generation("v0")
    >>> cannot_be_taken_back(v0, "uploads.exec_upload_operation", {"payload": {"operation": "publish"}})
    True
    >>> cannot_be_taken_back(v0, "uploads.exec_upload_operation", {"payload": {"operation": "re-process"}})
    False
    """
    if operation not in generation.irreversible or only_tries(generation, operation, arguments):
        return False
    conditions = generation.irreversible[operation]
    return all(_meets(value_at(arguments, place), wanted) for place, wanted in conditions.items())


def only_tries(generation: Generation, operation: str, arguments: Mapping[str, object]) -> bool:
    """Tell whether a call only tries what it would do."""
    place = generation.tries.get(operation)
    return place is not None and value_at(arguments, place) is True


def query_of(generation: Generation, operation: str, arguments: Mapping[str, object]) -> tuple[object, str] | None:
    """Give the query and the owner word of a call that changes all that a query finds; None for any other."""
    places = generation.by_query.get(operation)
    if places is None or only_tries(generation, operation, arguments):
        return None
    query = value_at(arguments, places["query"])
    return query, str(value_at(arguments, places["owner"]) or generation.editable)


def value_at(arguments: Mapping[str, object], place: str) -> object:
    """Give the argument, or the field ``body/a/b`` of one; None where there is none."""
    head, _, rest = place.partition("/")
    return dotted.get(arguments.get(head), rest.replace("/", "."))


def _meets(value: object, wanted: object) -> bool:
    if wanted == _ANY:
        return value is not None and value is not False
    return value in (wanted if isinstance(wanted, (list, tuple)) else [wanted])
