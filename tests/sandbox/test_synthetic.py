"""Entries out of nothing look, to every face, like entries that were read."""

from __future__ import annotations

from typing import Any

import pytest

COUNT = 30
EV = 1.602176634e-19


@pytest.fixture(scope="module")
def upload_id(sandbox: Any) -> str:
    made: str = sandbox.add_entries(COUNT, without_archive=(3, 8))
    return made


def energies(archives: list[Any]) -> list[float]:
    found = []
    for archive in archives:
        if "section_run" in archive:
            [single] = archive["section_run"][0]["section_single_configuration_calculation"]
            found.append(single["energy_total"] / EV)
        else:
            [calculation] = archive["run"][0]["calculation"]
            found.append(calculation["energy"]["total"]["value"] / EV)
    return sorted(found)


def test_every_entry_has_an_energy_of_its_own_and_both_generations_say_the_same(
    upload_id: str, nobody: Any, nobody_v1: Any
) -> None:
    body = {"query": {"upload_id": [upload_id]}, "pagination": {"page": 1, "per_page": 100}}
    old = [result["archive"] for result in nobody.call("POST", "/archive/query", json=body).json()["results"]]
    answer = nobody_v1.post(
        "/entries/archive/query", {"query": {"upload_id": upload_id}, "pagination": {"page_size": 100}}
    )
    new = [row["archive"] for row in answer["data"]]
    assert answer["pagination"]["total"] == COUNT
    assert len(old) == len(new) == len(set(energies(old))) == COUNT - 2
    assert energies(old) == pytest.approx(energies(new))


def test_an_archive_agrees_with_its_entry(upload_id: str, nobody: Any) -> None:
    body = {"query": {"upload_id": [upload_id]}, "pagination": {"page": 1, "per_page": 100}}
    for result in nobody.call("POST", "/archive/query", json=body).json()["results"]:
        metadata, (run,) = result["archive"]["section_metadata"], result["archive"]["section_run"]
        (system,) = run["section_system"]
        assert sorted(system["atom_labels"]) == sorted(metadata["atoms"])
        assert len(system["atom_positions"]) == metadata["n_atoms"]
        assert run["program_name"] == metadata["dft"]["code_name"]
        assert ("lattice_vectors" in system) == (metadata["dft"]["system"] != "molecule / cluster")


def test_their_upload_counts_them_and_their_owner_may_edit_them(upload_id: str, leonard: Any, leonard_v1: Any) -> None:
    assert leonard_v1.json(f"/uploads/{upload_id}")["data"]["entries"] == COUNT
    body = {"query": {"upload_id": [upload_id]}, "actions": {"comment": {"value": "made up"}}}
    assert leonard.call("POST", "/repo/edit", json=body).status_code == 200
    assert leonard.json("/repo/", upload_id=upload_id, comment="made")["pagination"]["total"] == COUNT
