"""What both faces show of a reading: energies by NOMAD's names, doubts, and why an entry failed."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import ase.test
import pytest

DATA = Path(__file__).parent / "data"
OUTCAR = Path(ase.test.__file__).parent / "testdata/vasp/OUTCAR_example_1"
EV = 1.602176634e-19
PBE0 = (DATA / "qe/pbe0.out").read_bytes()
FILES = {
    "exact/pw.out": PBE0,
    "cut/pw.out": PBE0[: PBE0.index(b"\n!!")],
    "broken/pw.out": PBE0[:900],
    "vasp/OUTCAR.gz": gzip.compress(OUTCAR.read_bytes()),
    "vasp/POTCAR.gz": gzip.compress(b"PAW_PBE Ni\n END of PSCTR-controll parameters\n 1.0 2.0\n End of Dataset\n"),
}


@pytest.fixture(scope="module")
def upload_id(users: Any) -> str:
    api = users.api("leonard")
    upload = api.process(FILES)
    assert (upload["tasks_status"], upload["processed_calcs"], upload["failed_calcs"]) == ("SUCCESS", 4, 1)
    api.publish(upload["upload_id"])
    return str(upload["upload_id"])


@pytest.fixture(scope="module")
def shown(users: Any, upload_id: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Give the entries as each face shows them, by mainfile."""
    v0 = users.api("leonard").json(f"/uploads/{upload_id}", per_page=100)["calcs"]["results"]
    v1 = users.v1("leonard").json(f"/uploads/{upload_id}/entries")["data"]
    return {
        "v0": {entry["mainfile"]: entry | {"id": entry["calc_id"]} for entry in v0},
        "v1": {entry["mainfile"]: entry | {"id": entry["entry_id"]} for entry in v1},
    }


@pytest.mark.parametrize("face", ["v0", "v1"])
def test_a_failed_entry_says_why(face: str, shown: Any) -> None:
    said, why = shown[face]["broken/pw.out"]["errors"]
    assert said == "parser failed with exception"
    assert re.match(r"\w+(Error|Exception): .{10,}", why)


@pytest.mark.parametrize("face", ["v0", "v1"])
def test_what_cannot_be_believed_stands_among_the_errors_of_a_good_entry(face: str, shown: Any) -> None:
    entry = shown[face]["cut/pw.out"]
    assert [word for word in entry["errors"] if "before the exact exchange was consistent" in word]
    assert shown[face]["exact/pw.out"]["errors"] == []


def test_v0_has_the_energies_under_nomads_names(users: Any, upload_id: str, shown: Any) -> None:
    def section(mainfile: str) -> dict[str, Any]:
        archive = users.api("leonard").json(f"/archive/{upload_id}/{shown['v0'][mainfile]['id']}")
        last: dict[str, Any] = archive["section_run"][0]["section_single_configuration_calculation"][-1]
        return {key: value / EV for key, value in last.items() if key.startswith("energy")}

    assert section("vasp/OUTCAR.gz") == pytest.approx(
        {"energy_total": -68.23570214, "energy_free": -68.22868532, "energy_total_T0": -68.23102426}
    )
    (last,) = re.findall(rb"^!! +total energy += +(\S+)", PBE0, re.MULTILINE)
    assert section("exact/pw.out") == pytest.approx({"energy_total": float(last) * 13.605693122994}, abs=1e-6)


def test_v1_has_the_energies_under_nomads_names(users: Any, shown: Any) -> None:
    archive = users.v1("leonard").json(f"/entries/{shown['v1']['vasp/OUTCAR.gz']['id']}/archive")["data"]["archive"]
    energy = archive["run"][0]["calculation"][-1]["energy"]
    assert {name: part["value"] / EV for name, part in energy.items()} == pytest.approx(
        {"total": -68.23570214, "free": -68.22868532, "total_t0": -68.23102426}
    )


def test_a_compressed_potcar_is_stripped_to_plain_text(users: Any, upload_id: str) -> None:
    path = f"/raw/{upload_id}/vasp/POTCAR.gz.stripped"
    text = users.api("leonard").get(path).text
    assert text.splitlines() == ["PAW_PBE Ni", " END of PSCTR-controll parameters"]
