"""Many folders, killed now and then, and a large folder over a line that breaks: each once, and what arrived stays."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from tests.flows.conftest import imagined
from tests.journeys.killing import SEED, SOAK, Break, Killer
from tests.journeys.test_upload_kills import DATA, connect
from tests.warm import Warm

pytestmark = pytest.mark.journey

FOLDERS, KILLS = [300] if SOAK else [12, pytest.param(60, marks=pytest.mark.many)], 5
LARGE_BYTES, FILES = (1 << 30, 1024) if SOAK else (12 << 20, 48)
PART_BYTES = LARGE_BYTES // 16


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.mark.parametrize("folders", FOLDERS)
def test_a_run_that_is_killed_five_times_has_every_folder_once(
    box: Sandbox, tmp_path: Path, warm: Warm, folders: int
) -> None:
    print(f"seed {SEED}")  # noqa: T201 - NOMAD_SWAGGER_SEED repeats it
    dice, client, killer = random.Random(SEED), connect(box, "v1"), Killer(warm, box, "v1", tmp_path)
    names = [f"run{number}" for number in range(folders)]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.out").write_bytes((DATA / "h2o-energy.out").read_bytes())
        (tmp_path / name / "note").write_text(name)
    words = ["upload-many", *names, "--publish", "--yes", "--jobs", "4", "-o", "csv"]
    api = client.nomad.api_url.removeprefix(box.url)
    kinds = [f"POST {api}/uploads", f"GET {api}/uploads/ID", f"POST {api}/uploads/ID/action/publish"]
    for number in range(KILLS):
        request, nth = kinds[number % 3], dice.randint(folders // 12, folders // 8)
        lost = Break("lost", request, nth=dice.randint(1, nth))
        code, _, said = killer.run(words, [lost, Break(dice.choice(["before", "behind"]), request, nth=nth + 1)])
        assert code == -9, f"seed {SEED}: exit {code}: {said}"
    code, out, said = killer.run(words)
    killer.close()
    assert code == 0, f"seed {SEED}: {said}"
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [Path(row["folder"]).name for row in rows] == names
    assert {(row["entries"], row["failed"], row["published"], row["state"]) for row in rows} == {
        ("1", "0", "yes", "done")
    }
    made = Counter(upload.name for upload in ns.list_uploads(client, state="all"))
    assert made == Counter(names), f"seed {SEED}: {made}"
    found = Counter(entry.mainfile for entry in ns.search(client, owner="user", published=True))
    print(f"{folders} folders, killed {KILLS} times: {len(made)} uploads, {found.total()} entries")  # noqa: T201
    assert found == Counter(f"{name}/x.out" for name in names), f"seed {SEED}"


def test_a_large_folder_goes_in_parts_over_a_line_that_breaks(box: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number}.dat").write_bytes(random.Random(number).randbytes(LARGE_BYTES // FILES))
    made = ns.upload(connect(box, "v1"), DATA / "si.out")
    client = connect(box, "v1")
    # every third part, about, is cut in its middle
    box.faults.plan(*(f"cut-upload:{PART_BYTES // 2},times=1,after={3 * n}@/raw/" for n in range(1, 6)))
    begun = len(box.requests)
    done = ns.put(client, made, folder, part_bytes=PART_BYTES, journal=tmp_path / "j.sqlite", patience=imagined())
    again = ns.put(client, made, folder, part_bytes=PART_BYTES, journal=tmp_path / "j.sqlite", patience=imagined())
    cuts = sum(box.faults.happened().values())
    box.faults.clear()
    assert cuts == 5
    assert (len(done.sent), again.sent, len(again.kept)) == (FILES, (), FILES)
    asked = [(method, path) for method, path, *_ in list(box.requests)[begun:]]
    assert sum(method == "POST" and path.endswith("/action/process") for method, path in asked) == 1
    assert sum(method == "PUT" for method, _ in asked) < 64
