from __future__ import annotations

from typing import Any

import numpy as np
import pandas
import pytest

from nomad_swagger.errors import NomadWarning, UnknownArgument, UsageError
from nomad_swagger.flows.quantities import Query, bind
from tests.flows.conftest import Connect


def bound(client: Any, **quantities: Any) -> Query:
    return bind(client.nomad, "search", quantities)


OURS = {
    "0.7.9": ("atoms", "only_atoms", "code_name", "dataset", "doi", "paths"),
    "0.8.6": ("atoms", "only_atoms", "dft.code_name", "datasets.name", "datasets.doi", "files"),
}


def test_our_words_are_the_same_on_every_version(client: Any, version: str) -> None:
    asked = {"elements": "Si", "only_elements": "Si", "code": "x", "dataset": "x", "doi": "10.1/x", "path": "x"}
    theirs = [next(iter(bound(client, **{word: value}).variants[0])) for word, value in asked.items()]
    assert tuple(theirs) == OURS[version]


def test_several_elements_go_in_one_request_since_the_server_means_all_of_them_too(client: Any) -> None:
    assert bound(client, elements=["Si", "O"]) == Query(({"atoms": ["Si", "O"]},))


@pytest.mark.parametrize(("word", "values"), [("code", ["a", "b"]), ("formula", ["Si2", "O2Si"])])
def test_any_of_several_values_is_one_request_each_where_the_server_takes_one(
    client: Any, word: str, values: list[str]
) -> None:
    query = bound(client, **{word: values}, elements="Si")
    assert len(query.variants) == 2
    assert [variant["atoms"] for variant in query.variants] == [["Si"], ["Si"]]
    assert not query.overlapping, "an entry has one of them only"


@pytest.mark.parametrize(("word", "values"), [("dataset", ["a", "b"]), ("doi", ["10.1/a", "10.1/b"])])
def test_values_that_one_entry_may_have_together_are_marked(client: Any, word: str, values: list[str]) -> None:
    query = bound(client, **{word: values})
    assert len(query.variants) == 2
    assert query.overlapping


def test_a_name_of_0_7_is_translated_for_0_8_with_a_note(connect: Connect) -> None:
    newer = connect("leonard", "0.8.6")
    for old, new in {
        "code_name": "dft.code_name",
        "system": "dft.system",
        "crystal_system": "dft.crystal_system",
        "paths": "files",
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


def several_of(kind: str, values: list[str]) -> Any:
    made = {
        "array": lambda: np.array(values),
        "series": lambda: pandas.Series(values),
        "index": lambda: pandas.Index(values),
        "generator": lambda: (value for value in values),
        "keys": lambda: dict.fromkeys(values).keys(),
        "set": lambda: frozenset(values),
    }
    return made[kind]()


@pytest.mark.parametrize("kind", ["array", "series", "index", "generator", "keys", "set"])
@pytest.mark.parametrize("word", ["entry_id", "code", "elements"])
def test_whatever_holds_several_values_is_taken_for_them(each: Any, kind: str, word: str) -> None:
    values = ["Si", "O"] if word == "elements" else ["a", "b"]
    asked = bound(each, **{word: several_of(kind, values)})
    again = bound(each, **{word: sorted(values) if kind == "set" else values})
    texts = [repr(sorted(map(repr, query.variants))) for query in (asked, again)]
    assert texts[0] == texts[1] or kind == "set"


@pytest.mark.parametrize(
    ("typed", "like"),
    [
        ({"elements": "si"}, {"elements": ["Si"]}),
        ({"elements": "Si,O"}, {"elements": ["Si", "O"]}),
        ({"elements": "Si O"}, {"elements": ["Si", "O"]}),
        ({"only_elements": "o,si"}, {"only_elements": ["O", "Si"]}),
        ({"formula": "SiO2"}, {"formula": "O2Si"}),
        ({"doi": "https://doi.org/10.17172/nomad/2021.03.17-1"}, {"doi": "10.17172/NOMAD/2021.03.17-1"}),
        ({"doi": "doi:10.17172/nomad/2021.03.17-1 "}, {"doi": "10.17172/NOMAD/2021.03.17-1"}),
    ],
)
def test_what_scientists_type_is_asked_for_as_nomad_has_it(each: Any, typed: Any, like: Any) -> None:
    assert bound(each, **typed) == bound(each, **like)


def test_the_formula_of_a_hydride_is_written_as_each_generation_does(each: Any) -> None:
    (asked,) = bound(each, formula="CrH").variants
    assert ("HCr" in repr(asked)) == ("body/query" not in asked)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"elements": "Xx"}, "no chemical element"),
        ({"formula": "sio2"}, "no chemical formula"),
        ({"doi": "x"}, "no DOI"),
    ],
)
def test_what_cannot_be_found_anywhere_is_refused(each: Any, typed: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        bound(each, **typed)


def test_more_ids_than_fit_in_a_line_are_asked_for_in_parts(client: Any) -> None:
    ids = [f"{number:028}" for number in range(3000)]
    query = bound(client, entry_id=ids)
    assert not query.overlapping
    asked = [value for variant in query.variants for value in variant["calc_id"]]
    assert asked == ids
    for variant in query.variants:
        call = client.nomad.prepare_verb("search", {}, native=variant)
        assert len(call.full_url) < 8000, "what usual servers take for a line"


def test_a_list_operator_takes_one_value_too(connect: Connect) -> None:
    (asked,) = bound(connect("leonard", "1.4.3"), **{"upload_id:any": "u1"}).variants
    assert "['u1']" in repr(asked)
