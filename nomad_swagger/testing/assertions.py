"""What a test can demand of an API description.

Knows how to say what is missing, with the nearest that is there. It must not load anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nomad_swagger.errors import UnknownArgument, UnknownOperation

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec


def assert_operations(spec: Spec, needed: Iterable[str]) -> None:
    """Fail unless a description has every operation and parameter that a script needs.

    Parameters
    ----------
    spec : Spec
    needed : iterable of str
        ``repo.search`` for an operation, ``repo.search:dft.system`` for one of its parameters.

    Raises
    ------
    AssertionError
        Something is missing; all of it is named, each with the nearest that exists.

    Examples
    --------
    >>> from nomad_swagger.apispec.load import load_spec
    >>> assert_operations(load_spec("nomad-0.8.6"), ["repo.search", "repo.search:dft.system"])
    """
    __tracebackhide__ = True  # pytest then shows the test's line, not ours
    if isinstance(needed, str):
        needed = [needed]
    missing = [words for need in needed if (words := _missing(spec, need))]
    if missing:
        raise AssertionError(f"{spec.title} ({spec.origin.where}) lacks what is needed:\n  " + "\n  ".join(missing))


def _missing(spec: Spec, need: str) -> str:
    name, colon, parameter = need.partition(":")
    operation = spec.operations.get(name)
    if operation is None:
        return str(UnknownOperation(name, spec.operations))
    if colon and operation.parameter(parameter) is None:
        names = [known.name for known in operation.parameters]
        return str(UnknownArgument(parameter, names, where=f"of {name}"))
    return ""
