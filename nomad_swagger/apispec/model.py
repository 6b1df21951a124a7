"""A NOMAD's API description as one value: the document, where it came from, its hash and its generation.

Knows how to look at a document; it must not know how to get one (``load`` does).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from copy import copy
from dataclasses import field
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nomad_swagger import compiled
from nomad_swagger.apispec.operations import Operation
from nomad_swagger.apispec.table import Operations, Table, read_table, written
from nomad_swagger.errors import UnknownOperation
from nomad_swagger.jsontypes import as_object
from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from nomad_swagger.apispec.diff import Change
    from nomad_swagger.apispec.openapi3 import Loss

_ROOM = Path(__file__).parent
_MAKERS = (_ROOM, _ROOM / "openapi3", _ROOM.parent / "generations")
"""What is kept of a description is made by the code and the data in these folders."""


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

    @classmethod
    def kept(cls, text: bytes, origin: Origin, sha256: str, url: str = "", *, folder: Path) -> Spec:
        """Give the description whose JSON text this is; it is parsed when somebody looks at the document.

        Parameters
        ----------
        text : bytes
            Known to be the JSON object that ``sha256`` is of.
        origin, sha256, url
            As of the description.
        folder : Path
            Of the cache, where what is worked out of the document is kept.
        """
        spec = cls.__new__(cls)
        vars(spec).update(origin=origin, sha256=sha256, url=url, _text=text, _folder=folder)
        return spec

    def keeping(self, folder: Path) -> Spec:
        """Give the same description, which keeps what is worked out of its document in a cache's folder."""
        return self._with(_folder=folder)

    def at(self, url: str) -> Spec:
        """Give the same description for an API at another URL."""
        return self if url == self.url else self._with(url=url)

    def _with(self, **values: object) -> Spec:
        spec = copy(self)
        vars(spec).pop("_converted", None)  # by the URL
        vars(spec).update(values)
        return spec

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # a document that nobody has looked at yet is still a text
            if name != "document" or "_text" not in vars(self):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            vars(self)["document"] = document = json.loads(vars(self).pop("_text"))
            return document

    @cached_property
    def _converted(self) -> tuple[dict[str, object], list[list[str]]]:
        """Give the document as Swagger 2.0, and the fields of the losses."""
        text, folder = vars(self).get("_text"), vars(self).get("_folder")
        if folder is None or not (b'"openapi"' in text if text is not None else "openapi" in self.document):
            return self._convert()
        name = compiled.name_of("swagger", hashlib.sha256(f"{self.sha256} {self.url}".encode()).hexdigest(), *_MAKERS)
        return compiled.made_once(
            folder,
            name,
            self._convert,
            written=lambda made: compiled.as_json(list(made)),
            as_read=lambda text: tuple(json.loads(text)),
        )

    def _convert(self) -> tuple[dict[str, object], list[list[str]]]:
        if "openapi" not in self.document:
            return self.document, []
        from nomad_swagger.apispec.openapi3 import convert

        conversion = convert(self.document, url=self.url or None)
        return conversion.document, [list(vars(loss).values()) for loss in conversion.losses]

    @property
    def swagger(self) -> dict[str, Any]:
        """Give the document as Swagger 2.0: itself, or converted from OpenAPI 3."""
        return self._converted[0]

    @property
    def losses(self) -> tuple[Loss, ...]:
        """Give what a conversion to Swagger 2.0 could not keep."""
        from nomad_swagger.apispec.openapi3 import Loss

        return tuple(Loss(*fields) for fields in self._converted[1])

    @cached_property
    def _table(self) -> Table:
        folder: Path | None = vars(self).get("_folder")
        if folder is None:
            return self._make_table()
        name = compiled.name_of("operations", self.sha256, *_MAKERS)
        return compiled.made_once(folder, name, self._make_table, written=written, as_read=read_table)

    def _make_table(self) -> Table:
        from nomad_swagger.apispec.tabulate import make_table  # late: a description seen before needs none of it

        return make_table(self.swagger, self._title)

    @property
    def operations(self) -> Operations:
        """Give the operations by ``tag.name``, a mapping; each is made when it is asked for."""
        return self._table.operations

    @cached_property
    def interface(self) -> Mapping[str, frozenset[str]]:
        """Give the parameter names of each operation."""
        return {name: frozenset(row.parameters) for name, row in self.operations.rows.items()}

    @property
    def generation(self) -> str:
        """Give ``v0`` or ``v1``; empty for a document that is no NOMAD's."""
        return self._table.generation

    @property
    def may_name_models(self) -> bool:
        """Tell whether a schema may give itself a name, so that its definitions are not all the models there are."""
        return self._table.may_name_models

    @property
    def title(self) -> str:
        """Give the document's title and version."""
        return self._table.title if "_text" in vars(self) else self._title

    @property
    def _title(self) -> str:
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
        fitting = [full for full, row in self.operations.rows.items() if name in (row.name, row.full_id)]
        if len(fitting) == 1:
            return self.operations[fitting[0]]
        if fitting:
            raise UnknownOperation(name, fitting, where="without its tag: several have it")
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
