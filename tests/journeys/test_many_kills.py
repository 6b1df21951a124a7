"""Many folders, killed now and then, and a large folder over a line that breaks: each once, and what arrived stays."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from tests.flows.conftest import imagined
from tests.journeys.breaking_line import BreakingLine
from tests.journeys.killing import SEED, SOAK, Break, Killer
from tests.journeys.test_upload_kills import DATA, connect
from tests.warm import Warm

pytestmark = pytest.mark.journey

FOLDERS, KILLS = [300] if SOAK else [12, pytest.param(60, marks=pytest.mark.many)], 5
LARGE_BYTES, FILES = (1 << 30, 1024) if SOAK else (16 << 20, 64)
PART_BYTES = LARGE_BYTES // 16  # 64 MiB, as commands have it
BREAKS_AFTER_BYTES = LARGE_BYTES * 200 // 1074


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.mark.parametrize("folders", FOLDERS)
def test_a_run_that_is_killed_five_times_has_every_folder_once(
    box: Sandbox, tmp_path: Path, warm: Warm, folders: int
) -> None:
    print(f"seed {SEED}")  # noqa: T201 - NOMAD_SWAGGER_SEED repeats it
    dice, client = random.Random(SEED), connect(box, "v1")
    names = [f"run{number}" for number in range(folders)]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.out").write_bytes((DATA / "h2o-energy.out").read_bytes())
        (tmp_path / name / "note").write_text(name)
    words = ["upload-many", *names, "--publish", "--yes", "--jobs", "4", "-o", "csv"]
    api = client.nomad.api_url.removeprefix(box.url)
    kinds = [f"POST {api}/uploads", f"GET {api}/uploads/ID", f"POST {api}/uploads/ID/action/publish"]
    with Killer(warm, box, "v1", tmp_path) as killer:
        for number in range(KILLS):
            request, nth = kinds[number % 3], dice.randint(folders // 12, folders // 8)
            lost = Break("lost", request, nth=dice.randint(1, nth))
            code, _, said = killer.run(words, [lost, Break(dice.choice(["before", "behind"]), request, nth=nth + 1)])
            assert code == -9, f"seed {SEED}: exit {code}: {said}"
        code, out, said = killer.run(words)
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


def test_a_large_folder_goes_in_parts_over_a_line_that_breaks_and_what_arrived_does_not_go_again(
    box: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number}.dat").write_bytes(random.Random(number).randbytes(LARGE_BYTES // FILES))
    made = ns.wait(client := connect(box, "v1"), ns.upload(client, DATA / "si.out"))
    line = BreakingLine(box.port, BREAKS_AFTER_BYTES)
    through = connect(box, "v1", url=line.url)
    begun = len(box.requests)
    how: dict[str, Any] = {"part_bytes": PART_BYTES, "journal": tmp_path / "j.sqlite", "patience": imagined()}
    done = ns.put(through, made, folder, **how)
    again = ns.put(through, made, folder, **how)
    line.close()
    asked = Counter(
        (method, path.rpartition(made.upload_id)[2], status) for method, path, status in list(box.requests)[begun:]
    )
    sent_bytes = line.up_bytes - line.lost_bytes
    print(f"{LARGE_BYTES:,} bytes: {line.breaks} breaks, {line.lost_bytes:,} lost, {sent_bytes:,} arrived; {asked}")  # noqa: T201
    assert line.breaks >= LARGE_BYTES // BREAKS_AFTER_BYTES
    assert (len(done.sent), again.sent, len(again.kept), again.kept_by_size) == (FILES, (), FILES, ())
    assert LARGE_BYTES < sent_bytes < 1.02 * LARGE_BYTES + (1 << 17), "what arrived went once"
    assert sum(count for (method, path, _), count in asked.items() if method == "POST" and "process" in path) == 1
    there = {file.path: file.size_bytes for file in ns.files(client, made)}
    assert there == {"si/si.out": (DATA / "si.out").stat().st_size} | dict.fromkeys(done.sent, LARGE_BYTES // FILES)
    assert ns.wait(client, made).entries == 1
