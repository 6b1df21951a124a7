"""The table of operations says what the document says, whether it was just made or read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from nomad_swagger.apispec.access import needs_login
from nomad_swagger.apispec.canonical import canonical_sha256
from nomad_swagger.apispec.load import load_spec
from nomad_swagger.apispec.model import Origin, Spec
from nomad_swagger.apispec.naming import MARKER
from nomad_swagger.apispec.operations import operations_of
from nomad_swagger.apispec.table import read_table, written
from nomad_swagger.apispec.tabulate import make_table
from nomad_swagger.compiled import FOLDER

SHIPPED = ("nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3", "nomad-2.0.0")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_table_read_again_has_the_operations_of_the_document(name: str) -> None:
    spec = load_spec(name)
    text = written(make_table(spec.swagger, spec.title))
    assert text is not None
    read = read_table(text)
    assert list(read.operations.values()) == list(operations_of(spec.swagger))
    assert (read.title, read.generation) == (spec.title, spec.generation)
    assert {n: set(row.parameters) for n, row in read.operations.rows.items()} == spec.interface
    assert all(row.login == needs_login(spec, read.operations[n]) for n, row in read.operations.rows.items())


@pytest.mark.parametrize("name", ["nomad-0.8.6", "nomad-1.4.3"])
def test_a_description_seen_before_answers_without_its_document(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOMAD_SWAGGER_CACHE", str(tmp_path))
    fresh = load_spec(name)
    assert fresh.losses == Spec(fresh.document, fresh.origin, fresh.sha256).losses
    said = (fresh.title, fresh.generation, fresh.interface, list(fresh.operations.values()), fresh.may_name_models)
    again = load_spec(name)
    assert (
        again.title, again.generation, again.interface, list(again.operations.values()), again.may_name_models
    ) == said  # fmt: skip
    assert "document" not in vars(again)
    assert again.swagger == fresh.swagger == load_spec(name).at("").swagger
    assert again.losses == fresh.losses
    assert again.document == fresh.document


def test_a_conversion_is_kept_for_the_url_that_it_was_made_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOMAD_SWAGGER_CACHE", str(tmp_path))
    for url in ("https://a.example/api", "https://b.example/api") * 2:
        spec = load_spec("nomad-1.4.3", url=url)
        assert spec.swagger == Spec(spec.document, spec.origin, spec.sha256, url).swagger
        assert spec.at("").swagger == Spec(spec.document, spec.origin, spec.sha256).swagger
    assert len(list((tmp_path / FOLDER).glob("swagger-*"))) == 3


def test_a_document_that_json_would_change_has_operations_and_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOMAD_SWAGGER_CACHE", str(tmp_path))
    get = {"operationId": "get", "tags": ["a"], "responses": {200: {"description": ""}}}
    document = {"swagger": "2.0", "info": {}, "paths": {"/a": {"get": get}}}
    spec = Spec(document, Origin("dict", ""), canonical_sha256(document)).keeping(tmp_path)
    assert list(spec.operations["a.get"].answers) == [200]
    assert not list(tmp_path.glob(f"{FOLDER}/operations-*"))


def test_a_name_that_is_no_operation_is_none(tmp_path: Path) -> None:
    operations = load_spec("nomad-0.8.6").operations
    assert "repo.nothing" not in operations
    assert operations.get("repo.nothing") is None
    assert operations["repo.search"] is operations["repo.search"]


def test_the_mark_of_a_model_is_bravados() -> None:
    from bravado_core.model import MODEL_MARKER

    assert MARKER == MODEL_MARKER
