from __future__ import annotations

import pytest
from click.testing import CliRunner

from nomad_swagger.cli.main import cli
from nomad_swagger.errors import UnknownArgument, UsageError


def recipe(*words: str) -> str:
    return CliRunner().invoke(cli, ["recipe", "--spec", "nomad-0.8.6", *words], catch_exceptions=False).stdout


def test_words_become_arguments_of_their_types() -> None:
    text = recipe("repo.search", "atoms=Si", "page=2", "scroll=false", "--style", "bravado")
    assert 'atoms=["Si"], page=2' in text
    assert "scroll" not in text


def test_a_helpers_target_needs_no_key() -> None:
    assert "-T example.zip" in recipe("upload", "example.zip")
    assert "-o h2o.out" in recipe("download", "x/water/h2o.out")
    assert "/uploads/x" in recipe("publish", "x", "comment=hi")


def test_a_search_helper_takes_our_words() -> None:
    assert "atoms=Si" in recipe("search", "elements=Si", "limit=3")


def test_what_is_no_key_value_or_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(UsageError, match="not key=value"):
        recipe("repo.search", "Si")
    with pytest.raises(UsageError, match="no integer"):
        recipe("repo.search", "page=two")
    with pytest.raises(UsageError, match="takes one value"):
        recipe("repo.search", "page=1", "page=2")
    with pytest.raises(UnknownArgument, match="did you mean 'atoms'"):
        recipe("repo.search", "atom=Si")


def test_the_url_that_is_named_is_in_the_recipe() -> None:
    text = recipe("info.get_info", "--url", "https://oasis.example.org/nomad/api")
    assert "https://oasis.example.org/nomad/api/info/" in text
