"""A description as one value: its age, its operations, its generation."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.apispec.model import Origin, Spec
from nomad_swagger.errors import SpecError, UnknownOperation


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-90), "less than a minute old"),
        (timedelta(seconds=5), "less than a minute old"),
        (timedelta(minutes=1), "1 minute old"),
        (timedelta(hours=23, minutes=59), "23 hours old"),
        (timedelta(days=1), "1 day old"),
        (timedelta(days=400), "400 days old"),
    ],
)
def test_an_age_is_told_in_words(ago, words):
    fetched = datetime.now(timezone.utc) - ago
    for text in (fetched.isoformat(), fetched.strftime("%Y-%m-%dT%H:%M:%SZ"), fetched.replace(tzinfo=None).isoformat()):
        assert Origin("cache", "x", text).age == words


def test_what_was_never_fetched_has_no_age():
    assert Origin("dict", "a dict").age == ""


@pytest.mark.parametrize(("name", "generation", "operations"), [("nomad-0.7.9", "v0", 35), ("nomad-0.8.6", "v0", 49)])
def test_a_document_is_recognised_by_its_operations(name, generation, operations):
    spec = load_spec(name)
    assert (spec.generation, len(spec.operations)) == (generation, operations)
    assert set(spec.interface) == set(spec.operations)


def test_a_strangers_document_belongs_to_no_generation():
    assert Spec({"swagger": "2.0", "paths": {}}, Origin("dict", ""), "").generation == ""


def test_an_operation_is_found_by_name_alone_where_only_one_tag_has_it():
    spec = load_spec("nomad-0.8.6")
    assert spec.operation("exec_upload_operation").full_name == "uploads.exec_upload_operation"
    assert spec.operation("repo.search").path == "/repo/"
    with pytest.raises(UnknownOperation, match=r"did you mean 'repo\.search'"):
        spec.operation("repo.serch")


def test_a_name_that_several_tags_have_asks_for_the_tag():
    get = {"operationId": "get", "responses": {}}
    document = {"swagger": "2.0", "paths": {"/a": {"get": {**get, "tags": ["a", "b"]}}}}
    with pytest.raises(UnknownOperation, match="without its tag: several have it"):
        Spec(document, Origin("dict", ""), "").operation("get")


def test_an_invalid_document_is_refused_by_where_it_came_from():
    with pytest.raises(SpecError, match=r"/tmp/x\.json: not valid"):
        Spec({"swagger": "2.0", "paths": {}}, Origin("file", "/tmp/x.json"), "").verify()


def test_a_description_is_short_in_a_log():
    assert len(repr(load_spec("nomad-0.8.6"))) < 300
