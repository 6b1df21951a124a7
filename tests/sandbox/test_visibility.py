"""The one table of who may see what, and its predicate."""

from __future__ import annotations

import pytest

from nomad_sandbox.accounts import User
from nomad_sandbox.visibility import OwnerRefused, may, may_see_entry, owner_sql, owner_words, standings_of, state_of


def person(user_id: str, *, is_admin: bool = False) -> User:
    return User(user_id, user_id, f"{user_id}@x", "A", "B", None, None, "2020", is_admin)


VIEWERS = {name: person(name) for name in ("uploader", "coauthor", "reader", "other")}
VIEWERS["admin"] = person("admin", is_admin=True)


def who_may(face: str, way: str, state: str) -> set[str]:
    """Name those who see data on a way; nobody is one without a login."""
    people = {"nobody": None, **VIEWERS}
    stands = {
        name: standings_of(viewer, uploader="uploader", coauthors=["coauthor"], readers=["reader"])
        for name, viewer in people.items()
    }
    return {name for name, standings in stands.items() if may(face, way, state, standings)}


@pytest.mark.parametrize("face", ["v0", "v1"])
def test_what_is_public_is_for_all_and_what_is_not_published_for_its_people_alone(face: str) -> None:
    ways = {"v0": ["entry", "path"], "v1": ["upload", "entry", "data"]}[face]
    for way in ways:
        assert who_may(face, way, "public") == {"nobody", *VIEWERS}
        assert not {"nobody", "other"} & who_may(face, way, "staging")
        assert {"uploader", "admin"} <= who_may(face, way, "staging")


def test_sharing_opens_an_entry_of_v0_and_not_the_paths_of_its_upload() -> None:
    for state in ("staging", "embargo"):
        assert who_may("v0", "entry", state) == {"uploader", "reader", "admin"}
        assert who_may("v0", "path", state) == {"uploader", "admin"}


def test_a_coauthor_of_v0_sees_no_more_than_others_and_one_of_v1_all() -> None:
    assert "coauthor" not in who_may("v0", "entry", "embargo")
    assert who_may("v1", "data", "embargo") == {"uploader", "coauthor", "reader", "admin"}


def test_metadata_under_embargo_are_for_all_on_v1() -> None:
    assert who_may("v1", "entry", "embargo") == {"nobody", *VIEWERS}


def test_an_entry_of_the_index_is_judged_by_the_same_table() -> None:
    document = {"published": True, "with_embargo": True, "uploader": {"user_id": "uploader"}}
    assert may_see_entry(document, VIEWERS["uploader"])
    assert not may_see_entry(document, None)
    assert may_see_entry(document, None, face="v1")
    assert not may_see_entry(document, None, face="v1", way="data")


@pytest.mark.parametrize("face", ["v0", "v1"])
def test_owner_words_that_are_open_to_nobody_need_a_login(face: str) -> None:
    refused: set[tuple[str, bool]] = set()
    for word in owner_words(face):
        try:
            owner_sql(word, None, face=face)
        except OwnerRefused as error:
            refused.add((word, error.unknown))
    assert refused == {(word, False) for word in ("user", "shared", "staging", "admin")}


def test_admin_is_a_word_for_admins() -> None:
    with pytest.raises(OwnerRefused):
        owner_sql("admin", VIEWERS["uploader"])
    assert owner_sql("admin", VIEWERS["admin"])


def test_a_word_that_there_is_not_is_named_so() -> None:
    with pytest.raises(OwnerRefused) as caught:
        owner_sql("nosuch", None)
    assert caught.value.unknown


def test_data_has_one_of_three_states() -> None:
    assert state_of(published=False, with_embargo=True) == "staging"
    assert state_of(published=True, with_embargo=True) == "embargo"
    assert state_of(published=True, with_embargo=False) == "public"
