"""What we know about v0 beyond its documents: its answers, its renamed quantities, what may be sent twice."""

from __future__ import annotations

import doctest

import pytest

from nomad_sandbox import Sandbox
from nomad_swagger import dotted
from nomad_swagger.apispec.load import load_spec
from nomad_swagger.client.connect import connect
from nomad_swagger.errors import UnknownOperation
from nomad_swagger.flows.record_rules import paths_of
from nomad_swagger.generations import generation
from nomad_swagger.generations.generation import load_generation, place
from nomad_swagger.settings import Keycloak, Profile

V0 = load_generation("v0")
OLD, NEW = load_spec("nomad-0.7.9"), load_spec("nomad-0.8.6")
OLD_QUANTITIES, NEW_QUANTITIES = OLD.interface["repo.search"], NEW.interface["repo.search"]

each_version = pytest.mark.parametrize("spec", [OLD, NEW], ids=["0.7.9", "0.8.6"])


READS_BY_POST = {"archives", "check_edit"}


@each_version
def test_each_verb_becomes_a_call_that_the_document_accepts(spec):
    nomad = connect("https://nomad.example/api", spec=spec).nomad
    for name in V0.verbs:
        verb = nomad.verb(name)
        parameters = spec.operations[verb.operation].parameters
        in_path = {p.name for p in parameters if p.location == "path"}
        arguments = {word: "x" for word, names in verb.arguments.items() if names[0] in in_path}
        filled = {constant.partition("/")[0] for constant in verb.constants}
        bodies = {p.name: {} for p in parameters if p.location == "body" and p.name not in filled}
        assert nomad.prepare_verb(name, arguments, native=bodies).operation == verb.operation


@each_version
def test_only_what_reads_is_declared_repeatable(spec):
    for name in V0.verbs:
        verb = V0.verb(name, spec.interface)
        is_get = spec.operations[verb.operation].method == "GET"
        assert not verb.repeatable or is_get or name in READS_BY_POST, name


@each_version
def test_what_is_said_to_need_a_login_does_not_say_so_itself(spec):
    assert [name for name in V0.needs_login if spec.operations[name].needs_login] == []


@each_version
def test_the_apis_own_login_is_an_operation(spec):
    assert V0.login["path"] in {op.path for op in spec.operations.values() if op.method == V0.login["method"]}


@pytest.mark.parametrize("key", ["binary", "needs_login", "login_optional", "misdescribed", "recognise"])
def test_each_operation_in_a_list_exists(key):
    assert [name for name in getattr(V0, key) if name not in {*OLD.interface, *NEW.interface}] == []


def test_every_old_quantity_has_a_successor():
    def survives(name):
        return bool(place(V0.renamed.get(name, ()), NEW_QUANTITIES)) or any(
            prefix + name in NEW_QUANTITIES for prefix in V0.prefixes
        )

    assert [name for name in OLD_QUANTITIES - NEW_QUANTITIES if not survives(name)] == []


def test_renamed_quantities_existed_before_and_exist_now():
    assert set(V0.renamed) <= OLD_QUANTITIES
    assert [name for name, successors in V0.renamed.items() if not place(successors, NEW_QUANTITIES)] == []


def test_each_prefix_and_control_is_one_of_a_version():
    assert [prefix for prefix in V0.prefixes if not any(name.startswith(prefix) for name in NEW_QUANTITIES)] == []
    assert set(V0.controls) <= OLD_QUANTITIES | NEW_QUANTITIES


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as running:
        running.add_entries(3)
        yield running


@pytest.fixture(params=["api_url", "api_url_08"])
def nomad(sandbox, request):
    where = Profile(url=getattr(sandbox, request.param), keycloak=Keycloak(sandbox.keycloak_url))
    return connect(profile=where, user="leonard", password="password").nomad


def test_each_field_of_an_entry_is_in_a_servers_answer(nomad):
    hit = nomad.json(nomad.prepare("repo.search", {"per_page": 1}))["results"][0]
    of_an_edit = {"comment", "references", "datasets"}
    for field, rule in V0.records["entry"].items():
        assert field in of_an_edit or dotted.first(hit, paths_of(rule)) is not None, field
    assert dotted.first(hit, V0.entry_files)


def test_each_field_of_a_user_is_in_a_servers_answer(nomad):
    user = nomad.json(nomad.prepare("auth.get_users", {"query": "leonard"}))["users"][0]
    assert [field for field, rule in V0.records["user"].items() if not dotted.first(user, paths_of(rule))] == []


def test_an_unknown_generation_or_verb_is_refused_with_what_there_is():
    with pytest.raises(UnknownOperation, match="not one of a NOMAD we know"):
        load_generation("v9")
    with pytest.raises(UnknownOperation, match="unknown operation 'uplaod' in generation v0; did you mean 'upload'"):
        V0.verb("uplaod", OLD.interface)
    with pytest.raises(UnknownOperation, match=r"uploads\.upload.*which `upload` needs"):
        V0.verb("upload", {"repo.search": ()})
    assert V0.missing({"repo.search": ()})["upload"] == ["uploads.upload"]


def test_the_examples_run():
    assert doctest.testmod(generation).failed == 0
