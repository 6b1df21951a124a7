from __future__ import annotations

import copy
import json
import pickle

import orjson
import pytest

from nomad_swagger.errors import UsageError
from nomad_swagger.science.values import Archive, value

ARCHIVE = Archive(
    {
        "section_run": [
            {
                "program_name": "Quantum Espresso",
                "section_system": [{"atom_labels": ["O"]}, {"atom_labels": ["Si", "Si"], "n": 2}],
                "section_single_configuration_calculation": [{"energy_total": 1.602176634e-18, "atom_forces": [[0.0]]}],
                "empty": [],
                "nothing": None,
            }
        ],
        "section_metadata": {"calc_id": "x", "0": "zero"},
    },
    entry_id="entry",
    upload_id="upload",
)
CALCULATION = "section_run/0/section_single_configuration_calculation/-1"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("section_run/0/section_system/-1/atom_labels", ["Si", "Si"]),
        ("section_run/-1/section_system/0/atom_labels/0", "O"),
        ("#/section_run/0/section_system/1/n", 2),
        ("/section_run/0/section_system/1/n", 2),
        ("section_run/0/section_system/*/atom_labels", [["O"], ["Si", "Si"]]),
        ("section_run/*/section_system/*/atom_labels/-1", [["O", "Si"]]),
        ("section_run/0/empty/*/x", []),
        ("section_run/0/nothing", None),
        ("section_metadata/calc_id", "x"),
        ("", ARCHIVE),
    ],
)
def test_a_path_leads_to_a_value(path: str, expected: object) -> None:
    assert ARCHIVE.at(path) == expected


def test_what_is_no_list_is_its_own_first_and_last_item() -> None:
    assert ARCHIVE.at("section_metadata/-1/calc_id") == "x"
    assert ARCHIVE.at("section_metadata/*/calc_id") == ["x"]
    assert ARCHIVE.at("section_run/0/program_name/0") == "Quantum Espresso"
    assert ARCHIVE.at("section_metadata/0") == "zero", "a name goes before an index"
    with pytest.raises(KeyError, match="nothing at 'section_metadata/1'"):
        ARCHIVE.at("section_metadata/1")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("run/0", "entry entry: nothing at 'run': the archive is a section of section_run, section_metadata"),
        ("section_run/1/x", "entry entry: nothing at 'section_run/1': 'section_run' is a list of 1"),
        (
            "section_run/0/empty/0",
            "entry entry: nothing at 'section_run/0/empty/0': 'section_run/0/empty' is an empty list",
        ),
        ("section_run/0/section_system/*/n", "entry entry: nothing at 'section_run/0/section_system/0/n':"),
        ("section_run/program_name", "'section_run' is a list of 1"),
        ("section_run/0/program_name/x", "'section_run/0/program_name' is 'Quantum Espresso'"),
        ("section_run/0/nothing/x", "'section_run/0/nothing' is None"),
    ],
)
def test_a_path_that_leads_nowhere_says_where_it_ends(path: str, message: str) -> None:
    with pytest.raises(KeyError) as caught:
        ARCHIVE.at(path)
    assert str(caught.value).startswith(message) or message in str(caught.value)


def test_a_default_stands_for_what_is_not_there() -> None:
    assert ARCHIVE.at("run/0", default=None) is None
    assert ARCHIVE.at("section_run/0/section_system/*/n", "m", default="no") == ["no", 2.0]
    assert ARCHIVE.at("section_run/0/program_name", default="no") == "Quantum Espresso"


def test_numbers_come_in_the_unit_that_is_asked_for() -> None:
    assert ARCHIVE.at(f"{CALCULATION}/energy_total", "eV") == 10.0
    assert ARCHIVE.at(f"{CALCULATION}/energy_total") == 1.602176634e-18
    assert ARCHIVE.at(f"{CALCULATION}/atom_forces", "eV/angstrom") == [[0.0]]
    with pytest.raises(UsageError, match="no number"):
        ARCHIVE.at("section_run/0/program_name", "eV")


def test_an_unknown_unit_is_refused_wherever_the_path_leads() -> None:
    with pytest.raises(UsageError, match="unknown unit 'evolts'"):
        ARCHIVE.at("nowhere", "evolts", default=None)


def test_a_key_with_a_slash_is_a_path() -> None:
    archive = Archive({"run": [{"program": "x"}], "a/b": 1})
    assert archive["run/-1/program"] == "x"
    assert archive["a/b"] == 1, "a name goes before a path"
    with pytest.raises(KeyError, match="nothing at 'run/0/code'"):
        archive["run/0/code"]
    with pytest.raises(KeyError, match="^'code'$"):
        archive["code"]
    assert archive.get("run/-1/program") is None, "as of any dict"


def test_plain_dicts_have_values_by_path_too() -> None:
    assert value({"a": [{"b": 1}]}, "a/0/b") == 1
    with pytest.raises(KeyError, match="^nothing at 'b'"):
        value({"a": 1}, "b")


@pytest.mark.parametrize(
    "again",
    [
        lambda archive: pickle.loads(pickle.dumps(archive)),
        copy.copy,
        copy.deepcopy,
        Archive.copy,
    ],
)
def test_a_copy_of_an_archive_knows_whose_it_is(again: object) -> None:
    twin = again(ARCHIVE)  # type: ignore[operator]
    assert type(twin) is Archive
    assert twin == ARCHIVE
    assert (twin.entry_id, twin.upload_id) == ("entry", "upload")
    twin["more"] = 1
    assert "more" not in ARCHIVE


def test_an_archive_is_json_as_a_dict_is() -> None:
    assert json.loads(json.dumps(ARCHIVE)) == dict(ARCHIVE)
    assert orjson.loads(orjson.dumps(ARCHIVE)) == dict(ARCHIVE)


def test_a_notebook_shows_what_is_in_an_archive_and_escapes_it() -> None:
    html = Archive({"run": [1, 2], "<b>": "x"}, entry_id="<i>")._repr_html_()
    assert "a list of 2" in html
    assert "<b>" not in html
    assert "<i>" not in html
