from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from tests.flows.conftest import QUICK, Connect
from tests.flows.relay import Fault, Passing, Relay

Put = Callable[..., ns.Upload]


def first(client: Any, upload: ns.Upload, **given: Any) -> ns.Entry:
    return next(iter(ns.search(client, upload_id=upload.upload_id, **given)))


def test_what_is_said_at_publish_goes_with_every_entry(
    client: Any, silicon: dict[str, bytes], put: Put, connect: Connect
) -> None:
    links = ["https://example.org/paper", "https://example.org/data"]
    done = put(client, silicon, publish=True, comment="Si, PBE", references=links)
    assert done.published
    entry = first(connect(None), done)
    assert (entry.comment, list(entry.references), entry.published, entry.with_embargo) == (
        "Si, PBE",
        links,
        True,
        False,
    )
    assert entry.owner == "Leonard Hofstadter"


def test_an_embargo_hides_the_data_from_all_but_the_owner(
    client: Any, silicon: dict[str, bytes], put: Put, connect: Connect, tmp_path: Any
) -> None:
    done = put(client, silicon, publish=True, embargo_months=6, coauthors=["Sheldon.Cooper@nomad-fairdi.tests.de"])
    file = f"{done.upload_id}/AcAg/si/si.out"
    for other in (None, "sheldon"):  # a coauthor is credited; sharing is another matter
        assert ns.search(connect(other), owner="visible", upload_id=done.upload_id).total == 0
        with pytest.raises(ns.Unauthorized):
            ns.download(connect(other), file, to=tmp_path)
    assert list(tmp_path.iterdir()) == []
    entry = first(client, done, owner="visible")
    assert entry.with_embargo
    assert ns.download(client, file, to=tmp_path).read_bytes() == silicon["AcAg/si/si.out"]


def test_a_coauthor_may_be_given_by_id(client: Any, silicon: dict[str, bytes], put: Put, sandbox: Sandbox) -> None:
    sheldon = sandbox.accounts.find("sheldon")
    assert sheldon is not None
    done = put(client, silicon, publish=True, coauthors=[sheldon.user_id])
    assert "Sheldon Cooper" in [author["name"] for author in first(client, done).raw["authors"]]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"embargo_months": 37}, "embargo_months is 37; NOMAD allows 0 to 36"),
        ({"embargo_months": -1}, "embargo_months is -1"),
        ({"coauthors": ["nobody@example.org"]}, "nobody with the address nobody@example.org has an account"),
        ({"references": "https://example.org"}, r"references is one text; give a list: references=\['https"),
    ],
)
def test_a_mistake_is_found_before_anything_is_published(
    client: Any, silicon: dict[str, bytes], put: Put, given: dict[str, Any], why: str
) -> None:
    made = put(client, silicon)
    with pytest.raises(ns.UsageError, match=why):
        ns.publish(client, made, patience=QUICK, **given)
    assert not ns.get_upload(client, made).published


def test_an_upload_without_entries_is_not_published_and_with_leave_nomads_to_refuse(each: Any, put: Put) -> None:
    made = put(each, {"readme.txt": b"no calculation"})
    assert made.entries == 0
    with pytest.raises(ns.ProcessingFailed, match="no calculation was recognised in it. Nothing was published"):
        ns.publish(each, made, patience=QUICK)
    with pytest.raises(ns.InvalidRequest, match="Cannot publish an upload without"):
        ns.publish(each, made, allow_failed=True, patience=QUICK)
    assert not ns.get_upload(each, made).published


def test_an_upload_with_failed_entries_is_published_with_leave_only(
    each: Any, silicon: dict[str, bytes], put: Put
) -> None:
    made = put(each, {**silicon, "broken/cut.out": silicon["AcAg/si/si.out"][:900]})
    assert (made.entries, made.failed) == (2, 1)
    with pytest.raises(ns.ProcessingFailed, match=r"1 of 2 entries failed: broken/cut.out: .* allow_failed=True") as no:
        ns.publish(each, made, patience=QUICK)
    assert no.value.errors and no.value.upload is not None
    assert not ns.get_upload(each, made).published
    assert ns.publish(each, made, allow_failed=True, patience=QUICK).published


def test_a_mistyped_id_is_not_found_and_not_published(client: Any) -> None:
    with pytest.raises(ns.NotFound):
        ns.publish(client, "mistyped", patience=QUICK)


def test_publishing_again_changes_nothing_and_says_so(client: Any, silicon: dict[str, bytes], put: Put) -> None:
    done = put(client, silicon, publish=True, comment="first")
    assert ns.publish(client, done, patience=QUICK).published
    with pytest.warns(ns.NomadWarning, match="published before; its comment stay"):
        ns.publish(client, done, comment="second", patience=QUICK)
    assert first(client, done).comment == "first"


def test_without_a_login_nothing_is_sent(connect: Connect, sandbox: Sandbox) -> None:
    nobody = connect(None)
    before = len(sandbox.requests)
    for act in (ns.publish, ns.delete):
        with pytest.raises(ns.NoCredentials):
            act(nobody, "some-upload")
    assert len(sandbox.requests) == before


def on_order(method: str, fault: Fault) -> Callable[[Passing], Fault | None]:
    return lambda passing: fault if passing.method == method else None


@pytest.mark.parametrize("fault", [Fault(lost=True), Fault(status=502), Fault(status=504)], ids=["lost", "502", "504"])
def test_a_publish_whose_answer_got_lost_is_looked_at_and_never_repeated(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], put: Put, version: str, fault: Fault
) -> None:
    client = connect("leonard", version, url=relay.url)
    made = put(client, silicon)
    relay.fault = on_order("POST", fault)
    done = ns.publish(client, made, comment="survives", references=["https://example.org"], patience=QUICK)
    assert done.published
    assert relay.count("POST") == 1
    entry = first(client, done)
    assert (entry.comment, entry.references) == ("survives", ("https://example.org",))


def test_a_publish_that_never_arrived_is_the_callers_to_repeat(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], put: Put
) -> None:
    client = connect("leonard", url=relay.url)
    made = put(client, silicon)
    through = relay.ask

    def swallow(method: str, target: str, headers: dict[str, str], body: bytes) -> Any:
        return (502, [], b"Bad Gateway") if method == "POST" else through(method, target, headers, body)

    relay.ask = swallow  # type: ignore[method-assign]
    with pytest.raises(ns.ServerError, match="shows no sign of the order to publish upload .*: give it again"):
        ns.publish(client, made, comment="x", patience=QUICK)
    assert relay.count("POST") == 1
    relay.ask = through  # type: ignore[method-assign]
    assert ns.publish(client, made, comment="x", patience=QUICK).published


def test_a_publish_on_which_nobody_can_be_asked_any_more_says_that_it_is_not_known(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], put: Put
) -> None:
    client = connect("leonard", url=relay.url)
    made = put(client, silicon)
    client.nomad.transport.policy = type(client.nomad.transport.policy)(retries=0)

    def die(passing: Passing) -> Fault | None:
        if passing.method == "POST":
            relay.dead = True
            return Fault(lost=True)
        return None

    relay.fault = die
    with pytest.raises(ns.ConnectionLost, match=f"Whether upload {made.upload_id} got the order is not known"):
        ns.publish(client, made, patience=QUICK)


def test_a_delete_whose_answer_got_lost_is_looked_at_and_never_repeated(
    connect: Connect, relay: Relay, silicon: dict[str, bytes], put: Put, version: str
) -> None:
    client = connect("leonard", version, url=relay.url)
    made = put(client, silicon)
    relay.fault = on_order("DELETE", Fault(lost=True))
    ns.delete(client, made, patience=QUICK)
    assert relay.count("DELETE") == 1
    with pytest.raises(ns.NotFound):
        ns.get_upload(client, made)


def test_a_mistyped_id_is_not_deleted(client: Any) -> None:
    with pytest.raises(ns.NotFound):
        ns.delete(client, "mistyped", patience=QUICK)


def test_a_published_upload_cannot_be_deleted(client: Any, silicon: dict[str, bytes], put: Put) -> None:
    done = put(client, silicon, publish=True)
    with pytest.raises(ns.Forbidden, match="already published"):
        ns.delete(client, done, patience=QUICK)
