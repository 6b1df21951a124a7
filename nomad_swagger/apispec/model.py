"""A NOMAD's API description as one value: the document, where it came from, its hash and its generation.

Knows how to look at a document; it must not know how to get one (``load`` does).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nomad_swagger.apispec.operations import Operation, operations_of
from nomad_swagger.errors import UnknownOperation
from nomad_swagger.generations.generation import recognise
from nomad_swagger.jsontypes import as_object

if TYPE_CHECKING:
    from nomad_swagger.apispec.diff import Change
    from nomad_swagger.apispec.openapi3 import Loss


@dataclass(frozen=True)
class Origin:
    """Where a document came from.

    Attributes
    ----------
    kind : str
        ``network`` (just fetched or confirmed), ``cache``, ``snapshot``, ``file`` or ``dict``.
    where : str
        The URL, the path, or the snapshot's name.
    fetched_at : str
        ISO 8601 in UTC; empty where it was not fetched.
    """

    kind: str
    where: str
    fetched_at: str = ""

    @property
    def age(self) -> str:
        """Give how long ago it was fetched in words; empty where it was not."""
        if not self.fetched_at:
            return ""
        fetched = datetime.fromisoformat(self.fetched_at.replace("Z", "+00:00"))  # Python 3.10 knows no Z
        fetched = fetched if fetched.tzinfo else fetched.replace(tzinfo=timezone.utc)
        seconds = (datetime.now(timezone.utc) - fetched).total_seconds()
        for unit, length_s in (("day", 86400), ("hour", 3600), ("minute", 60)):
            if seconds >= length_s:
                number = int(seconds // length_s)
                return f"{number} {unit}{'s' if number > 1 else ''} old"
        return "less than a minute old"


@dataclass(frozen=True, eq=False)
class Spec:
    """An API description.

    Attributes
    ----------
    document : dict
        As the server wrote it. Treat it as read-only.
    origin : Origin
    sha256 : str
        Of the canonical form.
    url : str
        The API's URL that goes with it, from where it was asked for; empty where nobody asked a server.
    """

    document: dict[str, Any] = field(repr=False)
    origin: Origin
    sha256: str
    url: str = ""

    @cached_property
    def _converted(self) -> tuple[dict[str, object], tuple[Loss, ...]]:
        if "openapi" not in self.document:
            return self.document, ()
        from nomad_swagger.apispec.openapi3 import convert

        conversion = convert(self.document, url=self.url or None)
        return conversion.document, conversion.losses

    @property
    def swagger(self) -> dict[str, Any]:
        """Give the document as Swagger 2.0: itself, or converted from OpenAPI 3."""
        return self._converted[0]

    @property
    def losses(self) -> tuple[Loss, ...]:
        """Give what a conversion to Swagger 2.0 could not keep."""
        return self._converted[1]

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """Give the operations by ``tag.name``."""
        return {operation.full_name: operation for operation in operations_of(self.swagger)}

    @cached_property
    def interface(self) -> Mapping[str, frozenset[str]]:
        """Give the parameter names of each operation."""
        return {name: frozenset(p.name for p in op.parameters) for name, op in self.operations.items()}

    @cached_property
    def generation(self) -> str:
        """Give ``v0`` or ``v1``; empty for a document that is no NOMAD's."""
        return recognise(self.interface)

    @property
    def title(self) -> str:
        """Give the document's title and version."""
        info = as_object(self.document.get("info"))
        return f"{info.get('title', 'untitled')} {info.get('version', '')}".strip()

    def operation(self, name: str) -> Operation:
        """Give one operation by ``tag.name``, by its full id, or by a name that only one tag has.

        Raises
        ------
        UnknownOperation
            None or several have that name; the message offers the nearest.
        """
        if name in self.operations:
            return self.operations[name]
        fitting = [op for op in self.operations.values() if name in (op.name, op.full_id)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise UnknownOperation(name, [op.full_name for op in fitting], where="without its tag: several have it")
        raise UnknownOperation(name, self.operations)

    def diff(self, other: Spec) -> list[Change]:
        """Give what a script written for this description will notice on the other."""
        from nomad_swagger.apispec.diff import diff_documents

        return list(diff_documents(self.document, other.document))

    def verify(self) -> Spec:
        """Check that the document is a valid description, and give it back.

        Raises
        ------
        SpecError
            It is not; the message names the place.
        """
        from nomad_swagger.apispec.check import check_document

        check_document(self.swagger, where=self.origin.where)
        return self
