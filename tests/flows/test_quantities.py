from __future__ import annotations

from typing import Any

import pytest

from nomad_swagger.errors import NomadWarning, UnknownArgument, UsageError
from nomad_swagger.flows.quantities import Query, bind
from tests.flows.conftest import Connect


def bound(client: Any, **quantities: Any) -> Query:
    return bind(client.nomad, "search", quantities)


OURS = {
    "0.7.9": ("atoms", "only_atoms", "code_name", "dataset", "doi", "paths"),
    "0.8.6": ("atoms", "only_atoms", "dft.code_name", "datasets.name", "datasets.doi", "path"),
}


def test_our_words_are_the_same_on_every_version(client: Any, version: str) -> None:
    words = ("elements", "only_elements", "code", "dataset", "doi", "path")
    theirs = [next(iter(bound(client, **{word: "x"}).variants[0])) for word in words]
    assert tuple(theirs) == OURS[version]


def test_several_elements_go_in_one_request_since_the_server_means_all_of_them_too(client: Any) -> None:
    assert bound(client, elements=["Si", "O"]) == Query(({"atoms": ["Si", "O"]},))


@pytest.mark.parametrize("word", ["code", "formula"])
def test_any_of_several_values_is_one_request_each_where_the_server_takes_one(client: Any, word: str) -> None:
    query = bound(client, **{word: ["a", "b"]}, elements="Si")
    assert len(query.variants) == 2
    assert [variant["atoms"] for variant in query.variants] == [["Si"], ["Si"]]
    assert not query.overlapping, "an entry has one of them only"


@pytest.mark.parametrize("word", ["dataset", "doi"])
def test_values_that_one_entry_may_have_together_are_marked(client: Any, word: str) -> None:
    query = bound(client, **{word: ["a", "b"]})
    assert len(query.variants) == 2
    assert query.overlapping


def test_a_name_of_0_7_is_translated_for_0_8_with_a_note(connect: Connect) -> None:
    newer = connect("leonard", "0.8.6")
    for old, new in {
        "code_name": "dft.code_name",
        "system": "dft.system",
        "crystal_system": "dft.crystal_system",
        "paths": "path",
        "xc_functional": "dft.xc_functional",
        "labels": "dft.labels.label",
    }.items():
        with pytest.warns(NomadWarning, match=f"'{old}' is called '{new}' on this server"):
            assert list(bound(newer, **{old: "x"}).variants[0]) == [new]


def test_a_name_of_0_8_is_translated_for_0_7_with_a_note(connect: Connect) -> None:
    older = connect("leonard", "0.7.9")
    for new, old in {"dft.code_name": "code_name", "dft.system": "system", "datasets.name": "dataset"}.items():
        with pytest.warns(NomadWarning, match=f"'{new}' is called '{old}' on this server"):
            assert list(bound(older, **{new: "x"}).variants[0]) == [old]


def test_an_unknown_name_is_refused_with_the_nearest(client: Any) -> None:
    with pytest.raises(
        UnknownArgument, match="unknown argument 'atomz' of search on this server; did you mean 'atoms'"
    ):
        bound(client, atomz="Si")


@pytest.mark.parametrize("name", ["page", "per_page", "scroll", "scroll_id", "owner", "exclude", "X-Fields"])
def test_what_the_helper_sets_itself_cannot_be_set(client: Any, name: str) -> None:
    with pytest.raises(UsageError, match="set by the helper itself"):
        bound(client, **{name: "1"})


def test_one_thing_asked_for_under_two_names_is_refused(client: Any) -> None:
    with pytest.raises(UsageError, match="atoms is asked for twice"):
        bound(client, elements="Si", atoms="O")


def test_an_empty_list_is_refused_since_it_would_match_everything(client: Any) -> None:
    with pytest.raises(UsageError, match="code is empty"):
        bound(client, code=[])


def test_none_counts_as_not_asked_for(client: Any) -> None:
    assert bound(client, code=None, atoms=None) == Query(({},))


@pytest.mark.parametrize(
    ("given", "sent"),
    [({"n_atoms": 2}, "2"), ({"n_atoms": "2"}, "2"), ({"formula": "Si2"}, "Si2")],
)
def test_numbers_become_words_where_the_document_has_words(client: Any, given: dict[str, Any], sent: str) -> None:
    (name,) = given
    assert bound(client, **given).variants[0][name] == sent


def test_a_yes_becomes_the_word_that_the_server_reads(connect: Connect) -> None:
    assert bound(connect("leonard", "0.8.6"), processed=True).variants == ({"processed": "true"},)


@pytest.mark.parametrize(
    ("name", "word", "value"),
    [("order", "-1", -1), ("date_histogram", "true", True), ("date_histogram", "no", False)],
)
def test_words_of_a_shell_become_what_the_document_declares(client: Any, name: str, word: str, value: Any) -> None:
    sent = bound(client, **{name: word}).variants[0][name]
    assert (type(sent), sent) == (type(value), value)


@pytest.mark.parametrize(
    ("name", "word", "kind"), [("order", "down", "a whole number"), ("date_histogram", "maybe", "true or false")]
)
def test_a_word_that_is_no_such_thing_is_refused(client: Any, name: str, word: str, kind: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is {kind}, not '{word}'"):
        bound(client, **{name: word})
