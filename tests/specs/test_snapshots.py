"""The shipped snapshots, tested as data: complete, readable, valid, and exactly what their sources give."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from bravado.client import SwaggerClient
from bravado.requests_client import RequestsClient
from swagger_spec_validator.validator20 import validate_spec

from nomad_swagger.apispec.snapshots import read_index
from tests.warm import Warm

ROOT = Path(__file__).resolve().parents[2]
SPECS = ROOT / "specs"
SOURCES = SPECS / "sources"
OPERATIONS = {"nomad-0.7.9": 35, "nomad-0.8.6": 49, "nomad-1.4.3": 100, "nomad-2.0.0": 104}
V0 = ("nomad-0.7.9", "nomad-0.8.6")
METHODS = {"get", "put", "post", "delete", "patch", "head", "options"}
TOLD = {"summary", "description"}

each_snapshot = pytest.mark.parametrize("name", OPERATIONS)


def _document(name: str) -> dict[str, Any]:
    return json.loads((SPECS / f"{name}.json").read_text("utf-8"))


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        yield from ((f"{method} {path}", item[method]) for method in METHODS & set(item))


def _parameters(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    owners = [*_operations(document), *document["paths"].items()]
    for where, owner in owners:
        yield from ((f"{where} {parameter['name']}", parameter) for parameter in owner.get("parameters", ()))


def _models(document: dict[str, Any]) -> dict[str, Any]:
    return document.get("definitions") or document["components"]["schemas"]


def _properties(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for model, schema in _models(document).items():
        for part in (schema, *schema.get("allOf", ())):
            yield from ((f"{model}.{name}", value) for name, value in part.get("properties", {}).items())


def _texts(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give what a text is about, and the text, for every text of ours in a document."""
    for _, operation in _operations(document):
        yield from ((operation["operationId"], operation[part]) for part in sorted(TOLD))
        if "requestBody" in operation:
            yield "body", operation["requestBody"]["description"]
    yield from ((parameter["name"], parameter["description"]) for _, parameter in _parameters(document))
    yield from ((tag["name"], tag["description"]) for tag in document["tags"])
    described = [*_models(document).items(), *_properties(document)]
    yield from ((name.split(".", 1)[-1], told["description"]) for name, told in described if "description" in told)


def _without_texts(document: dict[str, Any]) -> dict[str, Any]:
    """Take out all texts of ours, in place."""
    for _, operation in _operations(document):
        for part in TOLD & set(operation):
            del operation[part]
        operation.get("requestBody", {}).pop("description", None)
    schemas = [*_models(document).values(), *(value for _, value in _properties(document))]
    for described in (*(parameter for _, parameter in _parameters(document)), *schemas):
        described.pop("description", None)
    document["tags"] = [tag["name"] for tag in document.get("tags", ())]
    return document


@pytest.fixture
def copied_sources(tmp_path: Path) -> Path:
    """Give a copy of specs/ that a test may spoil."""
    return Path(shutil.copytree(SPECS, tmp_path / "specs", ignore=shutil.ignore_patterns("__pycache__"))) / "sources"


Build = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def build(warm: Warm) -> Build:
    """Runs the script that makes the snapshots of their sources."""

    def run(sources: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return warm.run([str(sources / "build.py"), *arguments], program="python")

    return run


def test_the_index_names_exactly_the_documents_that_lie_beside_it() -> None:
    assert {f"{name}.json" for name in read_index(SPECS)} == {path.name for path in SPECS.glob("*.json")}
    assert set(read_index(SPECS)) == set(OPERATIONS)


@each_snapshot
def test_the_index_has_the_hash_the_generation_and_the_count_of_a_document(name: str) -> None:
    row = yaml.safe_load((SPECS / "index.yaml").read_text("utf-8"))[name]
    document = _document(name)
    assert row["sha256"] == hashlib.sha256((SPECS / row["file"]).read_bytes()).hexdigest()
    assert row["operations"] == len(list(_operations(document))) == OPERATIONS[name]
    assert row["generation"] == ("v0" if "swagger" in document else "v1")
    assert row["nomad_version"] == name.removeprefix("nomad-")
    assert read_index(SPECS)[name].read() == document


@each_snapshot
def test_every_operation_parameter_body_and_tag_is_described_in_a_sentence(name: str) -> None:
    document = _document(name)
    for where, operation in _operations(document):
        assert len(operation["summary"].split()) >= 2, where
        assert not operation["summary"].endswith("."), where
        assert len(operation["description"].split()) >= 5, where
        assert operation.get("requestBody", {"description": "a b c"})["description"].count(" ") >= 2, where
    for where, parameter in _parameters(document):
        assert len(parameter["description"].split()) >= 4, where
    assert all(len(tag["description"].split()) >= 4 for tag in document["tags"])
    used = {tag for _, operation in _operations(document) for tag in operation.get("tags", ())}
    assert used <= {tag["name"] for tag in document["tags"]}


@pytest.mark.parametrize("name", V0)
def test_every_property_of_v0_is_described_where_swagger_allows_it(name: str) -> None:
    properties = list(_properties(_document(name)))
    assert [where for where, value in properties if "description" not in value and "$ref" not in value] == []
    assert [where for where, value in properties if "description" in value and "$ref" in value] == []


@pytest.mark.parametrize(
    "model", ["Metadata", "MetadataPagination", "Files", "UploadProcData", "EntryProcData", "Range"]
)
@pytest.mark.parametrize("name", ["nomad-1.4.3", "nomad-2.0.0"])
def test_the_models_of_v1_that_a_scientist_meets_are_described(name: str, model: str) -> None:
    for prop, value in _models(_document(name))[model]["properties"].items():
        assert "description" in value or "$ref" in value, prop


@pytest.mark.parametrize("name", ["nomad-1.4.3", "nomad-2.0.0"])
def test_every_field_of_a_form_is_described_since_it_becomes_a_parameter(name: str) -> None:
    fields = [(where, value) for where, value in _properties(_document(name)) if where.startswith("Body_")]
    assert fields
    assert [where for where, value in fields if "description" not in value and "$ref" not in value] == []


@each_snapshot
def test_no_description_only_says_the_name_again(name: str) -> None:
    summaries = {operation["summary"] for _, operation in _operations(_document(name))}
    for about, text in _texts(_document(name)):
        words = set(re.findall(r"[a-z0-9]+", text.lower())) - {"the", "a", "an", "of", "is", "this", "name"}
        assert text in summaries or words - set(re.findall(r"[a-z0-9]+", about.lower())), about


@each_snapshot
def test_texts_are_finished_and_name_no_host(name: str) -> None:
    for where, text in _texts(_document(name)):
        assert not re.search(r"todo|fixme|xxx|placeholder|lorem", text, re.IGNORECASE), where
        assert "://" not in text, where
        assert text == text.strip(), where
        assert "  " not in text, where
        assert text[0].isupper() or text.split()[0].rstrip(":") in {"public", "publish"}, where


@each_snapshot
def test_texts_are_all_that_was_added_to_the_facts(name: str) -> None:
    facts = json.loads((SOURCES / f"{name}.json").read_text("utf-8"))
    snapshot, expected = _without_texts(_document(name)), _without_texts(facts)
    # v1 declares its tags on operations alone; there the list is ours, to hold their texts.
    assert expected["tags"] in ([], snapshot["tags"])
    assert {**snapshot, "tags": []} == {**expected, "tags": []}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_document_does_not_say_where_it_is_served(name: str) -> None:
    assert not {"host", "schemes", "servers"} & set(_document(name))


@pytest.mark.parametrize(
    ("name", "parameter", "words"),
    [
        ("nomad-0.7.9", "only_atoms", ["exactly", "no others"]),
        ("nomad-0.7.9", "paths", ["slashes", "AcAg"]),
        ("nomad-0.7.9", "upload_id", ["commas"]),
        ("nomad-0.8.6", "upload_id", ["repeated"]),
        ("nomad-0.8.6", "dft.code_name", ["VASP", "spelt"]),
        ("nomad-0.8.6", "from_time", ["RFC 3339", "Z"]),
        ("nomad-0.8.6", "owner", ["visible", "public", "all", "user", "shared", "staging", "admin", "embargo"]),
        ("nomad-0.8.6", "scroll", ["10 000", "scroll_id"]),
        ("nomad-0.8.6", "datasets", ["entry belongs"]),
        ("nomad-0.7.9", "datasets", ["Group"]),
    ],
)
def test_what_a_scientist_stumbles_over_is_explained(name: str, parameter: str, words: list[str]) -> None:
    search = _document(name)["paths"]["/repo/"]["get"]["parameters"]
    (text,) = [told["description"] for told in search if told["name"] == parameter]
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(("old", "new"), [("system", "dft.system"), ("code_name", "dft.code_name"), ("paths", "path")])
def test_a_quantity_that_was_renamed_kept_its_text(old: str, new: str) -> None:
    texts = []
    for name, quantity in zip(V0, (old, new), strict=True):
        search = _document(name)["paths"]["/repo/"]["get"]["parameters"]
        texts += [told["description"].split(" Several values:")[0] for told in search if told["name"] == quantity]
    assert len(texts) == 2
    assert texts[0] == texts[1]


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")
@pytest.mark.parametrize("name", V0)
def test_v0_is_valid_swagger_and_bravado_builds_on_it(name: str) -> None:
    validate_spec(_document(name))
    client = SwaggerClient.from_spec(
        _document(name), origin_url="http://localhost/prod/rae/api/swagger.json", http_client=RequestsClient()
    )
    assert set(dir(client)) == {tag["name"] for tag in _document(name)["tags"]}
    assert "only_atoms" in client.repo.search.operation.params


@each_snapshot
def test_every_reference_points_at_something_in_the_document(name: str) -> None:
    document = _document(name)
    references = set(re.findall(r'"\$ref":"([^"]*)"', (SPECS / f"{name}.json").read_text("utf-8")))
    assert references
    for reference in references:
        target: Any = document
        assert reference.startswith("#/"), reference
        for step in reference[2:].split("/"):
            target = target[step]


def test_a_rebuild_gives_the_same_bytes(copied_sources: Path, build: Build) -> None:
    folder = copied_sources.parent
    for path in (*folder.glob("*.json"), folder / "index.yaml"):
        path.unlink()
    built = build(copied_sources)
    assert built.returncode == 0, built.stdout + built.stderr
    for path in (*SPECS.glob("*.json"), SPECS / "index.yaml"):
        assert (folder / path.name).read_bytes() == path.read_bytes(), path.name
    assert not list(folder.glob("*.part"))


def test_the_check_names_the_snapshot_that_somebody_edited(copied_sources: Path, build: Build) -> None:
    assert build(copied_sources, "--check").returncode == 0
    edited = copied_sources.parent / "nomad-0.8.6.json"
    edited.write_bytes(edited.read_bytes().replace(b"exactly these", b"about these"))
    checked = build(copied_sources, "--check")
    assert checked.returncode == 1
    assert "nomad-0.8.6.json" in checked.stdout
    assert "nomad-0.7.9.json" not in checked.stdout


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("v0/quantities.yaml", "only_atoms: ", "only_atms: ", "nothing is called quantity only_atms"),
        ("v0/quantities.yaml", "only_atoms: ", "only_atms: ", "no text for quantity only_atoms"),
        ("v0/operations.yaml", "repo.search:", "repo.serach:", "no text for operation repo.search summary"),
        ("v1/tags.yaml", "actions: ", "acts: ", "nothing is called tag acts"),
        ("both/parameters.yaml", "  upload_id: ", "  uplod_id: ", "nothing is called parameter path uplod_id"),
        ("v0/models.yaml", "Auth.access_token: ", "Auth.acess_token: ", "nothing is called model Auth.acess_token"),
    ],
)
def test_a_misspelt_text_is_refused(
    copied_sources: Path, build: Build, file: str, old: str, new: str, complaint: str
) -> None:
    path = copied_sources / file
    text = path.read_text("utf-8")
    assert f"\n{old}" in f"\n{text}"
    path.write_text(f"\n{text}".replace(f"\n{old}", f"\n{new}", 1), "utf-8")
    built = build(copied_sources, "--check")
    assert built.returncode == 1
    assert complaint in built.stdout
