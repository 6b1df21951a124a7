"""What a recipe is made of: a prepared call with its secrets taken out and its body in a form that can be written down.

Knows which values are secret. It must not know any tool's language; the styles do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl, quote

from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import Operation
from nomad_swagger.errors import UsageError
from nomad_swagger.explore.secret import BEARER, TOKEN_VARIABLE, Secret, Text
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.sent_bodies import PackedBody, SteadyBody
from nomad_swagger.transfers.watched import Watched
from nomad_swagger.transport.bodies import FileBody
from nomad_swagger.transport.call import Form, PreparedCall

_VARIABLES = {"password": "NOMAD_CLIENT_PASSWORD", "secret": "NOMAD_CLIENT_SECRET"}
_SECRET_NAME = re.compile(r"(?:^|[-_])(token|password|secret)$", re.IGNORECASE)
_WHOLE_FILE_PARAMETERS = ("path", "mainfile", "filename")


Pairs: TypeAlias = "tuple[tuple[str, Text], ...]"


@dataclass(frozen=True)
class JsonBody:
    """A JSON value; ``text`` is exactly what would be sent."""

    value: Any
    text: str


@dataclass(frozen=True)
class FieldsBody:
    """An urlencoded form."""

    fields: Pairs


@dataclass(frozen=True)
class FileUpload:
    """A file as the whole body, or a folder or a file that is packed as a zip on the way."""

    path: Path
    packs: Literal["", "folder", "file"] = ""

    @property
    def packed_from(self) -> tuple[Path, str]:
        """Give the folder to stand in when it is packed, and what is packed there."""
        whole = self.path if self.path.name not in ("", "..") else self.path.resolve()
        return whole.parent, whole.name


@dataclass(frozen=True)
class MultipartFile:
    """One file of a multipart form."""

    field: str
    filename: str
    path: Path
    content_type: str


@dataclass(frozen=True)
class Multipart:
    """A multipart form: plain fields and files."""

    fields: Pairs
    files: tuple[MultipartFile, ...]


Body: TypeAlias = "JsonBody | FieldsBody | FileUpload | Multipart | None"


@dataclass(frozen=True)
class Ingredients:
    """A call as a recipe needs it.

    Attributes
    ----------
    method, url : str
        The URL without its query.
    query, headers : pairs of name and text
        With Authorization among the headers where the call needs a login.
    body : Body
    save_as : str
        The file that a binary answer goes to; empty where the answer is text.
    repeatable : bool
    """

    method: str
    url: str
    query: Pairs
    headers: Pairs
    body: Body
    save_as: str
    repeatable: bool

    @property
    def reads(self) -> bool:
        """Tell whether the call only looks."""
        return self.method in ("GET", "HEAD")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Give the environment variables that the recipe takes secrets from."""
        fields = self.body.fields if isinstance(self.body, (FieldsBody, Multipart)) else ()
        texts = (text for _, text in (*self.headers, *self.query, *fields))
        return tuple(dict.fromkeys(text.variable for text in texts if isinstance(text, Secret)))

    def full_url(self) -> list[Text]:
        """Give the URL with its query, percent-encoded, as a list of texts to be joined."""
        parts: list[Text] = [self.url]
        for number, (name, value) in enumerate(self.query):
            parts.append(f"{'&' if number else '?'}{quote(name, safe='')}=")
            parts.append(value if isinstance(value, Secret) else quote(value, safe=""))
        return parts


def ingredients(spec: Spec, call: PreparedCall, *, login: bool) -> Ingredients:
    """Take a prepared call apart.

    Parameters
    ----------
    spec : Spec
    call : PreparedCall
    login : bool
        The recipe is to log in.

    Raises
    ------
    UsageError
        It cannot be written down: a body that is no file on disk, a header with a line break.
    """
    hidden = _key_names(spec)
    headers = [(name, _hidden(name, value, hidden)) for name, value in call.headers]
    headers = [(name, value) for name, value in headers if name.lower() != "authorization"]
    if login:
        headers.append(("Authorization", BEARER))
    for name, value in headers:
        if isinstance(value, str) and re.search(r"[\r\n\0]", value):
            raise UsageError(f"{call.title}: the header {name} must not hold a line break")
    body = _body(call, hidden)
    return Ingredients(
        method=call.method,
        url=call.url,
        query=tuple((name, _hidden(name, value, hidden)) for name, value in call.query),
        headers=tuple(_kept_headers(headers, body)),
        body=body,
        save_as=_save_as(spec, call) if call.binary else "",
        repeatable=call.repeatable,
    )


def hidden_arguments(spec: Spec, call: PreparedCall) -> dict[str, Any]:
    """Give a call's arguments by the document's names: a :class:`Secret` for each secret, a path for each file."""
    hidden = _key_names(spec)
    files = {part.field for part in call.body.files} if isinstance(call.body, Form) else set()
    shown: dict[str, Any] = {}
    for name, value in call.arguments:
        secret = _hidden(name, "", hidden)
        if isinstance(secret, Secret):
            shown[name] = secret
        elif name.lower() != "authorization":
            shown[name] = _path_of(value, call) if name in files else value
    return shown


def _key_names(spec: Spec) -> frozenset[str]:
    schemes: Mapping[str, Any] = spec.swagger.get("securityDefinitions", {})
    return frozenset(str(scheme["name"]).lower() for scheme in schemes.values() if scheme.get("type") == "apiKey")


def _hidden(name: str, value: str, key_names: frozenset[str]) -> Text:
    found = _SECRET_NAME.search(name)
    if found:
        return Secret(_VARIABLES.get(found[1].lower(), TOKEN_VARIABLE))
    return Secret() if name.lower() in key_names else value


def _kept_headers(headers: Iterable[tuple[str, Text]], body: Body) -> Iterable[tuple[str, Text]]:
    """Leave out what every tool says by itself: that it takes anything, and the type of a form."""
    for name, value in headers:
        anything = name.lower() == "accept" and value == "*/*"
        of_form = name.lower() == "content-type" and isinstance(body, (FieldsBody, Multipart))
        if not anything and not of_form:
            yield name, value


def _body(call: PreparedCall, key_names: frozenset[str]) -> Body:
    body = call.body
    if body is None or body == b"":
        return None
    if isinstance(body, bytes):
        return _of_bytes(call, body, key_names)
    if isinstance(body, Form):
        given = dict(call.arguments)
        files = (
            MultipartFile(part.field, part.filename, _path_of(given.get(part.field), call), part.content_type)
            for part in body.files
        )
        fields = tuple((name, _hidden(name, value, key_names)) for name, value in body.fields)
        return Multipart(fields, tuple(files))
    if isinstance(body, Watched):
        body = body.body
    if isinstance(body, FileBody):
        return FileUpload(body.path)
    if isinstance(body, SteadyBody):
        return FileUpload(Path(body.file.source))
    if isinstance(body, PackedBody):
        return FileUpload(body.manifest.source, packs="folder" if body.manifest.kind == "folder" else "file")
    raise UsageError(f"{call.title}: a recipe needs a file on disk; give its path")


def _of_bytes(call: PreparedCall, body: bytes, key_names: frozenset[str]) -> Body:
    kind = {name.lower(): value for name, value in call.headers}.get("content-type", "")
    text = body.decode()
    if kind.startswith("application/x-www-form-urlencoded"):
        pairs = parse_qsl(text, keep_blank_values=True)
        return FieldsBody(tuple((name, _hidden(name, value, key_names)) for name, value in pairs))
    return JsonBody(json.loads(text), text)


def _path_of(file: object, call: PreparedCall) -> Path:
    name = getattr(file, "name", None)
    if not isinstance(name, str):
        raise UsageError(f"{call.title}: a recipe needs a file on disk; give its path")
    return Path(name)


def _save_as(spec: Spec, call: PreparedCall) -> str:
    operation = spec.operation(call.operation)
    given = dict(call.arguments)
    path = next((str(given[name]) for name in _WHOLE_FILE_PARAMETERS if name in given and _ends(operation, name)), "")
    name = PurePosixPath(path).name
    if name and not path.endswith(("/", "*")):
        return re.sub(r"[\0-\x1f]", "_", name)
    kinds = spec.swagger["paths"][operation.path][operation.method.lower()].get("produces")
    return "download.zip" if kinds is None or "application/zip" in kinds else "download"


def _ends(operation: Operation, parameter: str) -> bool:
    return operation.path.endswith(f"{{{parameter}}}")
