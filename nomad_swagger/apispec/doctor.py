"""What in a document bites a client, and what we do about it.

Knows the document as a whole, and puts together what ``symptoms`` finds in its operations and what a conversion lost.
It must not call anything: whether a server keeps to its document is ``spec verify --against``'s question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from nomad_swagger.apispec.outline import Endpoint, endpoints_of
from nomad_swagger.apispec.symptoms import CHECKS, NOTE, SURPRISE, TROUBLE, Finding

if TYPE_CHECKING:
    from nomad_swagger.apispec.openapi3 import Loss

SEVERITIES = (TROUBLE, SURPRISE, NOTE)
_HEADINGS = {
    TROUBLE: "TROUBLE: who believes the document gets an error, or something else than asked for",
    SURPRISE: "SURPRISE: works, and not as one expects",
    NOTE: "NOTE: good to know",
}
_SHOWN = 6
_LOST = "lost-in-conversion"


def examine(document: Mapping[str, object], losses: Iterable[Loss] = ()) -> list[Finding]:
    """Give everything in a document that bites, the worst first.

    Parameters
    ----------
    document : mapping
        Swagger 2.0 or OpenAPI 3 as it was read; is not changed.
    losses : iterable of Loss
        What the conversion of an OpenAPI 3 document could not keep.

    Examples
    --------
    >>> operation = {"operationId": "get", "tags": ["raw"], "responses": {"200": {"description": "OK"}}}
    >>> document = {"swagger": "2.0", "host": "here", "paths": {"/raw": {"get": operation}}}
    >>> [finding.kind for finding in examine(document)]
    ['no-schema', 'host-ignored']
    """
    endpoints = endpoints_of(document)
    found = [finding for endpoint in endpoints for check in CHECKS for finding in check(document, endpoint)]
    found += [*_address(document), *_duplicates(document, endpoints), *_lost(losses, endpoints)]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def report_findings(findings: Sequence[Finding], *, title: str = "") -> str:
    """Give the findings as text, with operations that suffer the same in one line."""
    counts = Counter(finding.severity for finding in findings)
    told = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])
    parts = [f"{f'{title}: ' if title else ''}{told or 'nothing that bites'}"]
    for severity in SEVERITIES:
        lines = list(_lines([finding for finding in findings if finding.severity == severity]))
        if lines:
            parts += ["", _HEADINGS[severity], *(f"  {line}" for line in lines)]
    return "\n".join(parts) + "\n"


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        # what conversions lose is told by why: there are many constructs and few reasons
        told = finding.problem.partition(": ")[2] if finding.kind == _LOST else finding.problem
        groups.setdefault((finding.kind, told, finding.what_we_do), []).append(finding)
    for (kind, told, action), members in groups.items():
        names = _few([finding.operation for finding in members])
        constructs = _few([finding.problem.partition(": ")[0] for finding in members]) if kind == _LOST else ""
        yield ": ".join(filter(None, (names, constructs, told))) + f". We {action}."


def _few(names: Iterable[str]) -> str:
    once = list(dict.fromkeys(filter(None, names)))
    more = f" and {len(once) - _SHOWN} more" if len(once) > _SHOWN else ""
    return ", ".join(once[:_SHOWN]) + more


def _address(document: Mapping[str, object]) -> Iterator[Finding]:
    named = document.get("host") or document.get("servers")
    if named:
        problem = "names its own address, which may not be where it was asked for"
        yield Finding(NOTE, "host-ignored", "", problem, "call the URL that you named, whatever the document says")
    else:
        problem = "names no host, so bravado calls localhost unless it is told where the document came from"
        yield Finding(TROUBLE, "no-host", "", problem, "call the URL that you named")


def _duplicates(document: Mapping[str, object], endpoints: Sequence[Endpoint]) -> Iterator[Finding]:
    ids = Counter(endpoint.operation_id for endpoint in endpoints if endpoint.operation_id)
    for endpoint in endpoints:
        if ids[endpoint.operation_id] > 1:
            problem = f"shares the id {endpoint.operation_id!r} with another operation, which bravado refuses or loses"
            yield Finding(TROUBLE, "duplicate-id", endpoint.name, problem, f"call it {endpoint.name}")
    by_route = Counter((endpoint.method, endpoint.path.rstrip("/")) for endpoint in endpoints)
    for endpoint in endpoints:
        if by_route[endpoint.method, endpoint.path.rstrip("/")] > 1:
            problem = f"{endpoint.route} exists with and without the slash at the end"
            yield Finding(
                SURPRISE, "slash-twice", endpoint.name, problem, "keep the path of the operation that you call"
            )


def _lost(losses: Iterable[Loss], endpoints: Sequence[Endpoint]) -> Iterator[Finding]:
    names = {endpoint.route: endpoint.name for endpoint in endpoints}
    for loss in losses:
        operation = names.get(loss.operation, loss.operation)
        action = "leave that out of the converted document and pass values on unchecked"
        yield Finding(NOTE, _LOST, operation, f"{loss.what}: {loss.why}", action)
