"""A deed is done when it is seen, whatever was answered: fields dropped on the way, answers that are none."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.flows.polling import Patience
from tests.flows.conftest import QUICK, Connect, imagined
from tests.flows.relay import Fault, Passing, Relay

Put = Callable[..., ns.Upload]
Files = dict[str, bytes]
LINKS = ["https://example.org/1", "https://example.org/2"]
VERSIONS = ("0.7.9", "0.8.6", "1.4.3")

SHAPES: dict[str, bytes] = {
    "null": b"null",
    "list": b"[]",
    "empty": b"{}",
    "text": b'"hi"',
    "number": b"3",
    "true": b"true",
    "page": b"<html>Please log in</html>",
    "nested": b"[" * 20_000 + b"]" * 20_000,
    "other": b'{"status": "ok"}',
}


def is_deed(passing: Passing) -> bool:
    """Tell whether a request changes something: no read, no search, no edit that only tries."""
    reads = passing.method == "GET" or passing.path.endswith("/query")
    body = json.loads(passing.body) if passing.body.startswith(b"{") else {}
    return not (reads or body.get("verify") or body.get("verify_only"))


def without(passing: Passing, drop: Callable[[dict[str, Any]], None]) -> Passing:
    body = json.loads(passing.body)
    metadata = body["metadata"]
    before = json.dumps(metadata)
    drop(metadata)
    assert json.dumps(metadata) != before, "there was something to drop"
    return replace(passing, body=json.dumps(body).encode())


def dropping(name: str) -> Callable[[dict[str, Any]], None]:
    def drop(metadata: dict[str, Any]) -> None:
        if name == "embargo":
            metadata.pop("with_embargo")
        elif name in ("comment", "references"):
            metadata.pop(name)
        elif name == "first reference":
            metadata["references"] = metadata["references"][1:]
        elif name == "last reference":
            metadata["references"] = metadata["references"][:-1]
        else:
            metadata["coauthors"] = metadata["coauthors"][1:]

    return drop


DROPPED = {
    "embargo": "with_embargo is False and not True|embargo_months is 0 and not 12",
    "comment": "comment is '' and not 'Si, PBE'",
    "references": "references is \\[\\] and not",
    "first reference": "references is \\['https://example.org/2'\\] and not \\['https://example.org/1', ",
    "last reference": "references is \\['https://example.org/1'\\] and not",
    "coauthor": "coauthors is \\[.*\\] and not",
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("dropped", DROPPED)
def test_what_is_dropped_on_its_way_is_reported_with_what_was_asked(
    connect: Connect, relay: Relay, silicon: Files, put: Put, sandbox: Sandbox, version: str, dropped: str
) -> None:
    client = connect("leonard", version, url=relay.url)
    made = put(client, silicon)
    people = [sandbox.accounts.find(name) for name in ("sheldon", "admin")]
    ids = [person.user_id for person in people if person is not None]
    assert ids

    def change(passing: Passing) -> Passing:
        if not is_deed(passing):
            return passing
        publishes = passing.path.endswith("/publish")
        if version == "1.4.3" and publishes and dropped == "embargo":
            kept = [(name, value) for name, value in parse_qsl(passing.query) if name != "embargo_length"]
            return replace(passing, query=urlencode(kept))
        return passing if publishes or (version == "1.4.3" and dropped == "embargo") else without(passing, drop)

    drop = dropping(dropped)
    relay.change = change
    with pytest.raises(ns.NotAsAsked, match=DROPPED[dropped]) as said:
        ns.publish(
            client,
            made,
            comment="Si, PBE",
            references=LINKS,
            coauthors=ids,
            embargo_months=12,
            patience=imagined(),
        )
    published = ns.get_upload(client, made).published
    before_publish = version == "1.4.3" and dropped != "embargo"
    assert published is not before_publish, "what can still be changed is read back before the publish goes out"
    assert ("Nothing was published" in str(said.value)) is before_publish
    assert sum(passing.path.endswith(("/publish", made.upload_id)) for passing in relay.passed if is_deed(passing)) == (
        0 if before_publish else 1
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_publish_that_is_answered_and_not_done_is_reported(
    connect: Connect, relay: Relay, silicon: Files, put: Put, version: str
) -> None:
    client = connect("leonard", version, url=relay.url)
    made = put(client, silicon)
    base = relay.passed[-1].path.partition("/uploads")[0]
    look = f"{base}/uploads/{made.upload_id}"
    relay.change = lambda passing: Passing("GET", look) if is_deed(passing) else passing
    with pytest.raises(ns.ProcessingFailed, match="NOMAD took the order and stopped without publishing"):
        ns.publish(client, made, patience=QUICK)
    assert sum(map(is_deed, relay.passed)) == 2, "the upload itself, and one publish"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["comment", "references"])
def test_an_edit_whose_field_is_dropped_is_reported(
    connect: Connect, relay: Relay, silicon: Files, put: Put, version: str, name: str
) -> None:
    client = connect("leonard", version, url=relay.url)
    made = put(client, silicon)
    place = "metadata" if version == "1.4.3" else "actions"

    def change(passing: Passing) -> Passing:
        if not is_deed(passing):
            return passing
        body = json.loads(passing.body)
        del body[place][name]
        return replace(passing, body=json.dumps(body).encode())

    relay.change = change
    with pytest.raises(ns.ProcessingFailed, match=f"NOMAD took the edit, and yet {name} is .* and not"):
        ns.edit(client, made, comment="new", references=LINKS, patience=imagined())


@pytest.mark.parametrize("done", [True, False], ids=["done", "not-done"])
@pytest.mark.parametrize(("version", "shape"), list(zip(itertools.cycle(VERSIONS), SHAPES, strict=False)))
@pytest.mark.parametrize("deed", ["publish", "delete", "edit", "create_dataset", "delete_dataset", "upload"])
def test_an_answer_that_is_none_never_stands_for_a_deed(
    connect: Connect, relay: Relay, silicon: Files, put: Put, pack: Any, version: str, done: bool, shape: str, deed: str
) -> None:
    client = connect("leonard", version, url=relay.url)
    name = f"set {uuid.uuid4()}"
    made = None if deed in ("upload", "create_dataset", "delete_dataset") else put(client, silicon)
    if deed == "delete_dataset":
        ns.create_dataset(client, name)
    base = client.nomad.api_url.removeprefix(relay.url)
    if not done:
        relay.change = lambda passing: Passing("GET", f"{base}/info/") if is_deed(passing) else passing
    relay.fault = lambda passing: Fault(instead=SHAPES[shape]) if is_deed(passing) else None
    acts: dict[str, Callable[[Patience], Any]] = {
        "publish": lambda patience: ns.publish(client, str(made and made.upload_id), comment="x", patience=patience),
        "delete": lambda patience: ns.delete(client, str(made and made.upload_id), patience=patience),
        "edit": lambda patience: ns.edit(client, str(made and made.upload_id), comment="x", patience=patience),
        "create_dataset": lambda patience: ns.create_dataset(client, name),
        "delete_dataset": lambda patience: ns.delete_dataset(client, name),
        "upload": lambda patience: ns.upload(client, pack(silicon), name="test"),
    }
    if deed == "upload":  # a second one would be another upload, so nobody can tell
        with pytest.raises(ns.ApiError, match="may have been made"):
            acts[deed](QUICK)
    elif done:
        acts[deed](QUICK)
    else:
        with pytest.raises(ns.NomadError):
            acts[deed](imagined())
    relay.change, relay.fault = (lambda passing: passing), (lambda passing: None)
    if made is not None:
        assert _is_done(client, deed, made) is done


def _is_done(client: Any, deed: str, made: ns.Upload) -> bool:
    if deed == "edit":
        (entry,) = ns.search(client, owner="visible", upload_id=made.upload_id)
        return entry.comment == "x"
    try:
        seen = ns.get_upload(client, made)
    except ns.NotFound:
        return True
    return seen.published


def test_an_index_that_learns_late_is_given_a_minute_and_no_second_order_is_sent(
    connect: Connect, relay: Relay, silicon: Files, put: Put
) -> None:
    client = connect("leonard", "0.8.6", url=relay.url)
    made = put(client, silicon)
    looks: list[int] = []

    def late(passing: Passing) -> Fault | None:
        if not (passing.path.endswith("/repo/") and relay.count("POST")):
            return None
        looks.append(1)
        return Fault(instead=b'{"results": [], "pagination": {"total": 0}}') if len(looks) < 4 else None

    relay.fault = late
    assert ns.publish(client, made, comment="x", patience=imagined()).published
    assert len(looks) == 4
    assert relay.count("POST") == 1
