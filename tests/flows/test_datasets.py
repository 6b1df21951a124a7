"""Datasets on each version of the API: made, filled, emptied, deleted, and given a DOI only when it was meant."""

from __future__ import annotations

import itertools
import json
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.errors import ApiError, Conflict, NoCredentials, NomadWarning, NotFound, UsageError
from tests.conftest import Asked, Reply, Web
from tests.flows.conftest import QUICK, Connect
from tests.flows.relay import Fault, Passing, Relay

Put = Callable[..., ns.Upload]
Files = Mapping[str, bytes]
_number = itertools.count(1)


@pytest.fixture
def name() -> str:
    """A name that no other test has: all versions of the sandbox share one store."""
    return f"Silicon {next(_number)}"


@pytest.fixture
def both(silicon: Files, water: Files) -> Files:
    return {**silicon, **water}


def held(client: Any, upload: ns.Upload) -> list[set[str]]:
    """The datasets of each entry of an upload, by entry id."""
    found = ns.search(client, owner="user", upload_id=upload.upload_id)
    return [set(entry.datasets) for entry in sorted(found, key=lambda entry: entry.entry_id)]


def ids(client: Any, upload: ns.Upload) -> list[str]:
    return sorted(entry.entry_id for entry in ns.search(client, owner="user", upload_id=upload.upload_id))


def orders(sandbox: Sandbox) -> int:
    """Requests that change a dataset."""
    return sum("/datasets" in path and method != "GET" for method, path, _ in sandbox.requests)


def test_a_dataset_is_made_found_and_listed_with_the_same_fields(each: Any, name: str) -> None:
    made = ns.create_dataset(each, name)
    assert (made.name, made.doi) == (name, "")
    assert made.dataset_id
    assert made.owner
    for found in (ns.get_dataset(each, name), ns.get_dataset(each, made.dataset_id), ns.get_dataset(each, made)):
        assert (found.dataset_id, found.name, found.owner) == (made.dataset_id, name, made.owner)
    assert made.dataset_id in [one.dataset_id for one in ns.list_datasets(each)]
    assert [one.name for one in ns.list_datasets(each, prefix=name.lower())] == [name]
    assert list(ns.list_datasets(each, prefix="S.l")) == []  # a prefix is no pattern


def test_only_ones_own_datasets_are_listed(connect: Connect, name: str) -> None:
    for version in ("0.8.6", "1.4.3"):
        ns.create_dataset(connect("sheldon", version), f"{name} {version}")
        assert f"{name} {version}" not in [one.name for one in ns.list_datasets(connect("leonard", version))]
        assert f"{name} {version}" in [one.name for one in ns.list_datasets(connect("sheldon", version))]


def test_more_datasets_than_a_page_has_are_all_listed(connect: Connect, name: str, sandbox: Sandbox) -> None:
    client = connect("sheldon", "1.4.3")
    for number in range(101):
        ns.create_dataset(client, f"{name}-{number:03}") if number < 2 else _quickly(sandbox, f"{name}-{number:03}")
    listed = [one.name for one in ns.list_datasets(client, prefix=f"{name}-")]
    assert sorted(listed) == [f"{name}-{number:03}" for number in range(101)]


def _quickly(sandbox: Sandbox, name: str) -> None:
    from nomad_sandbox.datasets import create_dataset
    from nomad_sandbox.store import utc_now

    owner = sandbox.accounts.find("sheldon")
    assert owner is not None
    create_dataset(sandbox.store, owner.user_id, name, created=utc_now())


def test_an_entry_that_joins_and_leaves_a_dataset_stays_in_its_others(
    each: Any, put: Put, both: Files, name: str
) -> None:
    """v0 replaces the whole list of an entry's datasets by what an edit names."""
    upload = put(each, both)
    first, second = ids(each, upload)
    ns.create_dataset(each, name, entries=upload, patience=QUICK)
    ns.create_dataset(each, f"{name} b", entries=[first], patience=QUICK)
    assert held(each, upload) == [{name, f"{name} b"}, {name}]
    # the two have different others: v0 takes an edit for each
    ns.add_to_dataset(each, ns.create_dataset(each, f"{name} c"), [first, second], patience=QUICK)
    assert held(each, upload) == [{name, f"{name} b", f"{name} c"}, {name, f"{name} c"}]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NomadWarning)  # 0.7.9 forgets it, and says so: see below
        left = ns.remove_from_dataset(each, name, first, patience=QUICK)
    assert left is not None
    assert left.dataset_id == ns.get_dataset(each, name).dataset_id
    assert held(each, upload) == [{f"{name} b", f"{name} c"}, {name, f"{name} c"}]


def test_what_is_in_a_dataset_already_is_no_order(each: Any, put: Put, silicon: Files, name: str) -> None:
    upload = put(each, silicon)
    made = ns.create_dataset(each, name, entries=upload, patience=QUICK)
    assert ns.add_to_dataset(each, made, upload, patience=QUICK).dataset_id == made.dataset_id
    assert held(each, upload) == [{name}]
    other = ns.create_dataset(each, f"{name} b")
    with pytest.raises(UsageError, match=f"none of these 1 entries is in dataset '{name} b'"):
        ns.remove_from_dataset(each, other, upload)


def test_the_last_entry_leaves_and_the_others_of_that_entry_stay(
    each: Any, put: Put, silicon: Files, name: str
) -> None:
    """v0 deletes a dataset that an edit empties, v1 keeps it."""
    upload = put(each, silicon)
    for one in (name, f"{name} b"):
        ns.create_dataset(each, one, entries=upload, patience=QUICK)
    left = ns.remove_from_dataset(each, name, upload, patience=QUICK)
    assert held(each, upload) == [{f"{name} b"}]
    assert (left is None) == (name not in [one.name for one in ns.list_datasets(each)])


def test_a_name_can_be_had_once_and_is_no_blank(each: Any, name: str) -> None:
    ns.create_dataset(each, name)
    with pytest.raises(Conflict, match=f"you have a dataset '{name}' already"):
        ns.create_dataset(each, name)
    for odd in ("", " ", f" {name}"):
        with pytest.raises(UsageError, match="name has no spaces around it"):
            ns.create_dataset(each, odd)
    assert [one.name for one in ns.list_datasets(each, prefix=name)] == [name]


def test_a_dataset_of_entries_that_are_not_there_is_not_made(each: Any, name: str) -> None:
    for what in ("nonsense", {"entry_id": "none"}):
        with pytest.raises((NotFound, UsageError), match="nothing was sent"):
            ns.create_dataset(each, name, entries=what)
    with pytest.raises(NotFound, match=f"no dataset '{name}' of yours"):
        ns.get_dataset(each, name)


def test_entries_of_others_do_not_come_into_a_dataset(
    connect: Connect, shelf: Callable[..., ns.Upload], silicon: Files, name: str
) -> None:
    foreign = shelf(silicon)
    for version in ("0.7.9", "0.8.6", "1.4.3"):
        sheldon = connect("sheldon", version)
        made = ns.create_dataset(sheldon, f"{name} {version}")
        with pytest.raises(ApiError, match=r"belongs to|access|not authorized"):
            ns.add_to_dataset(sheldon, made, foreign, patience=QUICK)
        (entry,) = ns.search(sheldon, upload_id=foreign.upload_id)
        assert made.name not in entry.datasets


def test_a_dataset_is_deleted_and_its_entries_stay(each: Any, put: Put, silicon: Files, name: str) -> None:
    upload = put(each, silicon)
    ns.create_dataset(each, name, entries=upload, patience=QUICK)
    ns.delete_dataset(each, name)
    assert held(each, upload) == [set()]
    with pytest.raises(NotFound, match=f"no dataset '{name}' of yours"):
        ns.delete_dataset(each, name)


def test_a_doi_is_assigned_only_when_it_is_confirmed(
    each: Any, put: Put, silicon: Files, name: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    upload = put(each, silicon, publish=True)
    ns.create_dataset(each, name, entries=upload, patience=QUICK)
    before = orders(sandbox)
    with pytest.raises(UsageError, match=rf"dataset '{name}' a DOI.*: 1 entry of 1 upload. It cannot be taken back"):
        ns.assign_doi(each, name)
    assert orders(sandbox) == before
    assert ns.get_dataset(each, name).doi == ""
    done = ns.assign_doi(each, name, confirm=True)
    assert done.doi.startswith("10.17172/NOMAD/")
    assert ns.get_dataset(each, name).doi == done.doi
    found = [entry.entry_id for entry in ns.search(each, doi=done.doi)]
    assert found == [entry.entry_id for entry in ns.search(each, dataset=name)], "at once, whatever the index knows"
    assert found
    path = ns.download(each, {"doi": done.doi}, to=tmp_path)
    with zipfile.ZipFile(path) as packed:
        assert any(member.endswith("si.out") for member in packed.namelist())


def test_what_has_a_doi_stays_as_it_is(each: Any, put: Put, silicon: Files, name: str, sandbox: Sandbox) -> None:
    """0.8.6 would delete it, and the DOI with it."""
    upload = put(each, silicon, publish=True)
    ns.create_dataset(each, name, entries=upload, patience=QUICK)
    ns.assign_doi(each, name, confirm=True)
    before = orders(sandbox)
    with pytest.raises(UsageError, match="has a DOI already"):
        ns.assign_doi(each, name, confirm=True)
    with pytest.raises(UsageError, match="cannot be deleted"):
        ns.delete_dataset(each, name)
    with pytest.raises(UsageError, match="its entries stay"):
        ns.remove_from_dataset(each, name, upload)
    assert orders(sandbox) == before
    assert held(each, upload) == [{name}]


def test_an_empty_dataset_and_one_with_unpublished_entries_get_no_doi(
    each: Any, put: Put, silicon: Files, name: str, sandbox: Sandbox
) -> None:
    upload = put(each, silicon)
    ns.create_dataset(each, name)
    before = orders(sandbox)
    with pytest.raises(UsageError, match="no entries"):
        ns.assign_doi(each, name, confirm=True)
    ns.add_to_dataset(each, name, upload, patience=QUICK)
    with pytest.raises(UsageError, match=f"1 of 1 entries are not published.*uploads {upload.upload_id}"):
        ns.assign_doi(each, name, confirm=True)
    assert orders(sandbox) == before


def test_a_doi_and_a_dataset_whose_answers_got_lost_are_there_once(
    connect: Connect, version: str, put: Put, silicon: Files, name: str, relay: Relay
) -> None:
    client = connect("leonard", version, url=relay.url)
    upload = put(client, silicon, publish=True)

    def lose(passing: Passing) -> Fault | None:
        return Fault(lost=True) if "/datasets" in passing.path and passing.method != "GET" else None

    relay.fault = lose
    made = ns.create_dataset(client, name, entries=upload, patience=QUICK)
    done = ns.assign_doi(client, made, confirm=True)
    assert done.doi
    posts = [passing.method for passing in relay.passed if lose(passing)]
    assert posts == ["PUT", "POST"]
    relay.fault = lambda passing: None
    assert [one.name for one in ns.list_datasets(client, prefix=name)] == [name]


def test_nobody_has_datasets_without_a_login(connect: Connect) -> None:
    nobody = connect(None, "1.4.3")
    acts: list[Callable[[], Any]] = [
        lambda: ns.create_dataset(nobody, "x"),
        lambda: list(ns.list_datasets(nobody)),
        lambda: ns.add_to_dataset(nobody, "x", "y"),
        lambda: ns.remove_from_dataset(nobody, "x", "y"),
        lambda: ns.delete_dataset(nobody, "x"),
        lambda: ns.assign_doi(nobody, "x", confirm=True),
    ]
    for act in acts:
        with pytest.raises(NoCredentials):
            act()


@pytest.mark.parametrize(
    ("doi", "told"), [("10.1/x", "has the DOI 10.1/x, which may not work yet"), ("", "no DOI so far")]
)
def test_a_doi_service_that_fails_is_no_lost_answer(web: Web, doi: str, told: str) -> None:
    """v1 keeps the DOI with the dataset before the service makes it public."""
    datasets = [{"dataset_id": "d1", "dataset_name": "mine", "user_id": "me"}]

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/action/doi"):
            datasets[0]["doi"] = doi
            return Reply.json({"detail": "An error occurred while publishing the DOI"}, 500)
        if asked.path.endswith("/users/me"):
            return Reply.json({"user_id": "me"})
        if asked.path.endswith("/entries/query"):
            return Reply.json({"data": [{"entry_id": "e1", "published": True}], "pagination": {"total": 1}})
        return Reply.json({"data": datasets, "pagination": {"total": 1}})

    web.answer = answer
    client = ns.connect(f"{web.url}/api/v1", spec="nomad-2.0.0", token="a-token")
    with pytest.raises(ns.ServerError, match=f"publishing the DOI.*{told}"):
        ns.assign_doi(client, "mine", confirm=True)
    assert sum(path.endswith("/action/doi") for path in web.paths) == 1


@dataclass
class Forgetful:
    """A 0.7.9 with two entries in one dataset, which it forgets as soon as one of them leaves."""

    datasets: dict[str, str] = field(default_factory=lambda: {"old": "mine"})
    inside: dict[str, list[str]] = field(default_factory=lambda: {"c1": ["old"], "c2": ["old"]})

    def __call__(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix("/api")
        if path == "/repo/edit":
            return self.edit(json.loads(asked.body))
        if path == "/datasets/" and asked.method == "PUT":
            self.datasets["new"] = json.loads(asked.body)["name"]
            return Reply.json({"dataset_id": "new", "name": self.datasets["new"], "user_id": "me"})
        if path == "/datasets/":
            rows = [{"dataset_id": key, "name": name} for key, name in self.datasets.items()]
            return Reply.json({"results": rows, "pagination": {"total": len(rows)}})
        if path.startswith("/uploads/"):
            return Reply.json({"upload_id": "u1", "tasks_running": False})
        hits = [self.hit(key) for key in self.inside if self.is_asked_for(key, asked.query)]
        return Reply.json({"results": hits, "pagination": {"total": len(hits)}})

    def is_asked_for(self, key: str, query: str) -> bool:
        if "dataset_id=" in query:
            return any(f"dataset_id={one}" in query for one in self.inside[key])
        return key in query

    def hit(self, key: str) -> dict[str, Any]:
        datasets = [{"id": one, "name": self.datasets.get(one, "mine")} for one in self.inside[key]]
        return {"calc_id": key, "upload_id": "u1", "datasets": datasets}

    def edit(self, body: dict[str, Any]) -> Reply:
        if not body.get("verify"):
            names = [action["value"] for action in body["actions"]["datasets"]]
            for key in body["query"]["calc_id"].split(","):
                left = [one for one in self.inside[key] if self.datasets.get(one) not in names]
                self.inside[key] = [one for one, name in self.datasets.items() if name in names]
                for one in left:
                    self.datasets.pop(one, None)
        return Reply.json({**body, "success": True})


def test_a_dataset_that_0_7_forgets_is_made_anew_with_the_entries_that_stayed(web: Web) -> None:
    web.answer = Forgetful()
    client = ns.connect(f"{web.url}/api", spec="nomad-0.7.9", token="a-token")
    with pytest.warns(NomadWarning, match=r"forgot dataset 'mine' .* the other 1, and its id is now new"):
        left = ns.remove_from_dataset(client, "mine", "c1", patience=QUICK)
    assert left is not None
    assert (left.dataset_id, left.name) == ("new", "mine")
    assert web.answer.inside == {"c1": [], "c2": ["new"]}


def test_a_dataset_that_the_server_would_make_along_the_way_is_a_refusal(web: Web) -> None:
    """v0 makes one for each name that it does not know, such as that of somebody else's dataset."""
    server = Forgetful()

    def answer(asked: Asked) -> Reply:
        if asked.path == "/api/repo/edit":
            body = json.loads(asked.body)
            body["actions"]["datasets"][0] |= {"success": True, "message": "Dataset does not exist and will be created"}
            return Reply.json({**body, "success": True})
        return server(asked)

    web.answer = answer
    server.inside = {"c1": ["theirs"]}
    client = ns.connect(f"{web.url}/api", spec="nomad-0.7.9", token="a-token")
    with pytest.raises(ns.InvalidRequest, match="does not exist and will be created; nothing was changed"):
        ns.add_to_dataset(client, "old", "c1", patience=QUICK)
    assert sum(asked.path == "/api/repo/edit" for asked in web.asked) == 1


@pytest.mark.parametrize("version", ["0.7.9", "0.8.6", "1.4.3"])
def test_entries_of_others_are_refused_before_a_dataset_is_made(
    connect: Connect, put: Put, silicon: Files, name: str, version: str
) -> None:
    each = connect("leonard", version)
    theirs = put(connect("sheldon", version), silicon, publish=True)
    (entry,) = ns.search(each, upload_id=theirs.upload_id)
    for act in (
        lambda: ns.create_dataset(each, name, entries=theirs, patience=QUICK),
        lambda: ns.create_dataset(each, name, entries=[entry.entry_id], patience=QUICK),
        lambda: ns.edit(each, entry, comment="mine now", patience=QUICK),
    ):
        with pytest.raises(ns.Forbidden, match="belongs to Sheldon Cooper.*nothing was sent"):
            act()
    assert name not in [dataset.name for dataset in ns.list_datasets(each)]
