"""No argument reaches another operation's path: every operation with one, every snapshot, every surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from bravado_core.exception import SwaggerMappingError

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.calls.steps import fault_of
from nomad_swagger.cli.calling import send
from nomad_swagger.cli.consent import Consent
from nomad_swagger.cli.failures import run
from nomad_swagger.cli.main import cli
from nomad_swagger.client.connect import connect
from nomad_swagger.errors import UsageError
from nomad_swagger.explore.recipes import recipe
from nomad_swagger.generations.generation import load_generation
from tests.conftest import Reply

SPECS = ("nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3", "nomad-2.0.0")
DOTS = ("..", ".", "a/../b", "../datasets/x", "a/.", " .. ")
ENCODED = ("%2e%2e", "%2E", ".%2e", "..%2fx", "..%2Fdatasets%2fx", "%252e%252e", "a%2f..%2fb", "%25252e%25252e%2fx")
BACKSLASHES = ("..\\x", "a\\..\\b", "..%5cx")
BLANK = (" ", "\t", "%20", "%2520")
BAD = (*DOTS, *ENCODED, *BACKSLASHES, *BLANK, "")
STEPS = ("a/b", "a%2fb", "x\\y")


@pytest.fixture(scope="module", params=SPECS)
def client(request):
    return connect("https://nomad.example/api", spec=request.param)


def places(nomad):
    """Give each parameter of a path, with good values for what else its operation needs in the path."""
    for operation in nomad.spec.operations.values():
        names = [parameter.name for parameter in operation.parameters if parameter.location == "path"]
        for name in names:
            yield operation, name, {other: "x" for other in names if other != name}


@dataclass(frozen=True)
class _Connected:
    """A server of the command line that somebody has connected to already."""

    known: Any

    def client(self, consent=None):
        return self.known


def refused(attempt):
    try:
        made = attempt()
    except (UsageError, SwaggerMappingError) as error:
        return not isinstance(error, SwaggerMappingError), str(error)
    return False, str(made)


def surfaces(client, operation, arguments):
    callable_of = getattr(getattr(client, operation.tag), operation.name)
    yield "client", lambda: callable_of(**arguments)
    yield "prepare", lambda: client.nomad.prepare(operation.full_name, arguments)
    yield "call", lambda: send(_Connected(client), Consent(dry_run=True), operation, dict(arguments), None)
    yield "recipe", lambda: recipe(client, operation.full_name, style="curl", **arguments)


def test_no_argument_leads_to_another_operations_path(client):
    generation = load_generation(client.nomad.spec.generation)
    checked = 0
    for operation, name, others in places(client.nomad):
        many = name in generation.many_steps
        for bad in (*BAD, *(() if many else STEPS)):
            if bad == "" and name in generation.may_be_empty.get(operation.full_name, ()):
                continue
            for surface, attempt in surfaces(client, operation, {**others, name: bad}):
                ours, said = refused(attempt)
                assert ours, f"{surface} {operation.full_name} {name}={bad!r}: {said}"
                assert operation.full_name in said
                checked += 1
    assert checked > 75 * len(BAD)


def test_only_the_files_of_an_upload_have_a_path_that_may_be_empty(client):
    generation = load_generation(client.nomad.spec.generation)
    for operation, parameters in generation.may_be_empty.items():
        assert parameters == ["path"]
        found = client.nomad.spec.operation(operation)
        assert found.path in ("/uploads/{upload_id}/raw/{path}", "/uploads/{upload_id}/rawdir/{path}")


def test_what_is_no_way_out_stays_in_its_place(client):
    for operation, name, others in places(client.nomad):
        if needed(operation) or name == "definition_id":  # of 40 hexadecimal digits
            continue
        for good in ("x y", "ö#?", "a%b", "50%25", "..x", "x..", "...", "a~b"):
            call = client.nomad.prepare(operation.full_name, {**others, name: good})
            template = f"/api{operation.path}".replace(f"{{{name}}}", good)
            for other in others:
                template = template.replace(f"{{{other}}}", "x")
            assert unquote(urlsplit(call.url).path) == template


def needed(operation):
    return [p.name for p in operation.parameters if p.required and p.location != "path"]


def exit_code(*words):
    with pytest.raises(SystemExit) as ended:
        run(cli, list(words))
    return ended.value.code


@pytest.mark.parametrize("spec", SPECS)
def test_the_shells_call_refuses_them_too(spec, web, capsys):
    nomad = connect(web.url, spec=spec).nomad
    for operation, name, others in [place for place in places(nomad) if not needed(place[0])][::20]:
        for bad in ("..", "%2e%2e/x"):
            words = [f"--{n}={v}" for n, v in {**others, name: bad}.items()]
            assert exit_code("call", operation.full_name, "--url", web.url, "--spec", spec, *words) == 2
            assert f"{operation.full_name}: {name}" in capsys.readouterr().err
    assert not web.asked


def test_the_shells_call_takes_an_empty_path_where_all_files_are_meant(web, capsys):
    words = ["--upload_id=u", "--path=", "--url", web.url, "--spec", "nomad-1.4.3"]
    assert exit_code("call", "uploads.get_upload_rawdir_path", *words) == 0
    assert web.paths == ["/uploads/u/rawdir/"]


def test_the_shells_call_takes_a_url_for_a_description_and_calls_there(web, capsys):
    document = load_spec("nomad-0.8.6").document
    web.answer = lambda asked: Reply.json(document if asked.path.endswith(".json") else {"called": asked.path})
    assert exit_code("call", "info.get_info", "--spec", f"{web.url}/api/swagger.json") == 0
    assert '"/api/info/"' in capsys.readouterr().out
    assert exit_code("ops", "--spec", f"{web.url}/api/swagger.json") == 0


def test_a_path_of_many_steps_keeps_its_slashes():
    assert fault_of("a/b c/d%20e", many_steps=True) == ""
    assert fault_of("a/b") == "must not have a slash: it is one step of the path"
