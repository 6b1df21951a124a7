"""List and describe operations, without a server and without bravado."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import Operation
from nomad_swagger.apispec.table import listed

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.explore.description import Description

Source: TypeAlias = "Spec | NomadClient | str | Path | Mapping[str, object]"
"""Whose operations: a description, a client, or what :func:`load_spec` takes."""


def operations(source: Source, word: str | None = None, *, tag: str | None = None) -> tuple[Operation, ...]:
    """Give the operations of a NOMAD.

    Parameters
    ----------
    source : Spec, client, str, Path or dict
        A client or a description; or a snapshot's name, a path, a URL.
    word : str, optional
        Only those with this word in their name, path or text, or among their parameters; upper and lower case are one.
    tag : str, optional
        Only those of one tag.

    Raises
    ------
    UnknownOperation
        No such tag; the message offers the nearest.
    SpecNotFound, SpecError

    Examples
    --------
    >>> [found.full_name for found in operations("nomad-0.8.6", "mirror", tag="raw")]
    []
    >>> len(operations("nomad-0.8.6"))
    49
    """
    known = spec_of(source).operations
    return tuple(known[row.full_name] for row in listed(known.rows.values(), word, tag=tag))


def describe(source: Source, operation: str) -> Description:
    """Describe an operation: what it does, takes and gives, who may call it, and an example.

    Parameters
    ----------
    source : Spec, client, str, Path or dict
        As for :func:`operations`.
    operation : str
        ``tag.operation``, or the operation alone where only one tag has it.

    Returns
    -------
    Description
        ``print`` it, or look at its fields.

    Raises
    ------
    UnknownOperation
        The message offers the nearest.

    Examples
    --------
    >>> print(describe("nomad-0.8.6", "info.get_info").example_shell)
    nomad-swagger call info.get_info
    """
    from nomad_swagger.explore.description import describe_operation  # late: a list needs none of it

    spec = spec_of(source)
    return describe_operation(spec, spec.operation(operation))


def spec_of(source: Source) -> Spec:
    """Give the description that a caller means."""
    if isinstance(source, Spec):
        return source
    if isinstance(source, (str, Path, Mapping)):
        return load_spec(source)
    return source.nomad.spec
