"""What hangs on ``client.nomad``: the description, the transport, the login, and calls by verb.

A *verb* is what the flows want done; the generation says which operation does it and what its arguments are called
there. Knows how to put arguments in their places; it must not know what a flow does with the answer.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import requests

from nomad_swagger import dotted
from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import type_at
from nomad_swagger.calls.answers import check_names, check_shape, expected_of
from nomad_swagger.errors import UnknownArgument, UnknownOperation, UsageError
from nomad_swagger.generations.generation import Generation, load_generation, place
from nomad_swagger.generations.marks import cannot_be_taken_back
from nomad_swagger.generations.verbs import Verb
from nomad_swagger.generations.vocabulary import Known, load_vocabulary
from nomad_swagger.jsontypes import as_object, object_inside
from nomad_swagger.light import dataclass
from nomad_swagger.settings import Profile
from nomad_swagger.transport.call import Body, PreparedCall
from nomad_swagger.transport.send import Transport

if TYPE_CHECKING:
    from bravado_core.spec import Spec as CoreSpec

    from nomad_swagger.auth import Login
    from nomad_swagger.calls.factory import CallFactory
    from nomad_swagger.calls.plan import Consent


@dataclass(eq=False)
class Nomad:
    """One NOMAD server as we talk to it.

    Attributes
    ----------
    spec : Spec
    api_url : str
    transport : Transport
    login : Login
        Who calls, and where that was said.
    profile : Profile
    consent : callable or None
        Told of the plan of each deed before it is done; raises to stop it. None: whoever calls a helper meant it.
    """

    spec: Spec
    api_url: str
    transport: Transport
    login: Login
    profile: Profile
    _core: CoreSpec = field(repr=False)
    _factory: CallFactory = field(repr=False)
    consent: Consent | None = field(default=None, repr=False)

    @cached_property
    def generation(self) -> Generation:
        """Give what we know about this family of NOMAD versions.

        Raises
        ------
        UnknownOperation
            The document is not one of a NOMAD that we know: the operations can be called, the helpers cannot.
        """
        return load_generation(self.spec.generation)

    @cached_property
    def vocabulary(self) -> Mapping[str, Known]:
        """Give what this server can search, where its document does not say; empty where it does."""
        file = self.generation.vocabulary
        return load_vocabulary(file, str(as_object(self.spec.document.get("info")).get("version", ""))) if file else {}

    def prepare(self, operation: str, arguments: Mapping[str, object]) -> PreparedCall:
        """Give the call of an operation by the document's names, without sending it.

        Parameters
        ----------
        operation : str
        arguments : mapping

        Raises
        ------
        UnknownOperation, UnknownArgument, UsageError
        """
        found = self.spec.operation(operation)
        core_operation = self._core.resources[found.tag].operations[found.name]
        return self._factory.call(core_operation, arguments)

    def can(self, verb: str) -> bool:
        """Tell whether this server has an operation for the verb."""
        try:
            self.generation.verb(verb, self.spec.interface)
        except UnknownOperation:
            return False
        return True

    def verb(self, name: str) -> Verb:
        """Give how this server does a verb."""
        return self.generation.verb(name, self.spec.interface)

    def takes(self, verb: str, argument: str) -> bool:
        """Tell whether the operation of a verb has a place for one of our arguments."""
        found = self.verb(verb)
        return place(found.arguments.get(argument, ()), self.spec.interface[found.operation]) is not None

    def is_irreversible(self, call: PreparedCall) -> bool:
        """Tell whether what a call does cannot be taken back."""
        return bool(self.spec.generation) and cannot_be_taken_back(
            self.generation, call.operation, dict(call.arguments)
        )

    def prepare_verb(
        self,
        name: str,
        arguments: Mapping[str, object],
        *,
        native: Mapping[str, object] | None = None,
        body: Body | None = None,
    ) -> PreparedCall:
        """Give the call of a verb.

        Parameters
        ----------
        name : str
            The verb.
        arguments : mapping
            By our names; None means not given.
        native : mapping, optional
            By the document's names (quantities, paging).
        body : Body, optional
            A streamed body.

        Raises
        ------
        UnknownOperation
            This server cannot do it.
        UnknownArgument
            This server has no place for an argument.
        """
        verb = self.verb(name)
        parameters = self.spec.interface[verb.operation]
        placed: dict[str, object] = {}
        optional = {name: value for name, value in verb.optional.items() if place([name], parameters)}
        for constant, value in {**verb.constants, **optional}.items():
            _put(placed, constant, copy.deepcopy(value))  # what follows may write into it
        for argument, value in arguments.items():
            if value is None:
                continue
            target = place(verb.arguments.get(argument, ()), parameters)
            if target is None:
                raise UnknownArgument(argument, verb.arguments, where=f"of {name} ({verb.operation}) on this server")
            _put(placed, target, self._shaped(verb, argument, target, _theirs(verb, argument, value)))
            for beside, sent in verb.beside.get(argument, {}).items():
                _put(placed, beside, sent)
        for target, value in (native or {}).items():
            _put(placed, target, value)
        call = self.prepare(verb.operation, placed)
        headers = {**dict(call.headers), **verb.headers}
        if body is not None:
            headers["Content-Type"] = verb.raw_body
            call = replace(call, body=body)
        expects = tuple(expected_of(verb).items())
        return replace(call, headers=tuple(headers.items()), repeatable=verb.repeatable, expects=expects)

    def _shaped(self, verb: Verb, argument: str, target: str, value: object) -> object:
        """Give the values of an argument in the form that this server has them in."""
        several = isinstance(value, Iterable) and not isinstance(value, (str, Mapping))
        items: list[object] = list(value) if several else [value]  # type: ignore[call-overload]  # it is iterable
        if argument in verb.wrapped:
            return [{verb.wrapped[argument]: one} for one in items]
        if argument in verb.joined and type_at(self.spec, verb.operation, target) == "string":
            return verb.joined[argument].join(str(one) for one in items)
        return value

    def send(self, call: PreparedCall, *, stream: bool = False) -> requests.Response:
        """Send a call and give the answer; ours are the errors."""
        return self.transport.send(call, stream=stream)

    def ask(self, verb: str, arguments: Mapping[str, object], **more: Any) -> Any:
        """Do a verb and give the record in its JSON answer.

        Parameters
        ----------
        verb : str
        arguments : mapping
            By our names.
        **more
            See :meth:`prepare_verb`.
        """
        call = self.prepare_verb(verb, arguments, **more)
        answer = self.json(call)
        check_names(call, self.verb(verb), arguments, answer)
        return dotted.get(answer, self.verb(verb).answer)

    def json(self, call: PreparedCall) -> Any:
        """Send a call and give its JSON.

        Raises
        ------
        ApiError
            The answer is none of NOMAD's: no JSON, or without what the call expects (a login page, a proxy's).
        ConnectionLost
            It ended in the middle, as often as it was asked for.
        """
        answer = self.transport.json(call)
        check_shape(call, answer)
        return answer


def _theirs(verb: Verb, argument: str, value: object) -> object:
    """Give the server's word for a value of ours.

    Raises
    ------
    UsageError
        The argument takes words, and this is none of them.
    """
    words = verb.values.get(argument)
    if words is None:
        return value
    if value not in words:
        raise UsageError(f"{argument} is one of {', '.join(map(str, words))}, not {value!r}")
    return words[value]


def _put(placed: dict[str, object], target: str, value: object) -> None:
    head, _, rest = target.partition("/")
    if not rest:
        placed[head] = value
    else:
        dotted.put(object_inside(placed, head), rest.replace("/", "."), value)
