"""What the diff of two documents says, and whom it says is hurt."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from nomad_swagger.apispec.diff import (
    Change,
    affected_commands,
    diff_documents,
    report_json,
    report_markdown,
    report_text,
)
from nomad_swagger.apispec.diff.commands import commands
from nomad_swagger.apispec.model import Spec
from nomad_swagger.generations.generation import load_generation

Document = dict[str, Any]
Version = Callable[[str], Document]


def kinds(changes: list[Change], severity: str = "") -> dict[str, int]:
    found: dict[str, int] = {}
    for change in changes:
        if not severity or change.severity == severity:
            found[change.kind] = found.get(change.kind, 0) + 1
    return found


def service(**operation: Any) -> Document:
    entry = {"operationId": "search", "tags": ["repo"], "responses": {"200": {"description": "OK"}}, **operation}
    return {"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {"/repo/": {"get": entry}}}


def taking(*parameters: Document) -> Document:
    return service(parameters=list(parameters))


def query(name: str, **more: Any) -> Document:
    return {"name": name, "in": "query", "type": "string", **more}


def sending(schema: Document, **more: Any) -> Document:
    return service(parameters=[{"name": "payload", "in": "body", "schema": schema}]) | more


def answering(schema: Document, **more: Any) -> Document:
    return service(responses={"200": {"description": "OK", "schema": schema}}) | more


def fields(*, required: tuple[str, ...] = (), **properties: Any) -> Document:
    return {"type": "object", "required": list(required), "properties": properties}


def only(changes: list[Change]) -> Change:
    assert len(changes) == 1, changes
    return changes[0]


STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}


def operation(document: Document, operation_id: str) -> Document:
    entries = [entry for item in document["paths"].values() for entry in item.values() if isinstance(entry, dict)]
    return next(entry for entry in entries if entry.get("operationId") == operation_id)


class TestVersionsOfNomad:
    def test_0_8_0_to_0_8_6_is_renames_of_quantities_and_a_new_tag(self, version: Version) -> None:
        changes = diff_documents(version("0.8.0"), version("0.8.6"))
        assert set(kinds(changes, "breaking")) == {"parameter-renamed"}
        assert all(c.new == f"dft.{c.old}" for c in changes if c.kind == "parameter-renamed")
        added = {change.operation for change in changes if change.kind == "operation-added"}
        assert len(added) == 9
        assert all(name.startswith("encyclopedia.") for name in added)
        assert "parameter-removed" not in kinds(changes)
        assert "parameter-added" not in kinds(changes)

    def test_renames_that_share_a_prefix_are_one_line_each_group_of_operations(self, version: Version) -> None:
        text = report_text(diff_documents(version("0.8.0"), version("0.8.6")))
        lines = [line for line in text.splitlines() if "labels.label → dft.labels.label" in line]
        assert len(lines) == 1
        assert lines[0].count("parameters (") == 1
        assert "got the prefix dft." in lines[0]
        assert "archive.archive_download and " in lines[0]
        assert "matches more than meant" in lines[0]

    def test_0_8_6_to_0_9_10_renames_the_encyclopedia_and_drops_a_quantity(self, version: Version) -> None:
        changes = diff_documents(version("0.8.6"), version("0.9.10"))
        renamed = {change.old: change.new for change in changes if change.kind == "operation-renamed"}
        assert len(renamed) == 9
        assert renamed["encyclopedia.material_material_id"] == "encyclopedia.get_material"
        assert "operation-removed" not in kinds(changes)
        assert {c.operation for c in changes if c.kind == "operation-added"} == {
            *("repo.post_search", "raw.post_raw_files_from_query")
        }
        assert {c.old for c in changes if c.kind == "parameter-removed"} == {"ems.experiment_time"}
        assert {(c.old, c.new) for c in changes if c.kind == "parameter-renamed"} == {
            ("dft.optimade.dimension_types", "dft.optimade.nperiodic_dimensions")
        }
        added = [change for change in changes if change.operation == "uploads.upload"]
        assert {change.new for change in added} == {
            *("publish_directly", "oasis_upload_id", "oasis_uploader_id", "oasis_deployment_id")
        }
        assert {change.severity for change in added} == {"compatible"}

    def test_0_9_10_to_0_10_12_removes_one_operation(self, version: Version) -> None:
        changes = diff_documents(version("0.9.10"), version("0.10.12"))
        assert [(c.kind, c.operation) for c in changes] == [
            ("operation-removed", "metainfo.get_legacy_metainfo"),
            ("parameter-added", "uploads.upload"),
        ]

    def test_the_step_that_broke_the_tutorials_is_told_as_what_it_was(self, snapshot: Version) -> None:
        changes = diff_documents(snapshot("nomad-0.7.9"), snapshot("nomad-0.8.6"))
        in_search = {c.old: c.new for c in changes if c.kind == "parameter-renamed" and c.operation == "repo.search"}
        expected = {"paths": "path", "system": "dft.system", "code_name": "dft.code_name", "doi": "datasets.doi"}
        expected |= {"dataset": "datasets.name", "crystal_system": "dft.crystal_system"}
        expected |= {"uploads_after": "uploads_grouped_after", "groups": "dft.groups_grouped"}
        assert expected.items() <= in_search.items()
        gone = next(change for change in changes if change.kind == "operation-removed")
        assert gone.operation == "archive.archive_query"
        assert "archive.post_archive_query (POST /archive/query)" in gone.message
        assert any(c.kind == "operation-moved" and c.operation == "archive.get_metainfo" for c in changes)

    def test_openapi_versions_show_moves_by_a_slash_and_no_false_renames(self, snapshot: Version) -> None:
        changes = diff_documents(snapshot("nomad-1.4.3"), snapshot("nomad-2.0.0"))
        moved = {change.operation for change in changes if change.kind == "operation-moved"}
        assert moved == {"datasets.get_datasets", "datasets.post_datasets", "north.get_tools"}
        assert [c.operation for c in changes if c.kind == "operation-removed"] == ["federation.logs"]
        assert {c.new for c in changes if c.kind == "operation-renamed"} == {"uploads.transfer_upload"}

    @pytest.mark.parametrize("names", [("nomad-0.7.9", "nomad-0.8.6"), ("nomad-1.4.3", "nomad-2.0.0")])
    def test_a_diff_leaves_the_documents_alone(self, names: tuple[str, str], snapshot: Version) -> None:
        old, new = snapshot(names[0]), snapshot(names[1])
        before = copy.deepcopy((old, new))
        assert report_text(diff_documents(old, new))
        assert (old, new) == before

    @pytest.mark.parametrize("name", ["nomad-0.8.6", "nomad-2.0.0"])
    def test_the_same_document_in_another_order_is_no_difference(self, name: str, snapshot: Version) -> None:
        document = snapshot(name)
        shuffled = _shuffled(document, random.Random(7))
        assert json.dumps(document) != json.dumps(shuffled)
        assert diff_documents(document, shuffled) == []
        assert report_text([]) == "no difference\n"

    def test_v0_and_v1_can_be_compared_and_share_hardly_anything(self, snapshot: Version) -> None:
        changes = diff_documents(snapshot("nomad-0.8.6"), snapshot("nomad-2.0.0"))
        assert kinds(changes)["operation-removed"] > 30


def _shuffled(node: Any, chance: random.Random) -> Any:
    if isinstance(node, dict):
        keys = list(node)
        chance.shuffle(keys)
        return {key: _shuffled(node[key], chance) for key in keys}
    if isinstance(node, list):
        items = [_shuffled(item, chance) for item in node]
        if all(isinstance(item, dict) and "name" in item for item in items):
            chance.shuffle(items)
        return items
    return node


class TestOperations:
    def test_a_rename_is_breaking_and_says_who_fails(self) -> None:
        change = only(diff_documents(service(), service(operationId="find")))
        assert (change.severity, change.kind) == ("breaking", "operation-renamed")
        assert "is now called repo.find (GET /repo/): scripts that call it by the old name fail" in change.message

    def test_another_tag_is_another_name_in_swagger_2(self) -> None:
        assert only(diff_documents(service(), service(tags=["entries"]))).new == "entries.search"

    def test_a_slash_at_the_end_is_a_move(self) -> None:
        moved = service()
        moved["paths"]["/repo"] = moved["paths"].pop("/repo/")
        change = only(diff_documents(service(), moved))
        assert (change.severity, change.kind) == ("breaking", "operation-moved")
        assert "only the slash at the end" in change.message

    def test_another_method_under_the_same_name_is_a_move(self) -> None:
        moved = service()
        moved["paths"]["/repo/"] = {"post": moved["paths"]["/repo/"]["get"]}
        assert only(diff_documents(service(), moved)).kind == "operation-moved"

    def test_a_path_that_is_nearly_the_same_is_recognised(self) -> None:
        old, new = service(operationId="enc_report"), service(operationId="report")
        old["paths"] = {"/encyclopedia/materials/{id}/reports": old["paths"]["/repo/"]}
        new["paths"] = {"/encyclopedia/materials/{id}/report": new["paths"]["/repo/"]}
        assert kinds(diff_documents(old, new)) == {"operation-renamed": 1, "operation-moved": 1}

    def test_only_another_name_of_a_path_parameter_is_no_move(self) -> None:
        old, new = service(), service()
        for document, name in ((old, "a_id"), (new, "b_id")):
            item = document["paths"].pop("/repo/")
            item["parameters"] = [{"name": name, "in": "path", "type": "string", "required": True}]
            document["paths"][f"/repo/{{{name}}}"] = item
        change = only(diff_documents(old, new))
        assert (change.kind, change.where, change.new) == ("parameter-renamed", "path parameter a_id", "b_id")

    def test_words_are_cosmetic_and_deprecation_is_compatible(self) -> None:
        assert only(diff_documents(service(), service(summary="x"))).severity == "cosmetic"
        assert only(diff_documents(service(), service(deprecated=True))).severity == "compatible"

    def test_the_address_is_cosmetic_since_the_users_url_wins(self) -> None:
        change = only(diff_documents(service(), {**service(), "host": "evil.example"}))
        assert (change.severity, change.where) == ("cosmetic", "host")


class TestParameters:
    @pytest.mark.parametrize(
        ("old", "new", "severity", "kind"),
        [
            (query("a"), None, "breaking", "parameter-removed"),
            (None, query("a"), "compatible", "parameter-added"),
            (None, query("a", required=True), "breaking", "parameter-added"),
            (query("a"), query("a", required=True), "breaking", "parameter-required"),
            (query("a", required=True), query("a"), "compatible", "parameter-optional"),
            (query("a"), query("x.a"), "breaking", "parameter-renamed"),
            (query("a"), query("a", type="integer"), "breaking", "type-changed"),
            (query("a", type="integer"), query("a", type="number"), "compatible", "type-changed"),
            (query("a", enum=["x", "y"]), query("a", enum=["x"]), "breaking", "enum-narrowed"),
            (query("a", enum=["x"]), query("a", enum=["x", "y"]), "compatible", "enum-widened"),
            (query("a"), query("a", enum=["x"]), "breaking", "enum-changed"),
            (query("a", enum=["x"]), query("a"), "compatible", "enum-changed"),
            (query("a", default="x"), query("a", default="y"), "breaking", "default-changed"),
            (query("a"), query("a", default="y"), "cosmetic", "default-changed"),
            (query("a", default=1), query("a", default=True), "breaking", "default-changed"),
            (query("a"), query("a", **{"in": "header"}), "breaking", "parameter-moved"),
            (query("a", maxLength=9), query("a", maxLength=5), "breaking", "limit-changed"),
            (query("a", maxLength=5), query("a", maxLength=9), "compatible", "limit-changed"),
            (query("a", minimum=1), query("a"), "compatible", "limit-changed"),
            (query("a", description="x"), query("a", description="y"), "cosmetic", "words-changed"),
        ],
    )
    def test_each_change_is_judged(self, old: Any, new: Any, severity: str, kind: str) -> None:
        change = only(diff_documents(taking(*filter(None, [old])), taking(*filter(None, [new]))))
        assert (change.severity, change.kind) == (severity, kind)

    def test_a_removed_filter_is_said_to_match_everything(self) -> None:
        change = only(diff_documents(taking(query("a")), taking()))
        assert "NOMAD ignores it without a word" in change.message
        assert "everything" in change.message

    def test_the_way_lists_are_written_matters_and_silence_means_csv(self) -> None:
        old = query("a", type="array", items=STRING)
        new = {**old, "collectionFormat": "multi"}
        change = only(diff_documents(taking(old), taking(new)))
        assert (change.severity, change.old, change.new) == ("breaking", "csv", "multi")
        assert diff_documents(taking(old), taking({**old, "collectionFormat": "csv"})) == []

    def test_a_parameter_on_the_path_or_behind_a_reference_is_the_same_parameter(self) -> None:
        old, new = taking(query("a")), taking({"$ref": "#/parameters/A"})
        new["parameters"] = {"A": query("a")}
        on_path = service()
        on_path["paths"]["/repo/"]["parameters"] = [query("a")]
        assert diff_documents(old, new) == []
        assert diff_documents(old, on_path) == []

    def test_a_name_with_two_likely_successors_names_both(self) -> None:
        change = diff_documents(taking(query("hash")), taking(query("dft.hash"), query("ems.hash")))[0]
        assert change.new == "dft.hash or ems.hash"


class TestBodiesAndAnswers:
    @pytest.mark.parametrize(
        ("old", "new", "sent", "read"),
        [
            (fields(a=STRING, b=STRING), fields(a=STRING), "breaking", "breaking"),
            (fields(a=STRING), fields(a=STRING, b=STRING), "compatible", "compatible"),
            (fields(a=STRING), fields(a=INTEGER), "breaking", "breaking"),
            (fields(a=INTEGER), fields(a=NUMBER), "compatible", "breaking"),
            (fields(a=NUMBER), fields(a=INTEGER), "breaking", "compatible"),
            (fields(a=STRING), fields(a=STRING, required=("a",)), "breaking", "compatible"),
            (fields(a=STRING, required=("a",)), fields(a=STRING), "compatible", "breaking"),
            (fields(a=STRING), fields(a={**STRING, "x-nullable": True}), "compatible", "breaking"),
            (fields(a={**STRING, "enum": ["x", "y"]}), fields(a={**STRING, "enum": ["x"]}), "breaking", "compatible"),
            (fields(a={**STRING, "enum": ["x"]}), fields(a={**STRING, "enum": ["x", "y"]}), "compatible", "compatible"),
            (
                fields(a={"type": "array", "items": STRING}),
                fields(a={"type": "array", "items": INTEGER}),
                *["breaking"] * 2,
            ),
            (fields(a={}), fields(a=STRING), "breaking", "compatible"),
            (fields(a=STRING), fields(a={}), "compatible", "breaking"),
            (fields(a=STRING), fields(a={**STRING, "format": "date-time"}), "breaking", "breaking"),
            (fields(a=STRING), {**fields(a=STRING), "additionalProperties": False}, "breaking", None),
            (fields(a=STRING), fields(a={**STRING, "description": "new"}), "cosmetic", "cosmetic"),
        ],
    )
    def test_direction_decides(self, old: Document, new: Document, sent: str, read: str | None) -> None:
        assert only(diff_documents(sending(old), sending(new))).severity == sent
        answers = diff_documents(answering(old), answering(new))
        assert (only(answers).severity if read else answers) == (read or [])

    def test_a_new_required_field_of_a_body_is_breaking(self) -> None:
        change = only(diff_documents(sending(fields(a=STRING)), sending(fields(a=STRING, b=STRING, required=("b",)))))
        assert (change.severity, change.where) == ("breaking", "body · b")

    def test_the_place_is_told_through_models_lists_and_maps(self) -> None:
        def document(entry: Document) -> Document:
            models = {"E": entry, "P": fields(results={"type": "array", "items": {"$ref": "#/definitions/E"}})}
            return answering(
                {"type": "object", "additionalProperties": {"$ref": "#/definitions/P"}}, definitions=models
            )

        change = only(diff_documents(document(fields(formula=STRING, a=STRING)), document(fields(a=STRING))))
        assert change.where == "answer 200 · *.results[].formula"

    def test_another_name_of_a_model_is_no_change(self) -> None:
        def document(name: str) -> Document:
            return answering({"$ref": f"#/definitions/{name}"}, definitions={name: fields(a=STRING)})

        assert diff_documents(document("Entry"), document("EntryMetadata")) == []

    def test_models_that_contain_themselves_come_to_an_end(self) -> None:
        def document(**more: Any) -> Document:
            node = fields(children={"type": "array", "items": {"$ref": "#/definitions/N"}}, **more)
            return answering({"$ref": "#/definitions/N"}, definitions={"N": node})

        assert diff_documents(document(), document()) == []
        assert only(diff_documents(document(x=STRING), document())).where == "answer 200 · x"

    @pytest.mark.parametrize("ring", [{"$ref": "#/definitions/R"}, {"allOf": [{"$ref": "#/definitions/R"}]}])
    def test_models_that_are_only_themselves_come_to_an_end(self, ring: Document) -> None:
        document = answering({"$ref": "#/definitions/R"}, definitions={"R": ring})
        assert diff_documents(document, copy.deepcopy(document)) == []

    def test_a_chain_of_ten_thousand_models_needs_no_recursion(self) -> None:
        def document(last: Document) -> Document:
            models = {f"m{n}": fields(next={"$ref": f"#/definitions/m{n + 1}"}) for n in range(10_000)}
            return answering({"$ref": "#/definitions/m0"}, definitions=models | {"m10000": last})

        change = only(diff_documents(document(fields(a=STRING)), document(fields(a=INTEGER))))
        assert change.kind == "type-changed"

    def test_models_that_double_at_each_level_are_visited_once(self) -> None:
        models = {
            f"m{n}": fields(left={"$ref": f"#/definitions/m{n + 1}"}, right={"$ref": f"#/definitions/m{n + 1}"})
            for n in range(60)
        }
        document = answering({"$ref": "#/definitions/m0"}, definitions=models | {"m60": STRING})
        assert diff_documents(document, copy.deepcopy(document)) == []

    def test_parts_put_together_with_all_of_are_one_model(self) -> None:
        whole = fields(a=STRING, b=STRING)
        parts = {"allOf": [fields(a=STRING), {"$ref": "#/definitions/B"}]}
        assert diff_documents(answering(whole), answering(parts, definitions={"B": fields(b=STRING)})) == []

    @pytest.mark.parametrize(
        "nullable", [{"type": ["string", "null"]}, {"anyOf": [STRING, {"type": "null"}]}, {**STRING, "nullable": True}]
    )
    def test_the_ways_of_writing_null_are_one(self, nullable: Document) -> None:
        assert diff_documents(answering({**STRING, "x-nullable": True}), answering(nullable)) == []

    def test_choices_of_a_union_are_compared_by_name(self) -> None:
        both = {"anyOf": [STRING, INTEGER]}
        assert diff_documents(sending(both), sending({"anyOf": [INTEGER, STRING]})) == []
        three = {"anyOf": [STRING, INTEGER, {"type": "boolean"}]}
        assert only(diff_documents(sending(both), sending(three))).severity == "compatible"
        assert only(diff_documents(sending(three), sending(both))).message == "can no longer be boolean"
        assert only(diff_documents(answering(both), answering(three))).severity == "breaking"
        assert only(diff_documents(sending(STRING), sending(both))).message == "can now also be integer"

    def test_choices_whose_models_were_only_renamed_are_the_same(self) -> None:
        def document(suffix: str, **more: Any) -> Document:
            models = {f"And{suffix}": fields(**{"and": STRING}), f"Or{suffix}": fields(**{"or": STRING}, **more)}
            return sending({"anyOf": [{"$ref": f"#/definitions/{name}"} for name in models]}, definitions=models)

        assert diff_documents(document(""), document("-Input")) == []
        assert only(diff_documents(document(""), document("-Input", x=STRING))).where == "body · (Or).x"

    def test_answers_come_and_go(self) -> None:
        def document(*statuses: str) -> Document:
            return service(responses={status: {"description": "d"} for status in statuses})

        change = only([c for c in diff_documents(document("200"), document("202")) if c.severity == "breaking"])
        assert (change.where, change.message) == ("answer 200", "is no longer promised; 202 comes instead")
        assert {c.severity for c in diff_documents(document("200", "404"), document("200", "409"))} == {"cosmetic"}

    def test_what_an_error_looks_like_breaks_nobody(self) -> None:
        def document(schema: Document) -> Document:
            return service(responses={"404": {"description": "d", "schema": schema}})

        assert only(diff_documents(document(fields(a=STRING)), document({"type": "array"}))).severity == "compatible"

    def test_a_schema_that_goes_hurts_readers(self) -> None:
        change = diff_documents(answering(STRING), service())[0]
        assert (change.severity, change.kind, change.where) == ("breaking", "schema-removed", "answer 200")
        assert only(diff_documents(service(), answering(STRING))).severity == "compatible"

    def test_media_types_are_compared(self) -> None:
        old, new = answering(STRING, produces=["application/json"]), answering(STRING, produces=["application/zip"])
        assert kinds(diff_documents(old, new)) == {"media-removed": 1, "media-added": 1}

    def test_openapi_bodies_are_compared_by_media_type(self) -> None:
        def document(content: Document, **more: Any) -> Document:
            entry = {"operationId": "a_repo_post", "requestBody": {"content": content, **more}, "responses": {}}
            return {"openapi": "3.1.0", "paths": {"/repo": {"post": entry}}}

        json_body = {"application/json": {"schema": fields(a=STRING)}}
        assert only(diff_documents(document(json_body), document(json_body, required=True))).severity == "breaking"
        form = {"multipart/form-data": {"schema": fields(a=STRING)}}
        assert kinds(diff_documents(document(json_body), document(form))) == {"media-removed": 1, "media-added": 1}


LOGIN = {"securityDefinitions": {"T": {"type": "apiKey", "in": "header", "name": "Authorization"}}}


class TestSecurity:
    def test_a_login_that_is_asked_for_is_breaking_and_one_that_is_dropped_is_not(self) -> None:
        open_, closed = {**service(), **LOGIN}, {**service(security=[{"T": []}]), **LOGIN}
        change = only(diff_documents(open_, closed))
        assert (change.severity, change.message) == ("breaking", "now asks for a login (header Authorization)")
        assert only(diff_documents(closed, open_)).severity == "compatible"

    def test_a_scheme_by_another_name_is_the_same_login(self) -> None:
        renamed = {"securityDefinitions": {"U": LOGIN["securityDefinitions"]["T"]}}
        old, new = {**service(security=[{"T": []}]), **LOGIN}, {**service(security=[{"U": []}]), **renamed}
        assert diff_documents(old, new) == []

    def test_the_documents_own_security_counts_and_an_empty_list_lifts_it(self) -> None:
        everywhere = {**service(), **LOGIN, "security": [{"T": []}]}
        lifted = {**service(security=[]), **LOGIN, "security": [{"T": []}]}
        assert only(diff_documents({**service(), **LOGIN}, everywhere)).kind == "login-needed"
        assert only(diff_documents(everywhere, lifted)).kind == "login-dropped"


class TestReports:
    def test_the_same_change_in_many_operations_is_one_line(self, version: Version) -> None:
        text = report_text(diff_documents(version("0.8.6"), version("0.9.10")), title="0.8.6 → 0.9.10")
        assert text.splitlines()[0].startswith("0.8.6 → 0.9.10: ")
        assert sum("ems.experiment_time" in line for line in text.splitlines()) == 1
        assert "encyclopedia.enc_group is now called encyclopedia.get_group" in text
        assert max(map(len, text.splitlines())) < 500

    def test_markdown_and_json_carry_the_same_changes(self, version: Version) -> None:
        changes = diff_documents(version("0.9.10"), version("0.10.12"))
        markdown = report_markdown(changes, title="0.9.10 → 0.10.12", impacts=["`x` will fail: y"])
        assert markdown.startswith("## 0.9.10 → 0.10.12\n")
        assert "- `x` will fail: y" in markdown
        assert "- metainfo.get\\_legacy\\_metainfo is gone" in markdown
        data = json.loads(report_json(changes))
        assert data["counts"] == {"breaking": 1, "compatible": 1, "cosmetic": 0}
        assert data["changes"][0]["operation"] == "metainfo.get_legacy_metainfo"

    def test_hundreds_of_reworded_descriptions_are_one_line(self) -> None:
        old = taking(*(query(f"q{n}", description="a") for n in range(300)))
        new = taking(*(query(f"q{n}", description="b") for n in range(300)))
        assert "300 descriptions in other words" in report_text(diff_documents(old, new))


def impacts(old: Document, new: Document) -> list[str]:
    before, after = (Spec(document, "a test", "") for document in (old, new))
    changes = diff_documents(old, new)
    return affected_commands(
        changes, before.interface, after.interface, before=before.generation, after=after.generation
    )


class TestCommands:
    def test_what_works_by_another_way_is_not_said_to_fail(self, snapshot: Version) -> None:
        assert impacts(snapshot("nomad-0.7.9"), snapshot("nomad-0.8.6")) == []
        assert impacts(snapshot("nomad-1.4.3"), snapshot("nomad-2.0.0")) == []

    def test_what_an_older_api_lacks_is_said(self, snapshot: Version) -> None:
        said = [sentence.split(":")[0] for sentence in impacts(snapshot("nomad-2.0.0"), snapshot("nomad-0.8.6"))]
        assert said == [
            *(f"`token {word}` will fail" for word in ("create", "list", "rotate", "revoke")),
            *(f"`{word}` will fail" for word in ("upload --into", "put", "rm", "process")),
            "`edit --name` will fail",
        ]
        assert impacts(snapshot("nomad-0.8.6"), snapshot("nomad-2.0.0")) == []

    def test_a_removed_operation_and_a_new_required_parameter_hit_their_commands(self, version: Version) -> None:
        document = version("0.8.6")
        del document["paths"]["/auth/users"]["get"]
        operation(document, "get_uploads").setdefault("parameters", []).append(query("mine", required=True))
        said = impacts(version("0.8.6"), document)
        assert [sentence.split(":")[0] for sentence in said] == ["`uploads` will fail", "`users` will fail"]
        assert impacts(version("0.8.0"), version("0.10.12")) == []

    def test_an_api_of_no_nomad_fails_all(self, version: Version) -> None:
        assert len(impacts(version("0.8.6"), service())) > 20

    def test_every_verb_that_one_generation_alone_has_is_a_commands_or_told_why_not(self) -> None:
        inner = {
            *("list_entry_files", "measure_values", "count_failed_entries", "count_numbers", "edit_upload", "find_doi"),
            *("lift_embargo", "list_query_files", "list_tree", "look_at_path", "make_app_token", "stored_zip"),
            "count_entries",
        }  # other ways of what both do, or what they do better
        v0, v1 = (set(load_generation(name).verbs) for name in ("v0", "v1"))
        told = {need.split(".")[0] for needs in commands().values() for need in needs}
        assert (v0 ^ v1) - told - inner == set()
        assert told <= v0 | v1
