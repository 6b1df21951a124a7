"""From arguments to what is sent: spellings, lists, booleans, paths, files."""

from __future__ import annotations

import io
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from nomad_swagger.client.connect import connect
from nomad_swagger.errors import UnknownArgument, UnknownOperation, UsageError


@pytest.fixture(scope="module")
def nomad():
    """A 0.8.6 that nobody asks anything."""
    return connect("https://nomad.example/api", spec="nomad-0.8.6").nomad


def query(call):
    return [f"{name}={value}" for name, value in call.query]


def test_a_list_is_repeated_and_a_single_value_counts_as_a_list_of_one(nomad):
    assert query(nomad.prepare("repo.search", {"atoms": ["Si", "O"]})) == ["atoms=Si", "atoms=O"]
    assert query(nomad.prepare("repo.search", {"atoms": "Si"})) == ["atoms=Si"]
    assert query(nomad.prepare("repo.search", {"atoms": (atom for atom in ("Si", "O"))})) == ["atoms=Si", "atoms=O"]


def test_a_list_of_characters_is_not_made_of_a_text(nomad):
    old = connect("https://nomad.example/api", spec="nomad-0.7.9").nomad
    assert query(old.prepare("repo.search", {"paths": "AcAg"})) == ["paths=AcAg"]


@pytest.mark.parametrize("spelling", ["dft.code_name", "dft_code_name"])
def test_a_dotted_name_may_be_spelled_for_python(nomad, spelling):
    assert query(nomad.prepare("repo.search", {spelling: "VASP"})) == ["dft.code_name=VASP"]


def test_a_false_is_left_out_where_the_server_reads_any_text_as_true(nomad):
    assert query(nomad.prepare("repo.search", {"scroll": False, "per_page": 0})) == ["per_page=0"]
    assert query(nomad.prepare("repo.search", {"scroll": True})) == ["scroll=true"]


def test_none_means_not_given(nomad):
    assert not nomad.prepare("repo.search", {"owner": None}).query


# bravado-core's way to follow a $ref while it validates a body
@pytest.mark.filterwarnings("ignore:Accessing Validator.resolver:DeprecationWarning")
def test_a_false_in_a_body_is_a_value(nomad):
    call = nomad.prepare("repo.edit_repo", {"payload": {"verify": False, "actions": {}}})
    assert b'"verify": false' in call.body


def test_slashes_of_a_path_stay_slashes_and_the_rest_is_encoded(nomad):
    call = nomad.prepare("raw.get", {"upload_id": "u", "path": "a b/ö#?%2F.out"})
    assert call.url == "https://nomad.example/api/raw/u/a%20b/%C3%B6%23%3F%252F.out"


@pytest.mark.parametrize("path", ["..", ".", "../../auth", "a/../../x", "", "  "])
def test_a_path_cannot_lead_out_of_its_operation(nomad, path):
    with pytest.raises(UsageError, match=r"raw.get: path"):
        nomad.prepare("raw.get", {"upload_id": "u", "path": path})


@pytest.mark.parametrize("missing", [{}, {"upload_id": None}, {"upload_id": ""}])
def test_a_missing_part_of_the_path_is_refused(nomad, missing):
    with pytest.raises(UsageError, match=r"uploads.get_upload: upload_id is needed"):
        nomad.prepare("uploads.get_upload", missing)


def test_a_wrong_name_is_refused_with_the_nearest(nomad):
    with pytest.raises(UnknownArgument, match=r"unknown argument 'atomz' of repo.search; did you mean 'atoms'"):
        nomad.prepare("repo.search", {"atomz": "Si"})
    with pytest.raises(UnknownOperation, match=r"did you mean 'repo.search'"):
        nomad.prepare("repo.serch", {})


def test_a_wrong_value_is_refused_by_its_name(nomad):
    with pytest.raises(UsageError, match=r"repo.search: page: 'first' is not of type"):
        nomad.prepare("repo.search", {"page": "first"})


def test_a_file_keeps_its_name_and_is_not_read_yet(nomad, tmp_path):
    (tmp_path / "si.zip").write_bytes(b"PK")
    with (tmp_path / "si.zip").open("rb") as file:
        call = nomad.prepare("uploads.upload", {"file": file, "name": "silicon"})
        assert file.tell() == 0
    assert query(call) == ["name=silicon"]
    assert [(part.field, part.filename) for part in call.body.files] == [("file", "si.zip")]


@pytest.mark.parametrize("content", [b"PK", bytearray(b"PK"), "PK", io.BytesIO(b"PK")])
def test_what_bravado_takes_for_a_file_is_taken(nomad, content):
    (part,) = nomad.prepare("uploads.upload", {"file": content}).body.files
    assert (part.filename, b"".join(part.content.chunks())) == ("file", b"PK")


def test_a_file_that_was_opened_as_text_is_refused(nomad):
    with pytest.raises(UsageError, match="mode 'rb'"):
        nomad.prepare("uploads.upload", {"file": io.StringIO("PK")})


def test_a_call_says_whether_it_may_be_repeated_needs_a_login_or_gives_a_file(nomad):
    def of(operation, **arguments):
        call = nomad.prepare(operation, arguments)
        return call.repeatable, call.needs_login, call.binary

    assert of("auth.get_users") == (True, False, False)
    assert of("raw.get", upload_id="u", path="p")[::2] == (True, True)
    assert of("uploads.upload") == (False, True, False)
    assert of("uploads.get_uploads") == (True, True, False)
    assert of("uploads.delete_upload", upload_id="u") == (False, True, False)


def test_what_is_no_file_is_asked_for_as_json(nomad):
    assert dict(nomad.prepare("repo.search", {}).headers)["Accept"] == "application/json"
    assert dict(nomad.prepare("raw.get", {"upload_id": "u", "path": "p"}).headers)["Accept"] == "*/*"


def test_threads_that_call_an_operation_for_the_first_time_at_once_do_not_hinder_each_other():
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(20):
            nomad = connect("https://nomad.example/api", spec="nomad-0.8.6").nomad
            start = threading.Barrier(8)

            def call(nomad=nomad, start=start):
                start.wait()
                return nomad.prepare("repo.search", {"atoms": ["Si"], "per_page": 1})

            with ThreadPoolExecutor(8) as pool:
                calls = list(pool.map(lambda _: call(), range(8)))
            assert len({made.url for made in calls}) == 1
    finally:
        sys.setswitchinterval(old)


@pytest.mark.parametrize("spec", ["nomad-1.4.3", "nomad-2.0.0"])
def test_the_path_of_an_uploads_files_may_be_empty_and_no_other_part_of_a_path(spec):
    nomad = connect("https://nomad.example/api/v1", spec=spec).nomad
    call = nomad.prepare_verb("raw_upload", {"upload_id": "u"})
    assert call.url == "https://nomad.example/api/v1/uploads/u/raw/"
    assert query(call) == ["compress=true"]
    plain = nomad.prepare("uploads.get_upload_raw_path", {"upload_id": "u", "path": ""})
    assert plain.url == "https://nomad.example/api/v1/uploads/u/raw/"
    for given in ({"path": " "}, {"path": None}, {}):
        with pytest.raises(UsageError, match="path is needed and must not be empty"):
            nomad.prepare("uploads.get_upload_raw_path", {"upload_id": "u", **given})
    with pytest.raises(UsageError, match="path is needed and must not be empty"):
        nomad.prepare("entries.get_entry_raw_file", {"entry_id": "e", "path": ""})
    with pytest.raises(UsageError, match="upload_id is needed and must not be empty"):
        nomad.prepare_verb("raw_upload", {"upload_id": ""})
