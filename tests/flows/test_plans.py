"""What a plan says is what goes over the wire, and its recipe does the same deed: every helper, every version."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.calls.plan import Plan
from nomad_swagger.explore.plan_as_text import plan_text
from nomad_swagger.flows.plans import PLANNERS, plan_for
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.encode import encode
from tests.flows.conftest import QUICK, Connect
from tests.flows.relay import Passing, Relay

Put = Callable[..., ns.Upload]
VERSIONS = ("0.7.9", "0.8.6", "1.4.3")
OF_V1 = {"put", "remove", "process"}
SHELDON = "sheldon.cooper@nomad-fairdi.tests.de"
LINKS = ["https://example.org/paper"]
SAYS = {"comment": "Si, PBE", "references": LINKS, "coauthors": [SHELDON], "embargo_months": 3}
EVERY = [(helper, version) for version in VERSIONS for helper in PLANNERS if version == "1.4.3" or helper not in OF_V1]
READING = {"search", "uploads", "download", "archive", "whoami"}


class Stage:
    """One user's things at one version, and each helper with arguments that fit them."""

    def __init__(self, client: Any, put: Put, silicon: dict[str, bytes], folder: Path) -> None:
        self.client, self._put, self._silicon, self._folder = client, put, silicon, folder
        self.name = f"set {uuid.uuid4()}"

    def arguments(self, helper: str) -> dict[str, Any]:
        """Give the arguments of a helper, with what they name made before."""
        if helper in ("whoami", "uploads"):
            return {}
        if helper == "upload":
            return {"source": self._zip(), "name": "a plan"}
        if helper == "search":
            return {"owner": "user", "elements": ["Si"], "exclude": ["dft"], "limit": 3}
        if helper in ("create_dataset", "add_to_dataset", "remove_from_dataset", "delete_dataset", "assign_doi"):
            return self._of_dataset(helper)
        upload = self._put(self.client, self._silicon)
        if helper == "put":
            (self._folder / "note").write_text("of the calculation")
            return {"upload": f"{upload.upload_id}/run", "source": self._folder / "note"}
        if helper == "remove":
            return {"what": upload.upload_id, "path": ["AcAg/si/si.out", "AcAg/si/si.in"]}
        if helper == "publish":
            return {"upload": upload.upload_id, **SAYS}
        if helper == "edit":
            return {"what": upload.upload_id, "comment": "new", "references": LINKS}
        if helper == "archive":
            (entry,) = ns.search(self.client, owner="user", upload_id=upload.upload_id)
            return {"entry": entry.entry_id}
        return {"what" if helper == "download" else "upload": upload.upload_id}

    def _of_dataset(self, helper: str) -> dict[str, Any]:
        published = helper == "assign_doi"
        upload = None if helper == "delete_dataset" else self._put(self.client, self._silicon, publish=published)
        if helper == "create_dataset":
            assert upload is not None
            return {"name": self.name, "entries": upload.upload_id}
        ns.create_dataset(self.client, self.name, patience=QUICK)
        if upload is not None and helper in ("remove_from_dataset", "assign_doi"):
            ns.add_to_dataset(self.client, self.name, upload, patience=QUICK)
        with_entries = helper in ("add_to_dataset", "remove_from_dataset")
        return {"dataset": self.name, **({"entries": upload.upload_id} if upload is not None and with_entries else {})}

    def _zip(self) -> Path:
        path = self._folder / "si.zip"
        with zipfile.ZipFile(path, "w") as packed:
            for name, content in self._silicon.items():
                packed.writestr(name, content)
        return path

    def do(self, helper: str, given: dict[str, Any]) -> Any:
        """Do a helper's deed, or read all that it reads."""
        act = {"uploads": "list_uploads"}.get(helper, helper)
        if helper == "whoami":
            return self.client.nomad.ask("whoami", {})
        more: dict[str, Any] = {} if helper in READING | {"upload", "delete_dataset"} else {"patience": QUICK}
        if helper == "assign_doi":
            more = {"confirm": True}
        if helper == "download":
            more = {"to": self._folder}
        done = getattr(ns, act)(self.client, **given, **more)
        return list(done) if helper in ("search", "uploads") else done

    def is_done(self, helper: str, given: dict[str, Any]) -> bool:
        """Tell whether what a helper does is done."""
        client, upload_id = self.client, given.get("upload") or given.get("what") or given.get("entries")
        if helper == "upload":
            return any(upload.name == "a plan" for upload in ns.list_uploads(client))
        if helper == "publish":
            return ns.get_upload(client, upload_id).published and self._entry(upload_id).comment == SAYS["comment"]
        if helper == "edit":
            return self._entry(upload_id).comment == "new"
        if helper in ("put", "remove", "process"):
            return self._is_changed(helper, str(upload_id).partition("/")[0])
        if helper == "delete":
            try:
                ns.get_upload(client, upload_id)
            except ns.NotFound:
                return True
            return False
        names = [dataset.name for dataset in ns.list_datasets(client)]
        if helper in ("add_to_dataset", "create_dataset"):
            return self.name in self._entry(upload_id).datasets
        if helper == "remove_from_dataset":
            return self.name not in self._entry(upload_id).datasets
        return self.name not in names if helper == "delete_dataset" else bool(ns.get_dataset(client, self.name).doi)

    def _is_changed(self, helper: str, upload_id: str) -> bool:
        """Tell whether files of an upload are put or removed, and it was processed once more."""
        ns.wait(self.client, upload_id, patience=QUICK)
        there = {file.path for file in ns.files(self.client, ns.Upload(upload_id))}
        return {"put": "run/note" in there, "remove": not there, "process": len(there) == 2}[helper]

    def _entry(self, upload_id: str) -> ns.Entry:
        (entry,) = ns.search(self.client, owner="visible", upload_id=upload_id)
        return entry


@pytest.fixture(scope="module")
def line(sandbox: Sandbox) -> Iterator[Relay]:
    """One relay for all stages, so that one client does for each version."""
    between = Relay(sandbox.url)
    yield between
    between.close()


@pytest.fixture(scope="module")
def clients() -> dict[str, Any]:
    return {}


@pytest.fixture
def stage(
    connect: Connect,
    line: Relay,
    clients: dict[str, Any],
    put: Put,
    silicon: dict[str, bytes],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Stage]:
    version = request.param
    if version not in clients:
        clients[version] = connect("leonard", version, url=line.url)
    yield Stage(clients[version], put, silicon, tmp_path)
    clients[version].nomad.consent = None


def seen(method: str, path: str, query: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    kept = {name.lower(): value for name, value in headers.items()}
    as_json = body.lstrip().startswith(b"{")
    return {
        "method": method,
        "path": path,
        "query": sorted(parse_qsl(query)),
        "body": json.loads(body) if as_json else len(body),
        "accept": kept.get("accept"),
        "content-type": kept.get("content-type"),
    }


def on_wire(passing: Passing) -> dict[str, Any]:
    return seen(passing.method, passing.path, passing.query, passing.body, dict(passing.headers))


def planned(call: PreparedCall) -> dict[str, Any]:
    request = encode(call).prepare()
    body = request.body
    content = body if isinstance(body, bytes) else str(body).encode() if isinstance(body, str) else b""
    if body is not None and not isinstance(body, (str, bytes)):
        content = b"".join(body)
    url = urlsplit(request.url or "")
    return seen(request.method or "", url.path, url.query, content, dict(request.headers))


def changes(passing: Passing) -> bool:
    return passing.method != "GET" and not passing.path.endswith("/query") and "/protocol/" not in passing.path


@pytest.mark.parametrize(("helper", "stage"), EVERY, indirect=["stage"])
def test_the_requests_on_the_wire_are_those_of_the_plan_and_of_its_recipe(
    stage: Stage, line: Relay, helper: str
) -> None:
    given = stage.arguments(helper)
    recipe_of = plan_for(stage.client, helper, given)
    plans: list[Plan] = []
    line.passed.clear()
    stage.client.nomad.consent = plans.append
    result = stage.do(helper, given)
    if helper in READING:
        (call,) = recipe_of.calls
        assert planned(call) in [on_wire(passing) for passing in line.passed]
        return
    (plan,) = plans
    due = [planned(call) for call in plan.calls]
    shown = [planned(call) for call in recipe_of.calls]
    if helper == "put":  # nor how long a file is that a recipe need not find
        assert [one.pop("body") for one in due] == [18] and [one.pop("body") for one in shown] == [0]
    assert due == shown, "shown is what is done"
    made = getattr(result, "dataset_id", "")
    due = json.loads(json.dumps(due).replace("DATASET_ID", made or "DATASET_ID"))
    sent = json.loads(json.dumps([on_wire(passing) for passing in line.passed if changes(passing)]))
    if helper == "upload":  # how long a body is, the client alone knows before it is sent
        assert [one.pop("body") for one in sent] == [one.pop("body") for one in due]
    if helper == "put":
        assert [one.pop("body") for one in sent] == [18]
    assert sent == due
    assert stage.is_done(helper, given)


@pytest.mark.parametrize(("helper", "stage"), [one for one in EVERY if one[0] not in READING], indirect=["stage"])
def test_an_executed_recipe_does_the_same_deed(stage: Stage, sandbox: Sandbox, tmp_path: Path, helper: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl here")
    given = stage.arguments(helper)
    text = ns.recipe(stage.client, helper, style="curl", **given)
    if helper == "create_dataset":  # the answer of the first has what stands below for its id
        first, *_ = text.split("\n\n")
        shown = run_shell(first, stage, tmp_path)
        made = json.loads(shown)
        text = text.replace(first, "").replace("DATASET_ID", str(made.get("dataset_id")))
    run_shell(text, stage, tmp_path)
    for _ in range(200):
        if stage.is_done(helper, given):
            return
    pytest.fail(f"not done by\n{text}")


def run_shell(text: str, stage: Stage, folder: Path) -> str:
    authenticator = stage.client.nomad.transport.authenticator
    call = stage.client.nomad.prepare_verb("whoami", {})
    token = authenticator.apply(encode(call)).headers["Authorization"].removeprefix("Bearer ")
    done = subprocess.run(
        ["sh", "-c", text],
        capture_output=True,
        check=False,
        cwd=folder,
        env={**os.environ, "NOMAD_TOKEN": token},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.parametrize("stage", VERSIONS, indirect=True, ids=VERSIONS)
@pytest.mark.parametrize("helper", ["publish", "delete", "edit", "create_dataset", "delete_dataset"])
def test_a_plan_as_text_names_server_user_and_each_request(stage: Stage, helper: str) -> None:
    nomad = stage.client.nomad
    plan = plan_for(stage.client, helper, stage.arguments(helper))
    text = plan_text(nomad, plan)
    assert f"{nomad.api_url}, as leonard" in text
    for step in plan.steps:
        assert step.words in text
        assert f"   {step.call.method} {step.call.full_url}" in text
    assert text.endswith("Nothing was sent.")


def test_without_a_server_what_would_be_looked_up_is_a_command_of_its_own() -> None:
    for snapshot in ("nomad-0.8.6", "nomad-2.0.0"):
        text = ns.recipe(ns.load_spec(snapshot), "publish", upload_id="u1", coauthors=[SHELDON], comment="x")
        assert text.startswith(f"# 1. find the user id of {SHELDON}: gives USER_ID_OF_{SHELDON}, which stands below")
        assert f'"coauthors": ["USER_ID_OF_{SHELDON}"]' in text


@pytest.mark.parametrize("snapshot", ["nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3", "nomad-2.0.0"])
def test_a_recipe_refuses_what_the_helper_refuses(snapshot: str) -> None:
    spec = ns.load_spec(snapshot)
    with pytest.raises(ns.UsageError, match="embargo_months is 99; NOMAD allows 0 to 36"):
        ns.recipe(spec, "publish", upload_id="u1", embargo_months=99)
    with pytest.raises(ns.UsageError, match="nothing to edit"):
        ns.recipe(spec, "edit", what="u1")


def test_helpers_take_their_own_arguments_in_a_recipe_too(each: Any, silicon: dict[str, bytes], put: Put) -> None:
    upload = put(each, silicon, publish=True)
    (entry,) = ns.search(each, upload_id=upload.upload_id)
    assert upload.upload_id in ns.recipe(each, "download", what=f"{upload.upload_id}/AcAg/si/si.out")
    assert entry.entry_id in ns.recipe(each, "download", what=entry)
    assert entry.entry_id in ns.recipe(each, "archive", entry=entry.entry_id)
    assert ns.recipe(each, "archive", entry=entry) == ns.recipe(each, "archive", entry=entry.entry_id)


def test_a_search_by_doi_is_in_a_recipe_as_search_sends_it(
    connect: Connect, silicon: dict[str, bytes], put: Put, relay: Relay
) -> None:
    client = connect("leonard", "1.4.3", url=relay.url)
    name = f"set {uuid.uuid4()}"
    ns.create_dataset(client, name, entries=put(client, silicon, publish=True), patience=QUICK)
    doi = ns.assign_doi(client, name, confirm=True).doi
    assert ns.search(client, doi=doi).total == 1
    assert on_wire(relay.passed[-1]) == planned(plan_for(client, "search", {"doi": doi}).calls[0])
