"""What we know about NOMAD, held against the pinned descriptions: every operation, argument and path that it names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import deref
from nomad_swagger.errors import UnknownOperation
from nomad_swagger.flows.record_rules import paths_of
from nomad_swagger.generations.generation import GENERATIONS, load_generation, place, recognise
from nomad_swagger.generations.verbs import Verb
from nomad_swagger.generations.vocabulary import load_vocabulary

SNAPSHOTS = {"nomad-0.7.9": "v0", "nomad-0.8.6": "v0", "nomad-1.4.3": "v1", "nomad-2.0.0": "v1"}
SPECS = {name: load_spec(name) for name in SNAPSHOTS}
MODERN = ("nomad-1.4.3", "nomad-2.0.0")

each_snapshot = pytest.mark.parametrize("name", SNAPSHOTS)
each_generation = pytest.mark.parametrize("generation", GENERATIONS)


def verbs(name: str) -> Iterator[tuple[str, Verb]]:
    """Give each verb as a snapshot does it."""
    spec = SPECS[name]
    generation = load_generation(spec.generation)
    for verb in generation.verbs:
        yield verb, generation.verb(verb, spec.interface)


def snapshots_of(generation: str) -> list[Spec]:
    return [SPECS[name] for name, known in SNAPSHOTS.items() if known == generation]


@each_snapshot
def test_a_description_is_recognised_by_what_is_in_it(name: str) -> None:
    assert recognise(SPECS[name].interface) == SNAPSHOTS[name]


def test_a_description_of_something_else_is_no_generation_of_ours() -> None:
    assert recognise({"pets.list": ["limit"]}) == ""
    with pytest.raises(UnknownOperation, match="not one of a NOMAD we know"):
        load_generation("")


@each_snapshot
def test_every_verb_can_be_done_on_every_pinned_version(name: str) -> None:
    assert load_generation(SNAPSHOTS[name]).missing(SPECS[name].interface) == {}


@each_snapshot
def test_every_constant_is_a_parameter_of_its_operation(name: str) -> None:
    for verb, way in verbs(name):
        for constant in way.constants:
            assert place([constant], SPECS[name].interface[way.operation]), (verb, constant)


@each_snapshot
def test_every_argument_has_its_place_on_every_pinned_version(name: str) -> None:
    for verb, way in verbs(name):
        for argument, candidates in way.arguments.items():
            assert place(candidates, SPECS[name].interface[way.operation]), (verb, argument)
        assert set(way.values) <= set(way.arguments), verb


@each_generation
def test_every_candidate_is_some_versions_parameter(generation: str) -> None:
    """A name that no pinned version has is a slip of the pen."""
    specs = snapshots_of(generation)
    for verb, ways in load_generation(generation).verbs.items():
        for way in ways:
            known = {name for spec in specs for name in spec.interface.get(way.operation, ())}
            named = [*way.optional, *(name for candidates in way.arguments.values() for name in candidates)]
            assert {name.split("/")[0] for name in named} <= known, verb


@each_generation
def test_every_operation_that_is_named_exists_in_some_version(generation: str) -> None:
    known = load_generation(generation)
    exists = {name for spec in snapshots_of(generation) for name in spec.interface}
    named = {*known.binary, *known.login_optional, *known.needs_login, *known.misdescribed, *known.recognise}
    assert named | {way.operation for way in known.all_verbs()} <= exists


@each_snapshot
def test_every_page_parameter_exists(name: str) -> None:
    for verb, way in verbs(name):
        pages = way.pages
        walk = pages.walk if pages else None
        sent = [pages.size, pages.number] if pages else []
        sent += [walk.send, *walk.constants] if walk else []
        for parameter in filter(None, sent):
            assert place([parameter], SPECS[name].interface[way.operation]), (verb, parameter)


@pytest.mark.parametrize("name", MODERN)
def test_every_field_of_a_body_is_in_its_schema(name: str) -> None:
    spec = SPECS[name]
    for verb, way in verbs(name):
        body = spec.operation(way.operation).parameter("body")
        walk = way.pages.walk if way.pages else None
        named = [*way.constants, *(name for candidates in way.arguments.values() for name in candidates)]
        named += [way.pages.size if way.pages else "", walk.send if walk else "", way.quantities or ""]
        for field in (name for name in named if name.startswith("body/")):
            assert body is not None, verb
            assert _has(spec.swagger, body.schema, field.split("/")[1:]), (verb, field)


@pytest.mark.parametrize("name", MODERN)
def test_every_place_in_an_answer_is_in_its_schema(name: str) -> None:
    spec = SPECS[name]
    for verb, way in verbs(name):
        pages = way.pages
        walk = pages.walk if pages else None
        read = [way.answer, *([pages.items, pages.total] if pages else []), *([walk.cursor] if walk else [])]
        answers = spec.operation(way.operation).answers
        done = next(answers[status] for status in ("200", "201", "204") if status in answers)
        schema = done.get("schema", {})
        for path in filter(None, read):
            assert _has(spec.swagger, schema, path.split(".")), (verb, path)


@pytest.mark.parametrize("name", MODERN)
@pytest.mark.parametrize(
    ("record", "model"), [("upload", "UploadProcData"), ("failed_entry", "EntryProcData"), ("user", "User")]
)
def test_every_field_of_a_record_is_in_its_schema(name: str, record: str, model: str) -> None:
    spec = SPECS[name]
    for rule in load_generation("v1").records[record].values():
        for path in paths_of(rule):
            assert _has(spec.swagger, {"$ref": f"#/definitions/{model}"}, path.split(".")), path


@pytest.mark.parametrize("name", MODERN)
def test_what_an_entry_is_read_from_can_be_searched(name: str) -> None:
    """An entry has no schema: its fields are the quantities of the index."""
    known = load_vocabulary("v1-quantities.yaml", SPECS[name].document["info"]["version"])
    paths = [path for rule in load_generation("v1").records["entry"].values() for path in paths_of(rule)]
    assert [path for path in paths if path not in known] == []


@pytest.mark.parametrize("name", MODERN)
def test_our_words_mean_quantities_that_there_are(name: str) -> None:
    known = load_vocabulary("v1-quantities.yaml", SPECS[name].document["info"]["version"])
    generation = load_generation("v1")
    for word, quantity in generation.quantities.items():
        assert set(quantity.names) <= {*known, *generation.connectives}, word
        of_known = set(quantity.names) <= set(known)  # and no query in a language of its own
        assert not of_known or bool(quantity.suffix) != bool(quantity.join), word


@pytest.mark.parametrize("name", MODERN)
def test_what_was_processed_since_is_asked_by_a_time_that_there_is(name: str) -> None:
    known = load_vocabulary("v1-quantities.yaml", SPECS[name].document["info"]["version"])
    quantity, _, operator = load_generation("v1").processed_since.partition(":")
    assert quantity in known
    assert quantity in load_generation("v1").times.values()
    assert operator == "gte"


def test_all_generations_have_the_same_words_verbs_records_and_ends_of_a_wait() -> None:
    first, *others = (load_generation(name) for name in GENERATIONS)
    optional = {"count_failed_entries", "count_numbers", "edit_upload", "find_doi", "lift_embargo", "list_entry_files"}
    optional |= {"list_query_files", "list_tree", "look_at_path", "measure_values", "stored_zip"}
    optional |= {"count_entries", "put_file", "remove_file", "process"}
    optional |= {"make_app_token", "create_token", "list_tokens", "rotate_token", "revoke_token"}
    for other in others:
        assert other.quantities.keys() == first.quantities.keys()
        assert other.waiters.keys() == first.waiters.keys()
        assert set(other.verbs) ^ set(first.verbs) <= optional
        assert {
            k: set(v) for k, v in other.records.items() if k not in ("path", "embargo")
        }.keys() == first.records.keys()
        assert set(first.records["upload"]) - set(other.records["upload"]) <= {"failed"}
        assert set(first.records["entry"]) == set(other.records["entry"])
        for word, quantity in other.quantities.items():
            assert quantity.several == first.quantities[word].several, word


def test_the_vocabulary_is_that_of_the_version() -> None:
    old, new = (load_vocabulary("v1-quantities.yaml", f"v1, NOMAD {v}") for v in ("1.4.3", "2.0.0"))
    assert (len(old), len(new)) == (496, 497)
    assert set(new) - set(old) == {"process_status"}
    assert new["results.material.elements"].many
    assert new["results.material.n_elements"].type == "integer"
    assert new["with_embargo"].type == "boolean"


@pytest.mark.parametrize(
    ("version", "size"), [("v1, NOMAD 1.3.16", 496), ("v1, NOMAD 1.5.0.dev1", 496), ("3.1", 497), ("", 497)]
)
def test_a_version_between_those_of_the_list_counts_as_the_one_before(version: str, size: int) -> None:
    assert len(load_vocabulary("v1-quantities.yaml", version)) == size


def _has(document: Mapping[str, Any], schema: Mapping[str, Any], steps: list[str]) -> bool:
    """Tell whether a schema has a property at the end of these steps; what is open has everything."""
    schema = deref(document, schema)
    if not steps:
        return True
    properties = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        properties |= deref(document, part).get("properties", {})
    if steps[0] in properties:
        return _has(document, properties[steps[0]], steps[1:])
    return not properties and "array" not in json.dumps(schema.get("type", "object"))
