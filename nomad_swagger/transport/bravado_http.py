"""Our transport under bravado's ``HttpClient`` seam.

bravado hands over a request dict and an operation and gets a future back, as from its own ``RequestsClient``; errors
come out as bravado's own exceptions, with NOMAD's words in them. Imports bravado: import this module late.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import requests
from bravado.config import RequestConfig
from bravado.exception import make_http_exception
from bravado.http_client import HttpClient
from bravado.http_future import FutureAdapter, HttpFuture
from bravado.requests_client import RequestsResponseAdapter
from bravado_core.exception import SwaggerMappingError
from bravado_core.operation import Operation
from bravado_core.response import IncomingResponse

from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.failures import detail_of, root_cause, timed_out
from nomad_swagger.transport.send import Authenticator, Transport

log = logging.getLogger(__name__)

# bravado-core remembers how it marshals each schema, for the whole process; two threads that ask for the first time at
# once look to it like one that goes round in a circle. Whoever lets it marshal or unmarshal holds this.
BRAVADO_CORE = threading.RLock()

# What bravado-core raises, besides its own error, when an answer has a null, a list or a number where none should be.
_UNREADABLE = (SwaggerMappingError, ValueError, TypeError, AttributeError, KeyError)

CallMaker = Callable[[Mapping[str, Any], Operation | None], PreparedCall]
"""Makes a prepared call of bravado's request dict and operation."""


class BravadoHttp(HttpClient):
    """What bravado sends through.

    Parameters
    ----------
    transport : Transport
    prepare : callable
        From ``client``: knows which call is repeatable, binary, and for whom.
    """

    def __init__(self, transport: Transport, prepare: CallMaker) -> None:
        self.transport = transport
        self._prepare = prepare

    @property
    def authenticator(self) -> Authenticator | None:
        """The authenticator, where bravado's own client keeps it too."""
        return self.transport.authenticator

    @authenticator.setter
    def authenticator(self, value: Authenticator | None) -> None:
        self.transport.authenticator = value

    def request(
        self,
        request_params: Mapping[str, Any],
        operation: Operation | None = None,
        request_config: RequestConfig | None = None,
    ) -> HttpFuture:
        """Give the future of a request; nothing is sent before its ``response()``."""
        call = self._prepare(request_params, operation)
        timeout = (
            request_params.get("connect_timeout", self.transport.connect_timeout_s),
            request_params.get("timeout", self.transport.read_timeout_s),
        )
        return _Future(_Exchange(self.transport, call, timeout), _Answer, operation, request_config)


class _Exchange(FutureAdapter):
    timeout_errors = (requests.exceptions.Timeout,)
    connection_errors = (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)

    def __init__(self, transport: Transport, call: PreparedCall, timeout: tuple[float | None, float | None]) -> None:
        self.call = call
        self._transport, self._timeout = transport, timeout

    def result(self, timeout: float | None = None) -> requests.Response:
        connect_s, read_s = self._timeout
        return self._transport.exchange(self.call, timeout=(connect_s, read_s if timeout is None else timeout))

    def cancel(self) -> None:
        """Do nothing: the request is not sent before ``result``."""

    def _raise_connection_error(self, exception: BaseException) -> None:
        # requests files two silences under lost connections: before the connection came up, and within a body.
        if timed_out(exception):
            self._raise_timeout_error(exception)
        super()._raise_connection_error(exception)

    def _raise_error(self, base: type[BaseException], suffix: str, exception: BaseException) -> None:
        try:
            super()._raise_error(base, suffix, exception)
        except base as error:
            # bravado's copy of the exception says nothing at all
            error.args = (f"{self.call.title}: {root_cause(exception)}",)
            raise


class _Answer(RequestsResponseAdapter):
    @property
    def reason(self) -> str:
        """The status' words, with what NOMAD said: bravado puts them into its exceptions' text."""
        plain = str(self._delegate.reason or "")
        # For a server's failure bravado puts the body there itself.
        detail = detail_of(self._delegate) if 400 <= self._delegate.status_code < 500 else ""
        return f"{plain}: {detail}" if detail else plain


class _Future(HttpFuture):
    """bravado's future, but no answer is lost: neither one without a schema nor one that breaks its schema."""

    def _get_swagger_result(self, incoming_response: IncomingResponse) -> object:
        if self.operation is None:
            return super()._get_swagger_result(incoming_response)
        if self._is_undescribed(incoming_response.status_code):
            return self._undescribed(incoming_response)
        try:
            with BRAVADO_CORE:
                return super()._get_swagger_result(incoming_response)
        except _UNREADABLE as error:
            if incoming_response.status_code >= 300:
                raise make_http_exception(response=incoming_response) from error
            incoming_response.swagger_result = self._content(incoming_response)
            log.warning(  # without the error's own text, which quotes the answer
                "%s: the answer is not what the description says (%s); it is given as plain JSON",
                self.future.call.title,
                type(error).__name__,
            )
            return incoming_response.swagger_result

    def _undescribed(self, incoming_response: IncomingResponse) -> object:
        incoming_response.swagger_result = None
        if incoming_response.status_code < 300:
            incoming_response.swagger_result = self._content(incoming_response)
        for callback in self.request_config.response_callbacks:
            callback(incoming_response, self.operation)
        if incoming_response.status_code >= 300:
            raise make_http_exception(response=incoming_response)
        return incoming_response.swagger_result

    def _is_undescribed(self, status: int) -> bool:
        deref = self.operation.swagger_spec.deref
        answers = deref(self.operation.op_spec.get("responses")) or {}
        described = deref(answers.get(str(status), answers.get("default")))
        if described is None:
            return True
        return 200 <= status < 300 and "schema" not in described

    def _content(self, incoming_response: IncomingResponse) -> object:
        if not incoming_response.raw_bytes:
            return None
        is_json = "json" in incoming_response.headers.get("content-type", "").lower()
        return incoming_response.json() if is_json and not self.future.call.binary else incoming_response.raw_bytes
