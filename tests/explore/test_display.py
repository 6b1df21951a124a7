from __future__ import annotations

import inspect
from typing import Any

from nomad_swagger import display
from nomad_swagger.client.client import NomadClient
from nomad_swagger.flows.records import Entry, Upload


def test_every_word_in_a_table_is_escaped() -> None:
    html = display.grid("<a>", ("<b>",), [["<script>alert(1)</script>"]]) + display.facts("<c>", {"<d>": "<e>"})
    assert not [word for word in ("<script>", "<a>", "<b>", "<c>", "<d>", "<e>") if word in html]
    assert "&lt;script&gt;" in html


def test_what_is_empty_is_left_out_and_false_is_not() -> None:
    html = display.facts("x", {"name": "", "errors": (), "published": False, "total": 0})
    assert "name" not in html
    assert "errors" not in html
    assert "published" in html
    assert ">0<" in html


def test_a_very_long_value_is_cut() -> None:
    assert len(display.cell("x" * 10_000)) < 400


def test_uploads_and_entries_show_their_fields_and_not_the_whole_answer() -> None:
    for record in (Upload("id-1", name="a<b", raw={"secret": 1}), Entry("id-1", comment="a<b", raw={"secret": 1})):
        html = record._repr_html_()
        assert "id-1" in html
        assert "a&lt;b" in html
        assert "secret" not in html


def test_a_client_lists_its_operations(v0_client: NomadClient) -> None:
    html = v0_client._repr_html_()
    assert html.count("<tr>") == 1 + 49
    assert "repo.search" in html


def test_an_operation_shows_its_parameters_in_a_notebook(v0_client: NomadClient) -> None:
    html = v0_client.repo.search._repr_html_()
    assert "dft_code_name" in html


def test_the_text_of_an_operation_is_short_and_names_every_parameter(v0_client: NomadClient) -> None:
    for resource in dir(v0_client):
        if resource == "nomad":
            continue
        for name in dir(getattr(v0_client, resource)):
            operation: Any = getattr(getattr(v0_client, resource), name)
            text = inspect.getdoc(operation) or ""
            assert 0 < len(text) < 6000, f"{resource}.{name}"
            for parameter in inspect.signature(operation).parameters:
                assert parameter in text
