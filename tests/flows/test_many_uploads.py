"""Many uploads in one run: each once, told about, put into datasets, published, within the server's limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_sandbox.limits import Limits
from nomad_swagger.errors import ConnectionLost, UsageError
from nomad_swagger.flows.batch_items import LEDGER, Item, Outcome, Told, items_of
from nomad_swagger.flows.many_uploads import Run
from nomad_swagger.settings import Keycloak, Profile
from nomad_swagger.transfers.ledger import Ledger
from nomad_swagger.transport.retry import RetryPolicy
from tests.flows.conftest import QUICK, Connect
from tests.flows.relay import Fault, Relay


@pytest.fixture
def folders(tmp_path: Path, silicon: dict[str, bytes]) -> list[Path]:
    made = []
    for number in range(4):
        folder = tmp_path / f"run{number}"
        folder.mkdir()
        (folder / "si.out").write_bytes(silicon["AcAg/si/si.out"])
        (folder / "note.txt").write_text(f"run {number}")
        made.append(folder)
    return made


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "state" / "ledger.sqlite", LEDGER)


def run(client: Any, ledger: Ledger, items: list[Item], *, jobs: int = 1, **how: Any) -> dict[str, Outcome]:
    made = Run(client, ledger, patience=QUICK, **how)
    return {Path(one.folder).name: one for outcomes in made.outcomes(items, jobs=jobs) for one in outcomes}


def test_each_folder_is_told_about_put_into_datasets_and_published_and_the_same_again_is_done(
    each: Any, sandbox: Sandbox, folders: list[Path], ledger: Ledger
) -> None:
    told = {folders[0]: Told(comment="the first", references=("https://nomad.example/1",), embargo_months=3)}
    told |= {folders[1]: Told(name="second", datasets=("twos " + each.nomad.api_url,))}
    name = "all " + each.nomad.api_url
    items = items_of(folders, told, place="here", ledger=ledger)
    done = run(each, ledger, items, publishes=True, datasets=[name], jobs=2)
    assert [(one.state, one.entries, one.failed, one.published) for one in done.values()] == [("done", 1, 0, True)] * 4
    assert len({one.upload_id for one in done.values()}) == 4
    entries = {entry.upload_id: entry for entry in ns.search(each, owner="user", dataset=name)}
    assert set(entries) == {one.upload_id for one in done.values()}
    first, second = entries[done["run0"].upload_id], entries[done["run1"].upload_id]
    assert (first.comment, first.references, first.with_embargo) == ("the first", ("https://nomad.example/1",), True)
    assert len(second.datasets) == 2 and not second.with_embargo
    assert ns.get_upload(each, done["run1"].upload_id).name == "second"
    before = sum(
        method in ("PUT", "POST") and path.rstrip("/").endswith("uploads") for method, path, *_ in sandbox.requests
    )
    again = run(each, ledger, items, publishes=True, datasets=[name])
    assert again == done
    after = sum(
        method in ("PUT", "POST") and path.rstrip("/").endswith("uploads") for method, path, *_ in sandbox.requests
    )
    assert before == after


def test_what_a_lost_call_made_is_found_and_not_made_again(
    connect: Connect, relay: Relay, folders: list[Path], ledger: Ledger
) -> None:
    client = connect("leonard", "1.4.3", url=relay.url)
    client.nomad.transport.policy = RetryPolicy(retries=0)
    items = items_of(folders[:2], {}, place="here", ledger=ledger)
    relay.fault = lambda passing: (
        Fault(lost=True) if passing.method == "POST" and passing.path.endswith("/uploads") else None
    )
    lost = run(client, ledger, items)
    assert all(isinstance(one.failure, ConnectionLost) and one.state == "failed" for one in lost.values())
    relay.fault = lambda passing: None
    found = run(client, ledger, items)
    assert [(one.state, one.entries) for one in found.values()] == [("done", 1), ("done", 1)]
    assert relay.count("POST", "/uploads") == 2
    assert {upload.upload_id for upload in ns.list_uploads(client)} == {one.upload_id for one in found.values()}
    ns.delete(client, found["run0"].upload_id, patience=QUICK)
    anew = run(client, ledger, items)
    assert anew["run0"].upload_id != found["run0"].upload_id, "it was gone, so it is made anew"
    assert anew["run1"] == found["run1"]


def test_the_limit_stops_a_run_that_publishes_nothing_and_the_rest_goes_later(
    folders: list[Path], ledger: Ledger
) -> None:
    with Sandbox(limits=Limits(unpublished=3)) as box:
        profile = Profile(name="sandbox", url=box.api_url_v1, keycloak=Keycloak(box.keycloak_url))
        _stop_at_the_limit(ns.connect(profile=profile, user="leonard", password="password"), folders, ledger)


def _stop_at_the_limit(client: Any, folders: list[Path], ledger: Ledger) -> None:
    items = items_of(folders, {}, place="here", ledger=ledger)
    done = run(client, ledger, items)
    assert sorted(one.state for one in done.values()) == ["done", "done", "done", "left"]
    rest = run(client, ledger, items, publishes=True, jobs=3)
    assert all(one.published for one in rest.values())
    assert {name: one.upload_id for name, one in done.items() if one.upload_id}.items() <= {
        name: one.upload_id for name, one in rest.items()
    }.items()


def test_one_that_fails_does_not_keep_the_others_from_it(each: Any, folders: list[Path], ledger: Ledger) -> None:
    (folders[1] / "si.out").write_text("nothing that NOMAD knows")
    items = items_of(folders[:3], {}, place="here", ledger=ledger)
    done = run(each, ledger, items, publishes=True)
    assert [(one.state, one.published) for one in done.values()] == [("done", True), ("failed", False), ("done", True)]
    assert "no calculation was recognised" in done["run1"].error and done["run1"].upload_id


def test_folders_are_packed_up_to_a_size_and_stay_together(
    connect: Connect, folders: list[Path], ledger: Ledger
) -> None:
    client = connect("leonard", "1.4.3")
    size = sum(path.stat().st_size for path in folders[0].iterdir())
    items = items_of(
        folders, {folders[3]: Told(comment="alone")}, place="here", ledger=ledger, pack_bytes=2 * size + 10
    )
    assert [[path.name for path in item.sources] for item in items] == [["run0", "run1"], ["run2"], ["run3"]]
    done = run(client, ledger, items)
    assert done["run0"].upload_id == done["run1"].upload_id != done["run2"].upload_id
    assert [one.entries for one in done.values()] == [1, 1, 1, 1]
    again = items_of(folders, {}, place="here", ledger=ledger)
    assert [item.key for item in again] == [item.key for item in items], "though nobody says --pack"
    with pytest.raises(UsageError, match="was packed into one upload with"):
        items_of(folders[:1], {}, place="here", ledger=ledger)
