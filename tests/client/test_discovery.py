"""An API is found from the address of NOMAD's web pages, or of its host."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nomad_swagger import settings
from nomad_swagger.apispec.cache import SpecCache
from nomad_swagger.apispec.load import load_spec
from nomad_swagger.client.connect import connect
from nomad_swagger.client.discovery import known_places
from nomad_swagger.errors import NomadWarning, SpecError, SpecNotFound

SPECS = [load_spec(name) for name in ("nomad-2.0.0", "nomad-0.8.6")]
NEW, OLD = (json.dumps(spec.document).encode() for spec in SPECS)
PAGE = "<html><title>NOMAD</title></html>"


@pytest.fixture(autouse=True)
def validated_before() -> None:
    for spec in SPECS:
        SpecCache(settings.cache_folder()).mark_valid(spec.sha256)


@pytest.fixture
def serving(web: Any, reply: Any) -> Any:
    """Serves descriptions at paths; every other path is a web page, as single-page applications do, or a 404."""

    def serve(documents: dict[str, bytes], *, page: bool = False) -> Any:
        def answer(asked: Any) -> Any:
            if asked.path in documents:
                return reply(200, documents[asked.path], {"Content-Type": "application/json"})
            return reply.text(PAGE) if page else reply.json({"detail": "Not Found"}, 404)

        web.answer = answer
        return web

    return serve


@pytest.mark.parametrize("page", [False, True])
@pytest.mark.parametrize(
    ("given", "api"),
    [
        ("/oasis/gui/search/entries?a=b", "/oasis/api/v1"),
        ("/oasis/gui", "/oasis/api/v1"),
        ("/oasis/", "/oasis/api/v1"),
        ("/oasis/api", "/oasis/api/v1"),
        ("/oasis/api/v1/extensions/docs", "/oasis/api/v1"),
        ("", "/nomad-oasis/api/v1"),
        ("/", "/prod/v1/api/v1"),
    ],
)
def test_the_api_is_found_and_named(serving: Any, given: str, api: str, page: bool) -> None:
    web = serving({f"{api}/openapi.json": NEW}, page=page)
    with pytest.warns(NomadWarning, match=f"is not an API's URL; using the API at {web.url}{api}$"):
        client = connect(web.url + given)
    assert client.nomad.api_url == client.nomad.profile.url == web.url + api
    assert client.nomad.spec.generation == "v1"


def test_a_page_of_the_old_generation_finds_the_old_api(serving: Any) -> None:
    web = serving({"/prod/rae/api/swagger.json": OLD})
    with pytest.warns(NomadWarning, match="using the API at"):
        client = connect(f"{web.url}/prod/rae/gui/search")
    assert client.nomad.api_url == f"{web.url}/prod/rae/api"
    assert client.nomad.spec.generation == "v0"


def test_an_apis_own_url_is_taken_as_it_is(serving: Any, recwarn: pytest.WarningsRecorder) -> None:
    web = serving({"/api/v1/openapi.json": NEW})
    assert connect(f"{web.url}/api/v1").nomad.api_url == f"{web.url}/api/v1"
    assert not recwarn
    assert web.paths == ["/api/v1/swagger.json", "/api/v1/openapi.json"]


def test_where_there_is_none_all_places_are_named(serving: Any) -> None:
    web = serving({})
    with pytest.raises(SpecNotFound, match=f"There is none at {web.url}/x/api/v1, .*/x/prod/v1/api/v1 either"):
        connect(f"{web.url}/x")


def test_a_page_that_is_no_description_keeps_its_error(serving: Any) -> None:
    web = serving({}, page=True)
    with pytest.raises(SpecError, match="There is none at"):
        connect(f"{web.url}/x/gui")


def test_an_unreachable_host_is_not_searched(closed_port: str) -> None:
    with pytest.raises(SpecNotFound) as caught:
        connect(f"{closed_port}/gui")
    assert "either" not in str(caught.value)


def test_a_login_goes_where_the_found_api_is_known(
    serving: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    web = serving({"/oasis/api/v1/openapi.json": NEW})
    config = tmp_path / "config.yaml"
    config.write_text(f"profiles: {{mine: {{url: {web.url}/oasis/api/v1, keycloak: https://login.example/auth/}}}}")
    monkeypatch.setenv(settings.ENV_CONFIG, str(config))
    with pytest.warns(NomadWarning, match="using the API at"):
        client = connect(f"{web.url}/oasis/gui/about")
    assert client.nomad.profile.name == "mine"
    assert client.nomad.profile.keycloak == settings.Keycloak("https://login.example/auth/")


def test_places_are_tried_once_each_and_the_likeliest_first() -> None:
    places = known_places("https://host.example/prod/v1/gui/search/entries")
    assert places[0] == "https://host.example/prod/v1/api/v1"
    assert len(set(places)) == len(places)


def test_a_root_that_describes_nothing_is_not_taken_for_the_api(serving: Any) -> None:
    nothing = json.dumps({"openapi": "3.1.0", "info": {"title": "FastAPI", "version": "0.1.0"}, "paths": {}}).encode()
    web = serving({"/nomad-oasis/openapi.json": nothing, "/nomad-oasis/api/v1/openapi.json": NEW})
    with pytest.warns(NomadWarning, match=f"using the API at {web.url}/nomad-oasis/api/v1$"):
        client = connect(f"{web.url}/nomad-oasis")
    assert client.nomad.generation.name == "v1"
