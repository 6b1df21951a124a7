from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest

from nomad_swagger.apispec.model import Spec
from nomad_swagger.client.client import NomadClient
from nomad_swagger.explore.operations import describe
from nomad_swagger.explore.samples import sample_arguments


def test_every_operation_is_described_with_all_its_parameters(snapshot: str, name: str, spec: Spec) -> None:
    operation = spec.operation(name)
    text = str(describe(spec, name))
    assert text.startswith(f"{name}: {operation.summary} ({operation.method} {operation.path})")
    for parameter in operation.parameters:
        assert f"  {parameter.name}" in text
    for status in operation.answers:
        assert f"  {status}  " in text


def test_the_example_of_every_operation_runs_as_python(
    snapshot: str, name: str, spec: Spec, client: NomadClient
) -> None:
    description = describe(spec, name)
    call = description.example_python.removesuffix(".response().result")
    seen: list[dict[str, Any]] = []

    class Recorder:
        def __getattr__(self, _: str) -> Any:
            return self

        def __call__(self, **arguments: Any) -> None:
            seen.append(arguments)

    names = {"client": Recorder(), "open": lambda *_: BytesIO(b"x"), "date": date, "datetime": datetime}
    eval(call, names)
    client.nomad.prepare(name, seen[0])


def test_samples_fill_in_exactly_what_is_needed(v0: Spec) -> None:
    operation = v0.operation("raw.get")
    assert sample_arguments(v0, operation) == {"upload_id": "UPLOAD_ID", "path": "PATH"}
    assert sample_arguments(v0, v0.operation("repo.search")) == {"atoms": ["Si"]}


def test_search_quantities_take_one_line_each(v0: Spec) -> None:
    description = describe(v0, "repo.search")
    assert len(description.quantities) > 100
    assert not {"owner", "per_page", "X-Fields"} & {parameter.name for parameter in description.quantities}
    lines = str(description).splitlines()
    for parameter in description.quantities:
        assert sum(line.startswith(f"  {parameter.name} ") for line in lines) == 1


def test_a_body_is_shown_as_a_tree_through_references(v0: Spec) -> None:
    body = describe(v0, "uploads.exec_upload_operation").body
    assert body is not None
    names = [(level, branch.name) for level, branch in body.walk()]
    assert (1, "operation") in names
    assert (2, "embargo_length") in names


def test_who_may_call_is_told_apart_for_search_and_upload(v0: Spec) -> None:
    assert describe(v0, "repo.search").access.startswith("Everybody; with a login")
    assert "owner=user|shared|staging|admin" in describe(v0, "repo.search").access
    assert describe(v0, "uploads.upload").access == "Needs a login."
    assert describe(v0, "info.get_info").access == "Everybody, without a login."


def test_what_the_document_does_not_say_is_noted(v0: Spec) -> None:
    assert any("a file: bytes" in note for note in describe(v0, "raw.get").notes)
    assert any("False is left out" in note for note in describe(v0, "repo.search").notes)
    assert any("forgets to say" in note for note in describe(v0, "uploads.upload").notes)


def test_the_html_of_a_description_is_escaped(v0: Spec) -> None:
    html = describe(v0, "encyclopedia.material_material_id")._repr_html_()
    assert "<table>" in html
    assert "<material_id>" not in html


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_description_fits_the_terminal_and_breaks_no_word(width: int, v0: Spec) -> None:
    for name in ("repo.search", "uploads.upload", "repo.edit_repo"):
        description = describe(v0, name)
        told, example = description.text(width).split("\nExample\n")
        assert example.split() == str(description).split("\nExample\n")[1].split(), "an example can be copied"
        assert told.split() == str(description).split("\nExample\n")[0].split(), "the same words"
        assert not [line for line in told.splitlines()[1:] if len(line) > width and len(line.split()) > 1]
