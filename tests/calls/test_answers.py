"""An answer that is none: whatever a proxy, a login page or a broken server says with 200."""

from __future__ import annotations

import pytest

from nomad_swagger.calls.answers import KINDS, expected_of, is_no_answer
from nomad_swagger.errors import ApiError, ConnectionLost
from nomad_swagger.generations.generation import GENERATIONS, load_generation
from tests.conftest import Reply

JSON = {"Content-Type": "application/json"}
NONE_OF_NOMADS = {
    "null": Reply.json(None),
    "list": Reply.json([]),
    "object": Reply.json({}),
    "text": Reply.json("hi"),
    "number": Reply.json(7),
    "boolean": Reply.json(True),
    "page": Reply.text("<html><title>Log in</title></html>"),
    "other": Reply.json({"ok": True, "data": None, "results": None}),
    "deep": Reply(200, b"[" * 20_000 + b"]" * 20_000, JSON),
}
ARGUMENTS = {
    "upload_id": "u",
    "entry_id": "e",
    "entry_ids": ["e"],
    "dataset_id": "d",
    "name": "n",
    "path": "p",
    "query": "q",
    "quantity": "results.material.elements",
    "interval": "1M",
    "comment": "c",
    "owner": "public",
    "scopes": ["users:read"],
    "lifetime_s": 60,
    "token_id": "t",
}
# Says nothing but its status: what it was for is looked up.
SILENT = {"revoke_token"}
VERBS = [
    (spec, name, verb)
    for spec in ("nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3")
    for generation in [load_generation("v1" if "1.4" in spec else "v0")]
    for name, ways in generation.verbs.items()
    if name not in SILENT
    for verb in ways[:1]
    if verb.operation not in generation.binary or verb.pages
]


@pytest.mark.parametrize(("spec", "name"), sorted({(spec, name) for spec, name, _ in VERBS}))
@pytest.mark.filterwarnings("ignore:Accessing Validator.resolver:DeprecationWarning")
def test_an_answer_that_is_none_is_an_error_of_ours_for_every_verb(scripted, web, spec, name):
    nomad = scripted(spec).nomad
    if not nomad.can(name) or nomad.verb(name).bucket:
        return  # what is counted is looked at by flows/counting
    words = [word for word in nomad.verb(name).arguments if word in ARGUMENTS and nomad.takes(name, word)]
    field = nomad.verb(name).quantities
    for shape, reply in NONE_OF_NOMADS.items():
        if (spec, name, shape) == ("nomad-0.8.6", "archives", "list"):
            continue  # 0.8 says so that an upload has no files any more
        web.replies = [reply]
        given = {word: ARGUMENTS[word] for word in words}
        with pytest.raises(ApiError, match=r"none of NOMAD's|expected JSON|nested deeper") as caught:
            nomad.json(nomad.prepare_verb(name, given, native={field: {}} if field else {}))
        assert is_no_answer(caught.value), shape
        assert caught.value.operation == nomad.verb(name).operation


def test_of_a_deed_the_error_says_what_is_known(scripted, web):
    nomad = scripted().nomad
    web.replies = [Reply.json({})]
    with pytest.raises(ApiError, match=r"text at upload_id is missing, and \{\} came\. It was sent, and may have been"):
        nomad.ask("delete", {"upload_id": "u"})
    web.replies = [Reply.json(None)]
    with pytest.raises(ApiError) as caught:
        nomad.ask("get_upload", {"upload_id": "u"})
    assert "It was sent" not in str(caught.value)
    assert caught.value.detail == "null"


@pytest.mark.parametrize("name", GENERATIONS)
def test_every_verb_that_answers_json_says_what_makes_an_answer_one(name):
    generation = load_generation(name)
    for verb, ways in generation.verbs.items():
        for way in ways:
            if verb in SILENT or (way.operation in generation.binary and not way.pages):
                continue
            assert expected_of(way) or way.bucket, f"{verb} ({way.operation}) takes any answer"
            assert set(expected_of(way).values()) <= set(KINDS)


def test_an_answer_that_goes_on_and_on_is_not_read(scripted, web):
    nomad = scripted().nomad
    nomad.transport.json_limit_bytes = 1000
    web.replies = [Reply.json({"upload_id": "u" * 5000})]
    with pytest.raises(ApiError, match=r"more than 1,000 are not read"):
        nomad.ask("get_upload", {"upload_id": "u"})


def test_503_and_a_cut_answer_are_of_one_budget(scripted, web):
    nomad = scripted(retries=3).nomad
    cut = Reply(200, b'{"upload_id": "u', JSON)
    web.replies = [Reply.json({}, 503), Reply.json({}, 503), Reply.json({}, 503), cut, Reply.json({"never": "asked"})]
    with pytest.raises(ConnectionLost, match="ended in the middle"):
        nomad.ask("get_upload", {"upload_id": "u"})
    assert len(web.asked) == 4
