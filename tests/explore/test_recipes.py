from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from nomad_swagger.apispec.model import Spec
from nomad_swagger.client.client import NomadClient
from nomad_swagger.errors import UnknownArgument, UnknownOperation, UsageError
from nomad_swagger.explore.recipes import STYLES, recipe
from nomad_swagger.explore.samples import sample_arguments

SHELL_STYLES = ("curl", "wget", "nomad-swagger")


@pytest.mark.parametrize("style", STYLES)
def test_every_operation_has_a_recipe_in_every_style(
    snapshot: str, name: str, spec: Spec, client: NomadClient, style: str
) -> None:
    arguments = sample_arguments(spec, spec.operation(name))
    if style == "wget" and _wget_cannot(spec, name, arguments):
        with pytest.raises(UsageError, match="wget cannot"):
            recipe(client, name, style=style, **arguments)
        return
    text = recipe(client, name, style=style, **arguments)
    if style in SHELL_STYLES:
        assert shlex.split(text.replace("\\\n", ""))
    else:
        compile(text, name, "exec")


def _wget_cannot(spec: Spec, name: str, arguments: dict[str, Any]) -> bool:
    given = [p for p in spec.operation(name).parameters if p.name in arguments]
    return any(p.type == "file" or (p.location == "formData" and p.name == "password") for p in given)


@pytest.mark.parametrize("style", STYLES)
def test_the_token_is_in_a_recipe_only_where_the_call_needs_it(v0_client: NomadClient, style: str) -> None:
    def has_token(name: str, **arguments: Any) -> bool:
        return "NOMAD_TOKEN" in recipe(v0_client, name, style=style, **arguments)

    assert not has_token("repo.search", atoms=["Si"])
    assert not has_token("info.get_info")
    assert has_token("repo.search", owner="user")
    assert has_token("uploads.get_uploads")
    assert has_token("upload", source="example.zip")


@pytest.mark.parametrize("style", STYLES)
def test_a_secret_that_a_caller_gives_is_never_shown(v0_client: NomadClient, style: str) -> None:
    given = recipe(v0_client, "repo.search", style=style, Authorization="Bearer s3cret", atoms=["Si"])
    in_query = recipe(v0_client, "uploads.upload", style=style, name="x", token="s3cret")
    assert "s3cret" not in given + in_query
    assert "NOMAD_TOKEN" in given
    assert "NOMAD_TOKEN" in in_query


@pytest.mark.parametrize("style", ["curl", "requests", "bravado", "nomad-swagger"])
def test_a_password_stays_in_a_variable_of_its_own(v1: Spec, style: str) -> None:
    given = {"grant_type": "password", "username": "leonard", "password": "s3cret"}
    text = recipe(v1, "auth.get_token", style=style, **given)
    assert "s3cret" not in text
    assert "NOMAD_CLIENT_PASSWORD" in text


def test_an_unknown_style_operation_or_parameter_offers_the_nearest(v0_client: NomadClient) -> None:
    with pytest.raises(UnknownArgument, match="did you mean 'curl'"):
        recipe(v0_client, "repo.search", style="crul")
    with pytest.raises(UnknownOperation, match=r"did you mean 'repo\.search'"):
        recipe(v0_client, "repo.serch", style="curl")
    with pytest.raises(UnknownArgument, match="did you mean 'atoms'"):
        recipe(v0_client, "repo.search", style="curl", atom=["Si"])


def test_a_helper_speaks_the_servers_words(v0_client: NomadClient) -> None:
    text = recipe(v0_client, "search", style="curl", elements=["Si", "O"], code="VASP", limit=3)
    assert "--data-urlencode atoms=Si" in text
    assert "--data-urlencode dft.code_name=VASP" in text
    assert "--data-urlencode per_page=3" in text


def test_a_search_that_takes_several_requests_has_no_recipe(v0_client: NomadClient) -> None:
    with pytest.raises(UsageError, match="one value at a time"):
        recipe(v0_client, "search", style="curl", formula=["Si2", "H2O"])


def test_a_helpers_own_command_is_its_recipe_in_our_style(v0_client: NomadClient) -> None:
    def words(name: str, **given: Any) -> list[str]:
        text = recipe(v0_client, name, style="nomad-swagger", **given)
        return shlex.split(text.replace("\\\n", ""))[-1 - len(given) :]

    assert words("search", elements="Si")[-2:] == ["search", "elements=Si"]
    assert words("upload", source="a b.zip") == ["upload", "a b.zip"]
    assert words("delete", upload_id="x")[-2:] == ["--yes", "x"]
    assert words("delete", upload_id="-x")[-2:] == ["--", "-x"]
    assert words("download", upload_id="x", path="a/b.out")[-1] == "x/a/b.out"


def test_publish_carries_its_metadata(v0_client: NomadClient) -> None:
    text = recipe(v0_client, "publish", style="requests", upload_id="x", comment="hi", embargo_months=6)
    assert '"comment": "hi"' in text
    assert '"embargo_length": 6' in text


def test_a_helper_refuses_what_it_does_not_take(v0_client: NomadClient) -> None:
    with pytest.raises(UnknownArgument, match="did you mean 'comment'"):
        recipe(v0_client, "publish", style="curl", upload_id="x", coment="hi")


def test_a_file_need_not_be_there_yet(v0_client: NomadClient) -> None:
    text = recipe(v0_client, "uploads.upload", style="curl", file="not there.zip")
    assert '@"not there.zip";filename="not there.zip"' in text


def test_a_stream_without_a_name_has_no_recipe(v0_client: NomadClient) -> None:
    with pytest.raises(UsageError, match="give its path"):
        recipe(v0_client, "uploads.upload", style="curl", file=b"content")


def test_a_download_is_saved_under_the_files_name(v0_client: NomadClient) -> None:
    given = {"upload_id": "x"}
    assert "--fail -o INFO.OUT" in recipe(v0_client, "raw.get", style="curl", path="a/INFO.OUT", **given)
    assert "-o download.zip" in recipe(v0_client, "raw.get", style="curl", path="*", **given)
    assert "-O ./-x" in recipe(v0_client, "raw.get", style="wget", path="a/-x", **given)


def test_what_is_not_repeatable_is_tried_once_by_wget(v0_client: NomadClient) -> None:
    assert "--tries=1" in recipe(v0_client, "delete", style="wget", upload_id="x")
    assert "--tries=1" not in recipe(v0_client, "repo.search", style="wget")


@pytest.mark.filterwarnings("ignore:mask format is not registered")
def test_a_header_with_a_line_break_is_refused(v0_client: NomadClient) -> None:
    with pytest.raises(UsageError, match="line break"):
        recipe(v0_client, "info.get_info", style="curl", **{"X-Fields": "a\r\nEvil: 1"})


def test_one_output_is_packed_on_the_way_as_upload_does(v0_client: NomadClient, tmp_path: Path) -> None:
    file = tmp_path / "si.out"
    told = recipe(v0_client, "upload", style="curl", source=file)
    assert told.startswith(f"(cd {tmp_path} && zip -qr0 - si.out) | curl")
    told = recipe(v0_client, "upload", style="requests", source=file).replace("'", '"')
    assert f'"zip", "{tmp_path}", "si.out")' in told
    with pytest.raises(UsageError, match="wget cannot pack a file"):
        recipe(v0_client, "upload", style="wget", source=file)


def test_a_folder_is_packed_on_the_way(v0_client: NomadClient, tmp_path: Path) -> None:
    folder = tmp_path / "my data"
    folder.mkdir()
    assert recipe(v0_client, "upload", style="curl", source=folder).startswith(
        f"(cd {tmp_path} && zip -qr0 - 'my data') | curl"
    )
    assert "shutil.make_archive" in recipe(v0_client, "upload", style="requests", source=folder)
    with pytest.raises(UsageError, match="wget cannot pack a folder"):
        recipe(v0_client, "upload", style="wget", source=folder)


def test_plain_bravado_gets_an_openapi_3_document_converted(v1: Spec) -> None:
    assert "load_spec(" in recipe(v1, "info.get_info", style="bravado")


def test_a_curl_recipe_is_readable(v0_client: NomadClient) -> None:
    text = recipe(v0_client, "repo.search", style="curl", atoms=["Si", "O"])
    assert re.sub(r"http://\S+", "URL", text) == (
        "curl -L \\\n  -H 'Accept: application/json' \\\n  --data-urlencode atoms=Si \\\n"
        "  --data-urlencode atoms=O \\\n  -G URL"
    )


def test_helpers_speak_the_other_generation_too(v1: Spec) -> None:
    search = recipe(v1, "search", style="requests", elements=["Si"], include=["results.*"], limit=3)
    assert '"query": {"results.material.elements:all": ["Si"]}' in search
    # the fields that a record is read from are asked for, too, as search itself asks for them
    assert '"required": {"include": ["comment", "datasets", "datasets.*", ' in search
    assert '"results.*"' in search
    assert '"page_size": 3' in search
    upload = recipe(v1, "upload", style="curl", source="example.zip")
    assert "-X POST" in upload
    assert "--request-target" not in upload
    assert "NOMAD_TOKEN" in recipe(v1, "publish", style="curl", upload_id="x", embargo_months=3)
    for file, given in (
        ("x.zip", {"upload_id": "x"}),
        ("x.zip", {"entry_id": "x"}),
        ("nomad_raw_files.zip", {"elements": "Si"}),
    ):
        assert f"-o {file}" in recipe(v1, "download", style="curl", **given)
    for name in ("uploads", "whoami"):
        assert "NOMAD_TOKEN" in recipe(v1, name, style="curl")


def test_a_field_list_that_search_goes_through_itself_is_not_in_the_request(v0_client: NomadClient) -> None:
    """As it is not in the one that search sends."""
    listed = recipe(v0_client, "search", style="curl", elements=["Si"], include=["dft"])
    assert listed == recipe(v0_client, "search", style="curl", elements=["Si"])
