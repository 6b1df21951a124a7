"""Where web pages show things: beside the API, by the generation."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from nomad_swagger.flows.gui import page_of
from nomad_swagger.flows.records import Dataset, Entry, Upload
from nomad_swagger.generations.generation import load_generation


@pytest.mark.parametrize(
    ("generation", "api_url", "what", "page"),
    [
        ("v0", "https://n.example/prod/rae/api", Upload("u"), "https://n.example/prod/rae/gui/uploads"),
        ("v0", "https://n.example/prod/rae/api", Entry("e", "u"), "https://n.example/prod/rae/gui/entry/id/u/e"),
        ("v0", "https://n.example/prod/rae/api", Dataset("d"), "https://n.example/prod/rae/gui/dataset/id/d"),
        ("v1", "https://n.example/x/api/v1", Upload("u"), "https://n.example/x/gui/user/uploads/upload/id/u"),
        ("v1", "https://n.example/x/api/v1", Entry("e", "u"), "https://n.example/x/gui/search/entries/entry/id/e"),
        ("v1", "https://n.example/x/api/v1", Dataset("a/b"), "https://n.example/x/gui/dataset/id/a%2Fb"),
    ],
)
def test_a_thing_has_its_web_page_beside_the_api(
    generation: str, api_url: str, what: Upload | Entry | Dataset, page: str
) -> None:
    nomad = SimpleNamespace(api_url=api_url, generation=load_generation(generation))
    assert page_of(SimpleNamespace(nomad=nomad), what) == page  # type: ignore[arg-type]
