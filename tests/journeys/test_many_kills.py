"""Many folders, killed now and then, and a large folder over a line that breaks: each once, and what arrived stays."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.flows.batch_items import LEDGER, Outcome, items_of
from nomad_swagger.flows.many_uploads import Run
from nomad_swagger.flows.polling import Patience
from nomad_swagger.transfers.ledger import Ledger
from tests.flows.conftest import imagined
from tests.journeys.test_upload_kills import DATA, SOAK, Killed, Line, connect, impatient

__all__ = ["impatient"]
pytestmark = pytest.mark.journey

FOLDERS, KILLS = (300, 20) if SOAK else (8, 5)
LARGE_BYTES, FILES = (1 << 30, 1024) if SOAK else (12 << 20, 48)
PART_BYTES = LARGE_BYTES // 16
QUICK = Patience(first_s=0.01, longest_s=0.05)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.mark.usefixtures("impatient")
def test_a_run_that_is_killed_again_and_again_has_every_folder_once(box: Sandbox, tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    dice, client = random.Random(seed), connect(box, "v1")
    folders = [tmp_path / f"run{number}" for number in range(FOLDERS)]
    for number, folder in enumerate(folders):
        folder.mkdir()
        (folder / "si.out").write_bytes((DATA / "si.out").read_bytes())
        (folder / "note").write_text(str(number))
    ledger = Ledger(tmp_path / "ledger.sqlite", LEDGER)
    items = items_of(folders, {}, place="here", ledger=ledger)
    done: list[Outcome] = []
    for kill in range(KILLS + 1):
        line = Line(client)
        if kill < KILLS:
            moment = dice.randrange(3, 15 * FOLDERS // KILLS)
            line.breaks = {moment: dice.choice(["before", "behind", "in the body"]), moment // 2: "lost"}
        try:
            run = Run(client, ledger, publishes=True, patience=QUICK)
            done = [one for outcomes in run.outcomes(items) for one in outcomes]
        except Killed:
            continue
        finally:
            line.close()
    left = [one for one in done if one.state != "done"]
    assert not left, f"seed {seed}: {left}"
    names = Counter(upload.name for upload in ns.list_uploads(client, state="all"))
    assert names == Counter(folder.name for folder in folders), f"seed {seed}"
    assert [(one.entries, one.failed, one.published) for one in done] == [(1, 0, True)] * FOLDERS, f"seed {seed}"


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
