"""Bodies that are sent and answers that are read, by media type.

Knows where both notations keep them. How schemas compare is ``schemas``'s business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nomad_swagger.apispec.diff.change import BREAKING, COMPATIBLE, COSMETIC, Change
from nomad_swagger.apispec.diff.rules import severity_if
from nomad_swagger.apispec.diff.schemas import Documents, compare_schemas
from nomad_swagger.apispec.outline import Endpoint, resolve

# what 2.0 documents mean when they are silent
_JSON = ["application/json"]
_Media = dict[str, object]


def compare_bodies(documents: Documents, before: Endpoint, after: Endpoint) -> Iterator[Change]:
    """Give the changes between the bodies of two forms of one operation."""
    (was_required, old), (is_required, new) = (
        _body(document, endpoint) for document, endpoint in zip(documents, (before, after), strict=True)
    )
    if old is None and new is None:
        return
    if old is None or new is None:
        if old is not None:
            message = "is gone; what is sent in it is ignored or refused"
            yield Change(BREAKING, "body-removed", where="body", message=message)
        elif is_required:
            message = "is new and required: a call without it is refused"
            yield Change(BREAKING, "body-added", where="body", message=message)
        else:
            yield Change(COMPATIBLE, "body-added", where="body", message="is new")
        return
    if was_required != is_required:
        message = "is now required: a call without it is refused" if is_required else "may now be left out"
        yield Change(severity_if(is_required), "body-required", "", "body", message, was_required, is_required)
    yield from _compare_media(documents, old, new, "body", sent=True)


def compare_answers(documents: Documents, before: Endpoint, after: Endpoint) -> Iterator[Change]:
    """Give the changes between the answers of two forms of one operation.

    An error's answer is never breaking: scripts go by the status.
    """
    old, new = _answers(documents[0], before), _answers(documents[1], after)
    for status in old:
        if status not in new:
            yield _status_gone(status, [other for other in new if _is_success(other) and other not in old])
    for status in new:
        if status not in old:
            message = "is new" if _is_success(status) else "is now told"
            severity = COMPATIBLE if _is_success(status) else COSMETIC
            yield Change(severity, "answer-added", where=f"answer {status}", message=message, new=status)
    for status in old:
        if status in new:
            yield from (
                change if _is_success(status) or change.severity != BREAKING else _softened(change)
                for change in _compare_answer(documents, old[status], new[status], f"answer {status}")
            )


def _is_success(status: str) -> bool:
    return status.startswith("2") or status == "default"


def _softened(change: Change) -> Change:
    return Change(**{**vars(change), "severity": COMPATIBLE})


def _status_gone(status: str, instead: list[str]) -> Change:
    where = f"answer {status}"
    if not _is_success(status):
        return Change(COSMETIC, "answer-removed", where=where, message="is no longer told", old=status)
    message = f"is no longer promised{f'; {instead[0]} comes instead' if instead else ''}"
    return Change(
        BREAKING, "answer-removed", where=where, message=message, old=status, new=instead[0] if instead else None
    )


def _compare_answer(
    documents: Documents, old: tuple[str, _Media], new: tuple[str, _Media], where: str
) -> Iterator[Change]:
    if old[0] != new[0]:
        message = "is described in other words"
        yield Change(COSMETIC, "words-changed", "", where, message, old[0], new[0])
    yield from _compare_media(documents, old[1], new[1], where, sent=False)


def _compare_media(documents: Documents, old: _Media, new: _Media, where: str, *, sent: bool) -> Iterator[Change]:
    shared = [media for media in old if media in new]
    gone, fresh = [media for media in old if media not in new], [media for media in new if media not in old]
    if gone:
        verb = "is no longer taken as" if sent else "no longer comes as"
        yield Change(BREAKING, "media-removed", "", where, f"{verb} {', '.join(gone)}", list(old), list(new))
    if fresh:
        verb = "is also taken as" if sent else "can also come as"
        yield Change(COMPATIBLE, "media-added", "", where, f"{verb} {', '.join(fresh)}", list(old), list(new))
    done: set[tuple[int, int]] = set()
    for media in shared:
        before, after = old[media], new[media]
        if (id(before), id(after)) in done:
            continue
        done.add((id(before), id(after)))
        if before is not None and after is not None:
            changes = compare_schemas(*documents, before, after, sent=sent)
            yield from (change.inside(where) for change in changes)
        elif before is not None or after is not None:
            yield _schema_gone_or_new(where, after is None, sent=sent)


def _schema_gone_or_new(where: str, gone: bool, *, sent: bool) -> Change:
    if gone:
        return Change(severity_if(not sent), "schema-removed", where=where, message="is no longer described")
    return Change(COMPATIBLE, "schema-added", where=where, message="is now described")


def _body(document: Mapping[str, object], endpoint: Endpoint) -> tuple[bool, _Media | None]:
    if "openapi" in document:
        body = resolve(document, endpoint.body.get("requestBody"))
        if not isinstance(body, Mapping):
            return False, None
        return body.get("required") is True, _content(body)
    given = next((one for one in endpoint.parameters if one.get("in") == "body"), None)
    in_form = any(one.get("in") == "formData" for one in endpoint.parameters)
    if given is None and not in_form:
        return False, None
    schema = given.get("schema") if given else None
    required = given is not None and given.get("required") is True
    return required, dict.fromkeys(_listed(document, endpoint, "consumes"), schema)


def _answers(document: Mapping[str, object], endpoint: Endpoint) -> dict[str, tuple[str, _Media]]:
    answers = endpoint.body.get("responses")
    found: dict[str, tuple[str, _Media]] = {}
    for status, entry in answers.items() if isinstance(answers, Mapping) else ():
        answer = resolve(document, entry)
        if not isinstance(answer, Mapping) or str(status).startswith("x-"):
            continue
        if "openapi" in document:
            media = _content(answer)
        else:
            media = dict.fromkeys(_listed(document, endpoint, "produces"), answer.get("schema"))
        found[str(status)] = str(answer.get("description") or ""), media
    return found


def _content(holder: Mapping[str, object]) -> _Media:
    content = holder.get("content")
    if not isinstance(content, Mapping):
        return {}
    return {str(media): one.get("schema") if isinstance(one, Mapping) else None for media, one in content.items()}


def _listed(document: Mapping[str, object], endpoint: Endpoint, key: str) -> list[str]:
    given = endpoint.body.get(key) or document.get(key) or _JSON
    return [str(media) for media in given] if isinstance(given, list) else _JSON
