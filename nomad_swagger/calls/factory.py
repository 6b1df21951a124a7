"""The factory: THE way from an operation and its arguments to one prepared call.

``client.<tag>.<operation>()``, ``client.nomad.prepare``, the helpers, the command ``call`` and recipes all come through
:meth:`CallFactory.request`: names, lists, the guard of path steps, bravado's marshalling and validation. Its request
dict becomes a :class:`PreparedCall`, with what the generation knows about the operation (repeatable, binary, needs a
login). Imports bravado: import this module late.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bravado.client import construct_request
from bravado_core.exception import SwaggerMappingError
from bravado_core.operation import Operation as CoreOperation
from jsonschema.exceptions import ValidationError

from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import Operation, python_name
from nomad_swagger.apispec.table import Operations
from nomad_swagger.calls.steps import fault_of, has_dots
from nomad_swagger.errors import UnknownArgument, UsageError
from nomad_swagger.generations.generation import Generation
from nomad_swagger.jsontypes import as_object
from nomad_swagger.light import dataclass
from nomad_swagger.transport.bodies import OpenFileBody
from nomad_swagger.transport.bravado_http import BRAVADO_CORE
from nomad_swagger.transport.call import Content, FilePart, Form, PreparedCall

_READING = ("GET", "HEAD")


@dataclass(frozen=True)
class CallFactory:
    """Makes prepared calls for one description.

    Attributes
    ----------
    operations : Operations
    repeatable : mapping of str to bool
        What the verbs declare, by ``tag.operation`` (all of them, where several use it); the others are repeatable
        when they only read.
    binary, needs_login : frozenset of str
        What the generation knows beyond the document.
    leave_out_false : bool
    """

    operations: Operations
    repeatable: Mapping[str, bool]
    binary: frozenset[str]
    needs_login: frozenset[str]
    leave_out_false: bool
    may_be_empty: Mapping[str, Sequence[str]] = field(default_factory=dict)
    many_steps: Collection[str] | None = None

    @classmethod
    def of(cls, spec: Spec, generation: Generation | None) -> CallFactory:
        """Make the factory for a description, with a generation's knowledge where there is one."""
        repeatable: dict[str, bool] = {}
        for verb in generation.all_verbs() if generation else ():
            repeatable[verb.operation] = verb.repeatable and repeatable.get(verb.operation, True)
        return cls(
            operations=spec.operations,
            repeatable=repeatable,
            binary=frozenset(generation.binary if generation else ()),
            needs_login=frozenset(generation.needs_login if generation else ()),
            leave_out_false=bool(generation and generation.leave_out_false),
            may_be_empty=generation.may_be_empty if generation else {},
            many_steps=generation.many_steps if generation else None,
        )

    def operation(self, core_operation: CoreOperation) -> Operation:
        """Give our record of bravado's operation."""
        return self.operations[self.operations.by_route[core_operation.http_method.upper(), core_operation.path_name]]

    def adjusted(self, operation: Operation, arguments: Mapping[str, object]) -> dict[str, object]:
        """Give the arguments as the document wants them.

        Python spellings (``dft_code_name``) become the document's; a single value for an array becomes a list of one;
        None is left out, and for a server that reads ``false`` as true, a False in the query too.
        """
        spellings = {python_name(parameter.name): parameter.name for parameter in operation.parameters}
        given: dict[str, object] = {}
        for spelling, value in arguments.items():
            parameter = operation.parameter(spelling) or operation.parameter(spellings.get(spelling, ""))
            in_query = parameter is not None and parameter.location == "query"
            if value is None or (self.leave_out_false and in_query and value is False):
                continue
            is_array = parameter is not None and parameter.type == "array"
            given[parameter.name if parameter else spelling] = _listed(value) if is_array else value
        return given

    def request(
        self,
        core_operation: CoreOperation,
        arguments: Mapping[str, object],
        *,
        options: Mapping[str, object] | None = None,
    ) -> dict[str, object]:
        """Give bravado's request dict of an operation; what is wrong with it is bravado's to say, but for path steps.

        Raises
        ------
        UsageError
            An argument would leave its place in the path.
        bravado_core.exception.SwaggerMappingError, jsonschema.exceptions.ValidationError, TypeError
            bravado's: a value does not fit, one is missing, or the operation has no such parameter.
        """
        operation = self.operation(core_operation)
        given = self.adjusted(operation, arguments)
        self._guard(operation, given)
        with BRAVADO_CORE:
            made: dict[str, object] = construct_request(core_operation, dict(options or {}), **given)
        return made

    def call(self, core_operation: CoreOperation, arguments: Mapping[str, object]) -> PreparedCall:
        """Give the call of an operation, with our errors.

        Parameters
        ----------
        core_operation : object
            bravado's operation.
        arguments : mapping
            By the document's names.

        Raises
        ------
        UnknownArgument
            The operation has no such parameter.
        UsageError
            A value does not fit, a required one is missing, or one would lead to another operation's path.
        """
        operation = self.operation(core_operation)
        given = self.adjusted(operation, arguments)
        known = [parameter.name for parameter in operation.parameters]
        for name in given:
            if name not in known and name not in core_operation.params:
                raise UnknownArgument(name, known, where=f"of {operation.full_name}")
        for parameter in operation.parameters:
            if parameter.location == "path" and parameter.name not in given:
                raise UsageError(f"{operation.full_name}: {parameter.name} is needed and must not be empty")
        try:
            request = self.request(core_operation, given)
        except ValidationError as error:
            raise UsageError(f"{operation.full_name}: {_words(error, given)}") from error
        except SwaggerMappingError as error:
            raise UsageError(f"{operation.full_name}: {error}") from error
        return self.of_request(request, core_operation, given)

    def _guard(self, operation: Operation, arguments: Mapping[str, object]) -> None:
        """Refuse what would leave its place in the path.

        Raises
        ------
        UsageError
        """
        empty = self.may_be_empty.get(operation.full_name, ())
        for parameter in operation.parameters:
            value = arguments.get(parameter.name)
            if parameter.location != "path" or value is None:  # one that is missing is bravado's to miss
                continue
            fault = fault_of(
                str(value),
                may_be_empty=value == "" and parameter.name in empty,
                many_steps=self.many_steps is None or parameter.name in self.many_steps,
            )
            if fault:
                said = f"{parameter.name}={value!r}" if str(value).strip() else parameter.name
                raise UsageError(f"{operation.full_name}: {said} {fault}")

    def of_request(
        self,
        request: Mapping[str, Any],
        core_operation: CoreOperation | None,
        arguments: Mapping[str, object] | None = None,
    ) -> PreparedCall:
        """Make the prepared call of the request dict that bravado constructed."""
        operation = self.operation(core_operation) if core_operation is not None else None
        name = operation.full_name if operation else ""
        url = str(request["url"])
        if operation:
            if has_dots(urlsplit(url).path):  # of a request that somebody else made
                raise UsageError(f"{name}: the path of {url} must not have . or .. as a step")
            # Servers decode %2F before they route; proxies in between refuse it or rewrite it.
            url = url.replace("%2F", "/")
        method = str(request["method"]).upper()
        binary = name in self.binary or bool(operation and operation.binary)
        headers = {str(header): _text(value) for header, value in as_object(request.get("headers")).items()}
        if "accept" not in {header.lower() for header in headers}:
            headers["Accept"] = "*/*" if binary else "application/json"
        return PreparedCall(
            method=method,
            url=url,
            query=tuple(_pairs(as_object(request.get("params")))),
            body=_body(request, headers),
            headers=tuple(headers.items()),
            operation=name,
            repeatable=self.repeatable.get(name, method in _READING),
            needs_login=name in self.needs_login or bool(operation and operation.needs_login),
            binary=binary,
            arguments=tuple((arguments or {}).items()),
        )


def _listed(value: object) -> list[object]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        return [value]
    return list(value)


def _pairs(params: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    for name, value in params.items():
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if item is not None:
                yield str(name), _text(item)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _body(request: Mapping[str, Any], headers: dict[str, str]) -> Content:
    files: Sequence[tuple[str, tuple[str, Any]]] = request.get("files", [])
    data: Any = request.get("data")
    if files:
        return Form(tuple(_pairs(data or {})), tuple(_part(field, value) for field, value in files))
    if isinstance(data, Mapping):
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return urlencode(list(_pairs(data))).encode()
    if hasattr(data, "read"):
        return OpenFileBody(data)
    return data.encode() if isinstance(data, str) else data


def _part(field: str, value: tuple[str, Any]) -> FilePart:
    """Take what bravado takes for a file: bytes, text or an open file; the field's name stands for an unknown name."""
    filename, content = value
    if isinstance(content, str):
        content = content.encode()
    if isinstance(content, (bytes, bytearray)):
        content = io.BytesIO(content)
    named = getattr(content, "name", None)
    if filename == field and isinstance(named, str):  # a number, for a file that was opened by its number
        filename = Path(named).name
    return FilePart(field, filename, OpenFileBody(content))


def _words(error: ValidationError, arguments: Mapping[str, object]) -> str:
    culprit = next((name for name, value in arguments.items() if value is error.instance), "")
    place = ".".join(str(step) for step in error.absolute_path)
    where = " ".join(part for part in (culprit, place) if part)
    return f"{where}: {error.message}" if where else str(error.message)
