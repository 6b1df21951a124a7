"""The one place where foreign failures become ours.

Two kinds: no answer (exceptions of requests and urllib3) and an answer with an error status (NOMAD's JSON of either
generation, or whatever a proxy in between says). Source of the two error shapes: NOMAD 0.8.6 (``message``, else
``description``, plus ``errors``) and NOMAD 1.4.3 (``detail`` as text, list or object).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import requests
import urllib3.exceptions

from nomad_swagger import errors
from nomad_swagger.advice import python_words
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.origin import shown
from nomad_swagger.transport.retry import asked_pause_s

_BY_STATUS: Mapping[int, type[errors.ApiError]] = {
    400: errors.InvalidRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    429: errors.RateLimited,
}

_LONGEST_DETAIL = 500
_LONGEST_PAGE_BYTES = 1 << 16


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn exceptions of requests and urllib3 into ours.

    Parameters
    ----------
    what : str
        The call's title, for the message.

    Raises
    ------
    RequestTimeout, ConnectionLost
        No answer.
    UsageError
        Nothing that could be sent: a URL or a header that is none.
    """
    try:
        yield
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _ours(what, error) from error
    except OSError as error:
        if "certificate" not in str(error):  # a file of ours, or the disk
            raise
        raise _advised(errors.UsageError, f"{what}: {error}") from error


def _ours(what: str, error: requests.exceptions.RequestException | urllib3.exceptions.HTTPError) -> errors.NomadError:
    if timed_out(error):
        return _advised(errors.RequestTimeout, f"{what}: no answer in time")
    if isinstance(error, ValueError):  # requests' way to say that the request itself cannot be sent
        return _advised(
            errors.UsageError, f"{what}: {error}", "A URL, also a proxy's, starts with https:// or http://."
        )
    at_fault = "the proxy fails: " if isinstance(error, requests.exceptions.ProxyError) else ""
    return _advised(errors.ConnectionLost, f"{what}: {at_fault}{root_cause(error)}")


def _advised(kind: type[errors.NomadError], message: str, otherwise: str = "") -> errors.NomadError:
    return kind(message, advice=python_words(kind, message) or otherwise)


def timed_out(error: BaseException) -> bool:
    """Tell whether the server was silent for too long, which requests calls a lost connection when it is mid-body."""
    inner = error.args[0] if error.args else None
    silences = (requests.exceptions.Timeout, urllib3.exceptions.ReadTimeoutError)
    return isinstance(error, silences) or isinstance(inner, urllib3.exceptions.ReadTimeoutError)


def root_cause(error: BaseException) -> str:
    """Give the words of the failure at the bottom of a chain, which requests buries in a repr."""
    reason: BaseException = error
    while True:
        inner = getattr(reason, "reason", None) or next((a for a in reason.args if isinstance(a, BaseException)), None)
        if not isinstance(inner, BaseException) or inner is reason:
            break
        reason = inner
    if isinstance(reason, urllib3.exceptions.IncompleteRead):
        return "the connection ended early"
    text = re.sub(r"^<[^>]*>: |^[\w.]*Connection(Pool)?\([^)]*\): ", "", str(reason)).rstrip(".")
    return text or type(reason).__name__


def detail_of(response: requests.Response) -> str:
    """Give NOMAD's own words from an error answer; for a page of something else, its title or first line."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return _first_words(response.content[:_LONGEST_PAGE_BYTES].decode(errors="replace"))
    if isinstance(body, Mapping):
        if body.get("detail"):
            return _fastapi_detail(body["detail"])
        text = str(body.get("message") or body.get("description") or body.get("error_description") or "")
        return _with_errors(text, body.get("errors"))
    return _first_words(str(body))


def _with_errors(text: str, fields: object) -> str:
    if not isinstance(fields, Mapping) or not fields:
        return text
    listed = "; ".join(f"{name}: {words}" if name else str(words) for name, words in fields.items())
    return f"{text} ({listed})" if text else listed


def _fastapi_detail(detail: object) -> str:
    if isinstance(detail, list):
        return "; ".join(_fastapi_detail(item) for item in detail)
    if isinstance(detail, Mapping):
        place = ".".join(str(step) for step in _flatten(detail.get("loc", [])))
        words = str(detail.get("msg") or detail.get("reason") or detail.get("exception") or dict(detail))
        return f"{place}: {words}" if place else words
    return str(detail)


def _flatten(steps: object) -> Iterator[object]:
    for step in steps if isinstance(steps, list) else [steps]:
        if isinstance(step, list):
            yield from _flatten(step)
        else:
            yield step


def _first_words(text: str) -> str:
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    plain = title.group(1) if title else re.sub(r"<[^>]*>", " ", text)
    return " ".join(plain.split())[:_LONGEST_DETAIL]


def error_of(response: requests.Response, call: PreparedCall, *, about_login: str = "") -> errors.ApiError:
    """Make the error for an answer with an error status.

    Parameters
    ----------
    response : requests.Response
    call : PreparedCall
    about_login : str
        What to try where the login is at fault, for one that another login would not help.

    Returns
    -------
    ApiError
        Of the class that fits the status, with ``status``, ``operation`` and ``detail``.
    """
    status = response.status_code
    detail = detail_of(response)
    kind = _BY_STATUS.get(status) or (errors.ServerError if status >= 500 else errors.InvalidRequest)
    message = f"{call.title}: {status} {response.reason or ''}".rstrip()
    if status < 400:
        place = shown(response.headers.get("Location", "nowhere"))
        return kind(
            message, status=status, operation=call.title, advice=f"It points to {place}: connect there instead."
        )
    if detail:
        message += f": {detail[:_LONGEST_DETAIL]}"
    asked_s = asked_pause_s(response)
    if asked_s:
        message = f"{message.rstrip('.')}. It asks for a pause of {_in_words(asked_s)}"
    advice = python_words(kind, message, status)
    if about_login and kind is errors.Unauthorized:
        advice = about_login
    return kind(message, status=status, operation=call.title, detail=detail, advice=advice)


def _in_words(seconds: float) -> str:
    """Give a time as a person says it.

    Examples
    --------
    >>> _in_words(90), _in_words(86400)
    ('90 s', '86400 s (24 hours)')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return (
        f"{seconds:.0f} s ({seconds / 3600:.0f} hours)"
        if seconds >= 7200
        else f"{seconds:.0f} s ({seconds / 60:.0f} minutes)"
    )
