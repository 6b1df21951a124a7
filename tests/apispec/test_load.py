"""Getting a description from everywhere it can be, and what is said when it cannot."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
import yaml

from nomad_swagger.apispec.cache import SpecCache
from nomad_swagger.apispec.canonical import canonical_bytes, canonical_sha256
from nomad_swagger.apispec.load import load_spec, make_loader
from nomad_swagger.apispec.loader import Answer, Loader, api_url, spec_urls
from nomad_swagger.errors import NomadWarning, SpecError, SpecNotFound, SpecTampered, TransportError, UsageError
from nomad_swagger.settings import cache_folder

TINY = {
    "swagger": "2.0",
    "info": {"title": "tiny", "version": "1"},
    "host": "nomad-lab.eu",
    "basePath": "/elsewhere",
    "paths": {"/x": {"get": {"operationId": "x", "tags": ["t"], "responses": {"200": {"description": "OK"}}}}},
}


@pytest.fixture
def served(web, reply):
    """Serve a document as a server that knows validators does; gives the document, to be changed."""
    document = copy.deepcopy(TINY)

    def answer(asked):
        if asked.path != "/api/swagger.json":
            return reply.json({"message": "no"}, 404)
        etag = canonical_sha256(document)
        return reply(304, b"") if asked.headers.get("if-none-match") == etag else reply.json(document, ETag=etag)

    web.answer = answer
    return document


def load(url, **more):
    return load_spec(f"{url}/api", **more)


# ---- where it may come from


def test_a_url_of_an_api_and_of_its_document_give_the_same(web, served):
    by_api, by_document = load_spec(f"{web.url}/api/"), load_spec(f"{web.url}/api/swagger.json")
    assert by_api.document == by_document.document == served
    assert by_api.url == by_document.url == f"{web.url}/api"
    assert by_api.origin.kind == "network"


def test_the_url_asked_for_wins_over_host_and_base_path_of_the_document(web, served):
    assert load(web.url).url == f"{web.url}/api"


@pytest.mark.parametrize("name", ["spec.json", "spec.yaml", "spec.yml"])
def test_a_file_of_either_notation_is_read(tmp_path, name):
    (tmp_path / name).write_text(json.dumps(TINY) if name.endswith("json") else yaml.safe_dump(TINY))
    spec = load_spec(tmp_path / name, url="https://nomad.example/api")
    assert (spec.document, spec.origin.kind, spec.url) == (TINY, "file", "https://nomad.example/api")
    assert load_spec(str(tmp_path / name)).sha256 == spec.sha256 == canonical_sha256(TINY)


def test_a_snapshot_and_a_dict_are_taken_by_what_they_are():
    assert load_spec("nomad-0.7.9").origin.where == "nomad-0.7.9"
    assert load_spec(TINY).operation("x").full_name == "t.x"


@pytest.mark.parametrize(
    ("source", "words"),
    [("nomad-9.9", "no snapshot 'nomad-9.9'; there are .*nomad-0.8.6"), ("./none.json", "none.json: cannot be read")],
)
def test_what_is_not_there_is_not_found(source, words):
    with pytest.raises(SpecNotFound, match=words):
        load_spec(source)


def test_a_folder_given_by_hand_or_environment_goes_before_the_shipped_snapshots(tmp_path, monkeypatch):
    content = canonical_bytes(TINY)
    (tmp_path / "mine.json").write_bytes(content)
    row = {"file": "mine.json", "generation": "", "source": "me", "sha256": hashlib.sha256(content).hexdigest()}
    (tmp_path / "index.yaml").write_text(yaml.safe_dump({"nomad-0.8.6": {**row, "operations": 1}}))
    assert load_spec("nomad-0.8.6", specs=tmp_path).title == "tiny 1"
    monkeypatch.setenv("NOMAD_SWAGGER_SPECS", str(tmp_path))
    assert load_spec("nomad-0.8.6").title == "tiny 1"
    (tmp_path / "mine.json").write_bytes(content.replace(b"tiny", b"tony"))
    with pytest.raises(SpecTampered, match="not what its index says"):
        load_spec("nomad-0.8.6")


# ---- the cache


def test_an_unchanged_document_is_fetched_once_and_confirmed_after(web, served):
    first, second = load(web.url), load(web.url)
    assert second.document == first.document
    assert [asked.headers.get("if-none-match") for asked in web.asked] == [None, first.sha256]


def test_a_changed_document_replaces_the_cached_one(web, served):
    load(web.url)
    served["info"]["version"] = "2"
    assert load(web.url).title == "tiny 2"
    assert len(list(SpecCache(cache_folder()).entries())) == 1


def test_a_last_modified_date_revalidates_too(web, reply):
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    web.answer = lambda asked: (
        reply(304, b"")
        if asked.headers.get("if-modified-since") == date
        else reply.json(TINY, **{"Last-Modified": date})
    )
    assert load(web.url).document == load(web.url).document == TINY


def test_a_confirmation_makes_the_cached_document_young_again(web, served):
    load(web.url)
    (file,) = cache_folder().glob("spec-*.json")
    os.utime(file, (0, 0))
    assert load(web.url).origin.age == "less than a minute old"
    assert SpecCache(cache_folder()).get(f"{web.url}/api/swagger.json").fetched_at > "2020"


def test_a_document_is_validated_once_per_content(web, served, tmp_path):
    spec = load(web.url)
    cache = SpecCache(cache_folder())
    assert cache.is_valid(spec.sha256)
    # an invalid document that is noted as valid shows that nobody looks again
    broken = {**TINY, "paths": {"/x": 5}}
    with pytest.raises(SpecError):
        load_spec(broken)
    cache.mark_valid(canonical_sha256(broken))
    assert load_spec(broken).document == broken


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"url": 1}', b"\xff\xfe", b'{"document": []}'])
def test_a_damaged_cache_is_fetched_anew(web, served, content):
    load(web.url)
    (file,) = cache_folder().glob("spec-*.json")
    file.write_bytes(content)
    assert load(web.url).document == served
    assert SpecCache(cache_folder()).get(f"{web.url}/api/swagger.json").document == served


def test_a_cache_that_cannot_be_written_is_no_obstacle(web, served, monkeypatch, tmp_path, caplog):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NOMAD_SWAGGER_CACHE", str(tmp_path / "file" / "cache"))
    assert load(web.url).document == served
    assert "not cached" in caplog.text


def test_two_processes_that_write_at_once_leave_a_whole_document(web, served, tmp_path):
    code = "import sys; from nomad_swagger.apispec.load import load_spec\nfor _ in range(5): load_spec(sys.argv[1])"
    environment = {**os.environ, "NOMAD_SWAGGER_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", code, f"{web.url}/api"]
    running = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [process.wait(30) for process in running] == [0, 0]
    assert SpecCache(tmp_path).get(f"{web.url}/api/swagger.json").document == served
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


# ---- falling back


def unreachable(url, headers):
    raise TransportError(f"GET {url}: Connection refused.")


def test_an_unreachable_server_falls_back_to_the_cache_with_a_warning_that_tells_the_age(web, served):
    load(web.url)
    (file,) = cache_folder().glob("spec-*.json")
    three_days_ago = time.time() - 3 * 86400 - 60
    os.utime(file, (three_days_ago, three_days_ago))
    with pytest.warns(NomadWarning, match=r"Connection refused.*from the cache, 3 days old"):
        spec = load(web.url, fetch=unreachable, fallback="nomad-0.8.6")
    assert (spec.origin.kind, spec.document) == ("cache", served)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_in_trouble_counts_as_unreachable(web, status):
    with pytest.warns(NomadWarning, match=f"answered {status}.*snapshot nomad-0.8.6"):
        spec = load(web.url, fetch=lambda url, headers: Answer(status, {}, b"", url), fallback="nomad-0.8.6")
    assert spec.origin.kind == "snapshot"


def test_without_a_cache_the_snapshot_that_is_named_for_the_url_is_used():
    with pytest.warns(NomadWarning, match="Using the pinned snapshot nomad-0.7.9"):
        spec = load_spec("https://nomad-lab.eu/prod/rae/api/swagger.json", fetch=unreachable)
    assert (spec.origin.kind, spec.url) == ("snapshot", "https://nomad-lab.eu/prod/rae/api")


def test_a_snapshot_that_a_profile_names_is_used_for_its_url(silent_environment, monkeypatch):
    config = silent_environment / "config.yaml"
    config.write_text("profiles: {mine: {url: 'https://nomad.example/api', snapshot: nomad-0.8.6}}")
    monkeypatch.setenv("NOMAD_SWAGGER_CONFIG", str(config))
    with pytest.warns(NomadWarning, match="nomad-0.8.6"):
        assert load_spec("https://nomad.example/api/", fetch=unreachable).origin.where == "nomad-0.8.6"


def test_with_nothing_named_it_is_an_error_and_no_guess(web):
    with pytest.raises(SpecNotFound, match=r"Connection refused.*no snapshot is named.*--spec") as caught:
        load(web.url, fetch=unreachable)
    assert isinstance(caught.value.__cause__, TransportError)


def test_a_snapshot_that_was_tampered_with_is_no_fallback(tmp_path, web):
    (tmp_path / "nomad-0.8.6.json").write_text("{}")
    row = {"file": "nomad-0.8.6.json", "generation": "v0", "source": "me", "sha256": "0" * 64, "operations": 1}
    (tmp_path / "index.yaml").write_text(yaml.safe_dump({"nomad-0.8.6": row}))
    with pytest.raises(SpecTampered):
        load(web.url, fetch=unreachable, fallback="nomad-0.8.6", specs=tmp_path)


def test_live_means_the_server_and_nothing_else(web, served):
    load(web.url)
    with pytest.raises(SpecNotFound, match="Connection refused"):
        load(web.url, fetch=unreachable, fallback="nomad-0.8.6", live=True)


def test_offline_never_touches_the_network_and_does_not_warn_of_what_was_asked_for(web, served, monkeypatch):
    load(web.url)
    monkeypatch.setenv("NOMAD_SWAGGER_OFFLINE", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(web.url).origin.kind == "cache"
        assert load_spec("https://nomad-lab.eu/prod/rae/api").origin.kind == "snapshot"
    with pytest.raises(SpecNotFound, match="the network is off"):
        load_spec(f"{web.url}/other")
    assert len(web.asked) == 1


def test_offline_holds_for_a_fetch_that_was_handed_in_too(monkeypatch):
    monkeypatch.setenv("NOMAD_SWAGGER_OFFLINE", "1")
    assert make_loader(fetch=pytest.fail).fetch is None


# ---- answers that are no description


def test_where_swagger_json_is_not_openapi_json_may_be(web, reply):
    document = {"openapi": "3.1.0", "info": {"title": "new", "version": "1"}, "paths": TINY["paths"]}
    web.answer = lambda asked: reply.json(document) if asked.path.endswith("openapi.json") else reply.json({}, 404)
    assert load(web.url).title == "new 1"
    assert web.paths == ["/api/swagger.json", "/api/openapi.json"]


def test_a_server_without_a_description_says_what_was_tried(web, reply):
    web.script(reply.text("nothing here", 404))
    with pytest.raises(SpecNotFound, match=r"swagger\.json: the server answered 404.*openapi\.json: .*404"):
        load(web.url)


LOGIN_PAGE = "<!DOCTYPE html><html><title>Sign in</title><body><form><input type='password'></form></body></html>"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("<html><body>Welcome</body></html>", "text/html", "(HTML|web) page"),
        (LOGIN_PAGE, "text/html", "log ?in"),
        (json.dumps(TINY)[:-20], "application/json", "cut off"),
        ('{"swagger": "1.2", "paths": {}}', "application/json", "another kind: swagger 1.2"),
        ('{"message": "hello"}', "application/json", "no API description|neither|not an API description|swagger"),
        ("", "application/json", "empty"),
    ],
)
def test_an_answer_that_is_no_description_is_its_own_clear_error(web, reply, body, kind, words):
    web.script(reply.text(body, kind=kind))
    with pytest.raises(SpecError, match=f"(?i){words}") as caught:
        load(web.url, fallback="nomad-0.8.6")
    assert web.url in str(caught.value)
    assert not list(SpecCache(cache_folder()).entries())


def test_a_description_behind_a_login_says_so(web, reply):
    web.script(reply(status=401))
    with pytest.raises(SpecError, match="wants a login"):
        load(web.url)


@pytest.mark.parametrize("target", ["http://evil.example/x.json#/definitions/A", "file:///etc/passwd", "other.json"])
def test_a_reference_that_leads_out_of_the_document_is_refused(web, reply, target):
    document = copy.deepcopy(TINY)
    document["paths"]["/x"]["get"]["responses"]["200"]["schema"] = {"$ref": target}
    web.script(reply.json(document))
    with pytest.raises(SpecError, match="outside the document"):
        load(web.url)
    with pytest.raises(SpecError, match="outside the document"):
        load_spec(document)


@pytest.mark.parametrize(
    "document", [{}, {"a": 1}, {"swagger": "2.0"}, {**TINY, "x": float("nan")}, {**TINY, "x": {1}}]
)
def test_a_dict_that_is_no_description_is_refused_as_one(document):
    with pytest.raises(SpecError, match=r"a dict: "):
        load_spec(document)


def test_a_login_in_the_url_is_refused_and_not_repeated(web):
    with pytest.raises(UsageError, match="a login in the URL is not used") as caught:
        load_spec(web.url.replace("//", "//me:s3cret@") + "/api")
    assert "s3cret" not in str(caught.value)
    assert not web.asked


def test_urls_of_an_api_and_of_its_document_belong_together():
    assert spec_urls("https://n.example/api/") == [
        "https://n.example/api/swagger.json",
        "https://n.example/api/openapi.json",
    ]
    assert spec_urls("https://n.example/my.yaml") == ["https://n.example/my.yaml"]
    assert api_url("https://n.example/api/swagger.json") == api_url("https://n.example/api/") == "https://n.example/api"


def test_the_loader_gives_the_answer_of_its_fetch_to_nobody_else(tmp_path):
    asked = []

    def fetch(url, headers):
        asked.append((url, dict(headers)))
        return Answer(200, {"etag": '"1"'}, json.dumps(TINY).encode(), url)

    loader = Loader(fetch, SpecCache(tmp_path))
    loader.from_url("https://n.example/api")
    loader.from_url("https://n.example/api")
    assert asked == [
        ("https://n.example/api/swagger.json", {}),
        ("https://n.example/api/swagger.json", {"If-None-Match": '"1"'}),
    ]


def test_the_installed_snapshots_are_found_from_any_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert len(load_spec("nomad-0.8.6").operations) == 49
    assert not Path("specs").exists()
