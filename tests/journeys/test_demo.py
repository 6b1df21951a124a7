"""``demo``: another calculation or another user tells another story."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from tests.journeys.conftest import Run

pytestmark = pytest.mark.journey

SANDBOX_DATA = Path(__file__).parents[1] / "sandbox" / "data"


def test_the_demo_ends_with_what_ase_reads_from_the_download(run: Run, tmp_path: Path) -> None:
    story = run("demo", NOMAD_CLIENT_URL="").stdout
    assert "ASE reads: Si2, −215.439 eV" in story  # noqa: RUF001 - a real minus sign
    assert "Everybody finds it: 1 entr" in story
    assert "35 operations" in story
    assert len(list((tmp_path / "demo-data").rglob("si.out"))) == 1


def test_another_calculation_user_and_version_tell_another_story(run: Run, tutorial_data: Path) -> None:
    story = run(
        "demo",
        "--input",
        str(tutorial_data / "cristobalite"),
        "--user",
        "sheldon.cooper@nomad-fairdi.tests.de",
        "--comment",
        "silica",
    ).stdout
    assert "ASE reads: O4Si2" in story
    assert "by Sheldon Cooper: silica" in story
    assert "215.439" not in story


@pytest.mark.parametrize("kind", ["zip", "one file"])
def test_a_zip_and_a_single_output_do_as_well(run: Run, tmp_path: Path, kind: str) -> None:
    source = tmp_path / ("water.zip" if kind == "zip" else "h2o.out")
    if kind == "zip":
        with zipfile.ZipFile(source, "w") as archive:
            archive.write(SANDBOX_DATA / "h2o.out", "deep/er/h2o.out")
    else:
        shutil.copy(SANDBOX_DATA / "h2o.out", source)
    story = run("demo", "--input", str(source)).stdout
    assert "NWChem" in story
    assert "H2O" in story


def test_what_holds_no_calculation_is_said_to_hold_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no calculation")
    assert "found no calculation" in run("demo", "--input", str(tmp_path / "notes.txt"), code=5).stderr
    (tmp_path / "bad.zip").write_text("no zip")
    assert "is no zip archive" in run("demo", "--input", str(tmp_path / "bad.zip"), code=2).stderr
