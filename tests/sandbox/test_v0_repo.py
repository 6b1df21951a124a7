from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nomad_sandbox import Sandbox

DATA = Path(__file__).parent / "data"


@dataclass
class Repo:
    """A published silicon, a published water under embargo, and an unpublished relaxation, all of Leonard's."""

    silicon: str
    water: str
    staged: str


@pytest.fixture(scope="module")
def repo(sandbox: Sandbox, users: Any, silicon: dict[str, bytes], water: dict[str, bytes]) -> Repo:
    api = users.api("leonard")
    sheldon = sandbox.accounts.find("sheldon")
    assert sheldon is not None
    first = api.process(silicon, name="one")["upload_id"]
    api.publish(first, comment="Hello wide World", references=["http://a.b"])
    second = api.process(water, name="two")["upload_id"]
    api.publish(second, with_embargo=True, embargo_length=99, shared_with=[sheldon.user_id])
    third = users.api("admin").process({"relax/out.txt": (DATA / "si-relax.out").read_bytes()})["upload_id"]
    return Repo(first, second, third)


@pytest.fixture(autouse=True)
def clean_staging() -> None:
    """Here the unpublished upload stays."""


def _uploads(api: Any, **params: Any) -> set[str]:
    return {entry["upload_id"] for entry in api.json("/repo/", **params)["results"]}


@pytest.mark.parametrize(
    ("version", "params"),
    [
        ("0.7.9", {"atoms": ["Si"]}),
        ("0.7.9", {"paths": "AcAg"}),
        ("0.7.9", {"system": "bulk", "crystal_system": "cubic", "only_atoms": "Si"}),
        ("0.7.9", {"code_name": "Quantum Espresso"}),
        ("0.7.9", {"spacegroup": "227", "spacegroup_symbol": "Fd-3m"}),
        ("0.7.9", {"basis_set": "plane waves", "xc_functional": "GGA", "code_version": "6.7MaX"}),
        ("0.7.9", {"n_atoms": 2, "formula": "Si2"}),
        ("0.7.9", {"comment": "hello"}),
        ("0.7.9", {"upload_name": "one,three"}),
        ("0.7.9", {"quantities": ["energy_total", "atom_forces"], "atoms": "Si"}),
        ("0.7.9", {"authors": "Leonard Hofstadter", "mainfile": "AcAg/si/si.out"}),
        ("0.8.6", {"dft.system": "bulk", "dft.crystal_system": "cubic", "only_atoms": "Si"}),
        ("0.8.6", {"dft.code_name": "Quantum Espresso"}),
        ("0.8.6", {"files": "AcAg/si/si.out"}),
        ("0.8.6", {"dft.optimade": 'elements HAS ONLY "Si" AND nsites=2'}),
        ("0.7.9", {"optimade": 'NOT elements HAS "O"'}),
        ("0.8.6", {"comment": "WORLD"}),
        ("0.8.6", {"upload_name": ["one", "three"]}),
        ("0.8.6", {"dft.optimade.nelements": "1"}),
        ("0.8.6", {"encyclopedia.material.bulk.space_group_number": "227"}),
        ("0.8.6", {"with_embargo": "false", "published": "true"}),
        ("0.8.6", {"domain": "dft", "references": "http://a.b"}),
    ],
)
def test_each_quantity_finds_the_silicon(version: str, params: dict[str, Any], repo: Repo, users: Any) -> None:
    assert _uploads(users.api(None, version), **params) == {repo.silicon}


@pytest.mark.parametrize(
    ("version", "params"),
    [
        ("0.7.9", {"atoms": ["Si", "O"]}),
        ("0.7.9", {"paths": "Ac"}),
        ("0.7.9", {"doi": "10.17172/NOMAD/2020.03.18-1"}),
        ("0.7.9", {"comment": "hell"}),
        ("0.7.9", {"n_atoms": 3}),
        ("0.8.6", {"ems.method": "XPS"}),
        ("0.8.6", {"dft.workflow.workflow_type": "x"}),
        ("0.8.6", {"upload_name": "one,three"}),
    ],
)
def test_what_does_not_fit_finds_nothing(version: str, params: dict[str, Any], repo: Repo, users: Any) -> None:
    assert _uploads(users.api(None, version), **params) == set()


def test_parameters_of_the_other_version_are_unknown_and_so_match_everything(repo: Repo, users: Any) -> None:
    assert _uploads(users.api(None, "0.8.6"), system="molecule / cluster", foo="bar") == {repo.silicon}
    assert _uploads(users.api(None, "0.7.9"), **{"dft.system": "molecule / cluster"}) == {repo.silicon}


@pytest.mark.parametrize(
    ("user", "owner", "expected"),
    [
        (None, "visible", {"silicon"}),
        (None, "public", {"silicon"}),
        (None, "all", {"silicon", "water"}),
        ("leonard", "visible", {"silicon", "water"}),
        ("leonard", "public", {"silicon"}),
        ("leonard", "user", {"silicon", "water"}),
        ("leonard", "staging", set()),
        ("leonard", "shared", {"silicon", "water"}),
        ("sheldon", "visible", {"silicon", "water"}),
        ("sheldon", "shared", {"water"}),
        ("sheldon", "user", set()),
        ("admin", "staging", {"staged"}),
        ("admin", "user", {"staged"}),
        ("admin", "admin", {"silicon", "water", "staged"}),
    ],
)
def test_owners_see_what_is_theirs(user: str | None, owner: str, expected: set[str], repo: Repo, users: Any) -> None:
    assert _uploads(users.api(user), owner=owner) == {getattr(repo, name) for name in expected}


@pytest.mark.parametrize(
    ("user", "owner", "status"),
    [(None, "user", 401), (None, "staging", 401), (None, "shared", 401), ("leonard", "admin", 401), (None, "x", 400)],
)
def test_other_owners_are_refused_without_a_message(
    user: str | None, owner: str, status: int, users: Any, repo: Repo
) -> None:
    response = users.api(user).get("/repo/", params={"owner": owner})
    body = {"code": status, "description": f"Invalid owner parameter: {owner}"}
    assert response.json() == {**body, "name": "Unauthorized" if status == 401 else "Bad Request"}
    assert response.text.startswith('{"code":')


def test_one_entry_needs_rights(repo: Repo, leonard: Any, sheldon: Any, nobody: Any) -> None:
    [entry] = leonard.json("/repo/", owner="user", upload_id=repo.water)["results"]
    path = f"/repo/{repo.water}/{entry['calc_id']}"
    assert leonard.json(path)["code"].keys() == {"python", "curl", "clientlib"}
    assert sheldon.get(path).status_code == 200
    assert nobody.get(path).status_code == 401
    assert "Not logged in" in nobody.get(path).json()["message"]
    assert nobody.get(f"/repo/{repo.silicon}/{entry['calc_id']}").status_code == 404


def test_embargo_is_shown_and_its_length_is_capped(repo: Repo, leonard: Any, sandbox: Sandbox) -> None:
    [entry] = leonard.json("/repo/", owner="user", upload_id=repo.water)["results"]
    assert entry["with_embargo"] is True
    metadata = sandbox.store.value("SELECT metadata FROM calcs WHERE calc_id = ?", (entry["calc_id"],))
    assert '"embargo_length": 36' in metadata


def test_versions_name_the_same_things_differently(repo: Repo, users: Any) -> None:
    [old] = users.api(None, "0.7.9").json("/repo/")["results"]
    [new] = users.api(None, "0.8.6").json("/repo/")["results"]
    assert old["code_name"] == new["dft"]["code_name"] == "Quantum Espresso"
    assert "dft" not in old
    assert "code_name" not in new
    for name in ("formula", "atoms", "n_atoms", "only_atoms", "calc_id", "uploader"):
        assert old[name] == new[name]


def test_an_entry_has_a_persistent_id_only_where_an_admin_gave_one(
    repo: Repo, nobody: Any, admin: Any, silicon: dict[str, bytes]
) -> None:
    assert "pid" not in nobody.json("/repo/")["results"][0]
    upload = admin.process(silicon)
    upload_id, calc_id = upload["upload_id"], upload["calcs"]["results"][0]["calc_id"]
    assert admin.publish(upload_id, _pid="4711", with_embargo=True)["published"]
    assert admin.json("/repo/pid/4711") == {"upload_id": upload_id, "calc_id": calc_id}
    assert nobody.get("/repo/pid/4711").status_code == 401
    assert nobody.get("/repo/pid/99999").status_code == 404
    assert nobody.get("/repo/pid/x").json()["message"] == "Wrong PID format"


def test_times_bound_the_search(repo: Repo, nobody: Any) -> None:
    for params, number in (
        ({"from_time": "2020-01-01T00:00:00Z"}, 1),
        ({"until_time": "2020-01-01T00:00:00+02:00"}, 0),
        ({"from_time": "2020-01-01", "until_time": "2120-01-01"}, 1),
    ):
        assert nobody.json("/repo/", **params)["pagination"]["total"] == number
    assert nobody.get("/repo/", params={"from_time": "yesterday"}).status_code == 400


def test_exclude_takes_prefixes(repo: Repo, users: Any) -> None:
    for version in ("0.7.9", "0.8.6"):
        [entry] = users.api(None, version).json("/repo/", exclude="quantities,dft.quant,geom,up")["results"]
        assert not [name for name in (*entry, *entry.get("dft", {})) if name.startswith(("quantities", "up"))]
        assert "atoms" in entry


def test_statistics_metrics_histogram_and_groups(repo: Repo, users: Any) -> None:
    params = {"statistics": ["atoms", "dft.system"], "metrics": "dft.calculations", "date_histogram": "true"}
    found = users.api("leonard").json("/repo/", **params, uploads_grouped="true", datasets_grouped="true")
    statistics = found["statistics"]
    assert statistics["total"]["all"] == {"code_runs": 2, "dft.calculations": 2.0, "uploads": 2, "datasets": 0}
    assert statistics["atoms"]["Si"] == {"code_runs": 1, "dft.calculations": 1.0}
    assert list(statistics["atoms"]) == ["H", "O", "Si"], "in the order of values"
    assert set(statistics["dft.system"]) == {"bulk", "molecule / cluster"}
    [(start, number)] = statistics["date_histogram"].items()
    assert number == {"code_runs": 2, "dft.calculations": 2.0}
    assert 0 <= time.time() * 1000 - int(start) < 32 * 86_400_000
    groups = found["uploads_grouped"]
    assert groups["values"][repo.silicon]["total"] == 1
    assert [example["formula"] for example in groups["values"][repo.silicon]["examples"]] == ["Si2"]
    assert groups["after"].isdigit()
    assert "datasets_grouped" not in found


def test_a_page_of_uploads_begins_with_the_one_before(repo: Repo, users: Any) -> None:
    first = users.api("leonard").json("/repo/", uploads_grouped="true", per_page=1)["uploads_grouped"]
    assert list(first["values"]) == [repo.water]
    params = {"uploads_grouped": "true", "uploads_grouped_after": first["after"], "per_page": 10}
    assert list(users.api("leonard").json("/repo/", **params)["uploads_grouped"]["values"]) == [
        repo.water,
        repo.silicon,
    ]


def test_the_old_version_counts_its_own_list(repo: Repo, users: Any) -> None:
    api = users.api(None, "0.7.9")
    found = api.json("/repo/", statistics="true", uploads="true", metrics="calculations", date_histogram="true")
    statistics = found["statistics"]
    assert statistics.keys() == {
        *("total", "atoms", "basis_set", "xc_functional", "system", "crystal_system", "code_name", "authors"),
        "date_histogram",
    }
    assert statistics["code_name"] == {"Quantum Espresso": {"code_runs": 1, "calculations": 1.0}}
    assert statistics["total"]["all"] == {"code_runs": 1, "calculations": 1.0, "uploads": 1}
    for name in ("authors", "date_histogram"):
        assert list(statistics[name].values()) == [{"code_runs": 1}]
    assert set(found["uploads"]["values"]) == {repo.silicon}
    assert {"python", "curl"} <= found.keys()
    assert api.json("/repo/", uploads="true")["statistics"].keys() >= {"atoms", "authors"}


def test_any_text_makes_a_boolean_true(repo: Repo, nobody: Any) -> None:
    assert "date_histogram" in nobody.json("/repo/", date_histogram="false")["statistics"]
    assert nobody.json("/repo/", scroll="false")["scroll"]["total"] == 1


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"order_by": "foo"}, "'foo'"),
        ({"metrics": "a,b"}, "there is no metric a,b"),
        ({"page": 0}, None),
        ({"order": 0}, "invalid pagination"),
    ],
)
def test_bad_questions_are_refused(params: dict[str, Any], message: str | None, nobody: Any, repo: Repo) -> None:
    response = nobody.get("/repo/", params=params)
    assert response.status_code == 400
    assert message is None or response.json()["message"] == message


@pytest.mark.parametrize(
    "params",
    [
        {"statistics": "foo"},
        {"statistics": "comment"},
        {"date_histogram": "true", "interval": "often"},
        {"uploads_grouped": "true", "per_page": 0},
    ],
)
def test_some_bad_questions_are_errors_of_the_server(params: dict[str, Any], nobody: Any, repo: Repo) -> None:
    assert nobody.get("/repo/", params=params).status_code == 500


def test_values_of_quantities_and_suggestions(repo: Repo, leonard: Any) -> None:
    assert leonard.json("/repo/quantity/atoms")["quantity"]["values"] == {
        "H": {"total": 1},
        "O": {"total": 1},
        "Si": {"total": 1},
    }
    first = leonard.json("/repo/quantity/atoms", size=1)["quantity"]
    assert (first["after"], set(first["values"])) == ("H", {"H"})
    assert set(leonard.json("/repo/quantity/atoms", after="H")["quantity"]["values"]) == {"O", "Si"}
    assert leonard.json("/repo/quantity/atoms", after="Si")["quantity"] == {"after": None, "values": {}}
    assert leonard.json("/repo/suggestions/dft.code_name", include="Espr")["suggestions"] == ["Quantum Espresso"]
    assert leonard.json("/repo/suggestions/dft.code_name", include="espr")["suggestions"] == []
    assert leonard.get("/repo/quantity/foo").status_code == 400
    assert leonard.get("/repo/quantity/atoms", params={"size": -1}).status_code == 400


def test_values_of_several_quantities_come_in_lists_and_those_with_a_dot_are_lost(repo: Repo, leonard: Any) -> None:
    several = leonard.json("/repo/quantities", quantities=["atoms", "dft.system"], size=2)["quantities"]
    assert several["atoms"] == [{"after": "O", "values": {"H": {"total": 1}, "O": {"total": 1}}}]
    assert several["dft.system"] is None
    assert several["formula"] is None


def test_the_old_version_loses_the_values_of_several_quantities(repo: Repo, users: Any) -> None:
    api = users.api(None, "0.7.9")
    assert api.json("/repo/quantities", quantities=["code_name"]) == {"quantities": [{"after": None, "values": None}]}
    assert api.json("/repo/quantity/code_name")["quantity"]["values"] == {"Quantum Espresso": {"total": 1}}
    assert api.get("/repo/quantity/foo").status_code == 500
