"""References: escapes, chains, circles, and those that lead out of the document."""

from __future__ import annotations

import jsonschema
import pytest

from nomad_swagger.apispec.openapi3.references import Unresolved, resolve


def of(**properties):
    return {"type": "object", "properties": properties}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def test_escaped_and_percent_encoded_references_are_followed(bench):
    schemas = {"a/b~c d": {"type": "integer"}, "It": of(it={"$ref": "#/components/schemas/a~1b~0c%20d"})}
    definitions, made = bench.schemas(schemas)
    assert definitions["It"]["properties"]["it"] == {"$ref": "#/definitions/a_b_c_d"}
    assert definitions["a_b_c_d"] == {"type": "integer"}
    assert [loss.what for loss in made.losses] == ["the name 'a/b~c d'"]


def test_names_that_become_the_same_stay_apart(bench):
    definitions, _ = bench.schemas({"a b": {"type": "integer"}, "a/b": {"type": "string"}})
    assert definitions == {"a_b": {"type": "integer"}, "a_b-2": {"type": "string"}}


def test_local_definitions_become_definitions(bench):
    schemas = {"It": {**of(it={"$ref": "#/components/schemas/It/$defs/Part"}), "$defs": {"Part": {"type": "integer"}}}}
    definitions, made = bench.schemas(schemas)
    assert definitions["It"]["properties"]["it"] == {"$ref": "#/definitions/It-Part"}
    assert definitions["It-Part"] == {"type": "integer"}
    assert made.losses == ()


def test_a_pasted_json_schema_finds_its_own_definitions(bench):
    schemas = {"It": {**of(it={"$ref": "#/$defs/Part"}), "$defs": {"Part": {"type": "integer"}}}}
    assert bench.schemas(schemas)[0]["It-Part"] == {"type": "integer"}


def test_an_anchor_is_found(bench):
    schemas = {"It": of(it={"$ref": "#part"}), "Part": {"$anchor": "part", "type": "integer"}}
    definitions, _ = bench.schemas(schemas)
    assert definitions["It"]["properties"]["it"] == {"$ref": "#/definitions/Part"}


def test_a_reference_into_a_property_is_followed(bench):
    schemas = {"A": of(deep=of(x={"type": "integer"})), "It": of(it=ref("A/properties/deep"))}
    definitions, _ = bench.schemas(schemas)
    assert definitions["It"]["properties"]["it"] == {"$ref": "#/definitions/A-deep"}


@pytest.mark.parametrize("target", ["other.yaml#/A", "http://evil.example/a.json", "file:///etc/passwd", "#/nowhere"])
def test_a_reference_out_of_the_document_is_a_loss_and_never_followed(bench, whys, target):
    definitions, made = bench.schemas({"It": of(it={"$ref": target, "description": "D"})})
    assert definitions["It"]["properties"]["it"] == {"description": "D", "x-ref": target, "x-nullable": True}
    assert f"$ref {target}: it points" in whys(made)


def test_a_second_name_is_written_out(bench):
    definitions, made = bench.schemas(
        {"A": ref("B"), "B": ref("C"), "C": of(x={"type": "integer"}), "It": of(it=ref("A"))}
    )
    assert definitions["A"] == definitions["B"] == definitions["C"]
    bench.check(made, "A", {"x": 1})


def test_a_second_name_that_may_be_null(bench):
    schemas = {"A": {"anyOf": [ref("B"), {"type": "null"}]}, "B": of(x={"type": "integer"}), "C": ref("A")}
    definitions, made = bench.schemas(schemas)
    for name in ("A", "C"):
        assert definitions[name]["x-nullable"] is True
        bench.check(made, name, None)
    assert "x-nullable" not in definitions["B"]


def test_a_name_that_means_itself_means_anything(bench, whys):
    definitions, made = bench.schemas({"A": ref("B"), "B": ref("A"), "C": {"anyOf": [ref("C"), {"type": "null"}]}})
    assert definitions == {name: {"x-nullable": True} for name in "ABC"}
    assert "leads back to itself" in whys(made)


def test_recursive_schemas_are_kept_and_bravado_copes(bench):
    node = {**of(children={"type": "array", "items": ref("Node")}, parent={"anyOf": [ref("Node"), {"type": "null"}]})}
    definitions, made = bench.schemas({"Node": node, "List": {"type": "array", "items": ref("List")}})
    assert definitions["Node"]["properties"]["parent"] == {"$ref": "#/definitions/Node-or-null"}
    bench.check(made, "Node", {"children": [{"children": [], "parent": None}], "parent": {"parent": None}})
    bench.check(made, "List", [[], [[]]])
    assert made.losses == ()


def test_a_composition_that_contains_itself_is_cut(bench, whys):
    schemas = {
        "A": {"type": "object", "allOf": [ref("B"), of(a={"type": "integer"})]},
        "B": {"type": "object", "allOf": [ref("A"), of(b={"type": "integer"})]},
    }
    _, made = bench.schemas(schemas)
    bench.check(made, "A", {"a": 1, "b": 2})
    assert "contains itself" in whys(made)


def test_a_list_of_itself_and_a_mapping_to_itself_do_not_send_bravado_round(bench):
    schemas = {
        "A": of(tree=ref("Tree"), rows=ref("Rows"), maybe={"anyOf": [ref("Rows"), {"type": "null"}]}),
        "Tree": {"type": "object", "additionalProperties": ref("Tree")},
        "Rows": {"type": "array", "items": {"anyOf": [ref("More"), {"type": "null"}]}},
        "More": {"type": "array", "items": ref("Rows")},
    }
    _, made = bench.schemas(schemas)
    bench.client(made, use_models=True)
    bench.check(made, "A", {"tree": {"x": {"y": {}}}, "rows": [[[None]], None], "maybe": None})
    with pytest.raises(jsonschema.ValidationError):
        bench.check(made, "A", {"tree": {"x": {"y": 1}}})
    assert made.losses == ()


def test_a_circle_of_parameters_is_a_loss(bench, whys):
    components = {
        "parameters": {"A": {"$ref": "#/components/parameters/B"}, "B": {"$ref": "#/components/parameters/A"}}
    }
    _, made = bench.operation({"parameters": [{"$ref": "#/components/parameters/A"}]}, components=components)
    assert "leads back to itself" in whys(made)


def test_a_list_is_indexed_and_what_is_not_there_is_said():
    assert resolve({"a": [1, {"b": 2}]}, "#/a/1/b") == (2, "/a/1/b")
    for wrong in ("#/a/9", "#/a/x", "#/a/0/b", "#anchor"):
        with pytest.raises(Unresolved):
            resolve({"a": [1, {"b": 2}]}, wrong)
