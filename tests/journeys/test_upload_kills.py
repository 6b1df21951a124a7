"""Uploads that are killed between any two requests, with lost answers mixed in: the same line again ends them, once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.settings import Keycloak, Profile
from tests.journeys.conftest import LEONARD
from tests.journeys.killing import SEED, SOAK, Break, Killer, any_breaks
from tests.warm import Warm

pytestmark = pytest.mark.journey

LINES = [100] if SOAK else [2, pytest.param(10, marks=pytest.mark.many)]  # of each version
BREAKS = 3  # times that a line is broken at most, beside the first
TYPED = 20  # times at most
DATA = Path(__file__).parents[1] / "sandbox" / "data"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def connect(box: Sandbox, version: str, *, url: str = "") -> Any:
    api_url = {"v0": box.api_url_08, "v1": box.api_url_v1}[version]
    profile = Profile(name="sandbox", url=api_url.replace(box.url, url or box.url), keycloak=Keycloak(box.keycloak_url))
    return ns.connect(profile=profile, user=LEONARD, password="password")


@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_process_that_is_killed_at_any_request_or_by_the_clock_makes_one_upload(
    box: Sandbox, version: str, lines: int, tmp_path: Path, warm: Warm
) -> None:
    print(f"seed {SEED}")  # noqa: T201 - NOMAD_SWAGGER_SEED repeats it
    dice, client = random.Random(SEED), connect(box, version)
    before = {upload.upload_id for upload in ns.list_uploads(client, state="all")}
    names = [f"{version}-{SEED}-{number}" for number in range(lines)]
    with Killer(warm, box, version, tmp_path) as killer:
        assert _typed(killer, _calculation(tmp_path / f"{version}-whole"))
        requests = killer.kinds()
        kills = [Break(kind, request) for kind in ("before", "behind") for request in requests]
        dice.shuffle(kills)
        for number, name in enumerate(names):
            folder = _calculation(tmp_path / name)
            planned = [[kills[number % len(kills)], Break("lost", dice.choice(requests))]]
            planned += [any_breaks(dice, requests, 2.0) for _ in range(dice.randint(0, BREAKS))]
            while planned and not _typed(killer, folder, planned.pop(0)):
                pass
            assert any(_typed(killer, folder) for _ in range(TYPED)), f"seed {SEED}: {name} does not end"
    made = [one for one in ns.list_uploads(client, state="all") if one.upload_id not in before]
    assert Counter(one.name for one in made) == Counter(f"{name}.zip" for name in [f"{version}-whole", *names])
    print(f"{version}: {len(names)} lines, {len(made) - 1} uploads, {_counted(killer)}")  # noqa: T201
    for one in made:
        _is_whole(client, one)


def _calculation(folder: Path) -> Path:
    folder.mkdir()
    (folder / "si.out").write_bytes((DATA / "si.out").read_bytes())
    return folder


def _typed(killer: Killer, folder: Path, planned: Sequence[Break] = ()) -> bool:
    """Type the line once, and tell whether it came to its end; a line that ended before says so with 2."""
    code, _, said = killer.run(["upload", str(folder), "--publish", "--yes"], planned)
    assert code in (0, -9, 1, 2, 6), f"exit {code}: {said}"
    return code == 0 or (code == 2 and "is published" in said)


def _is_whole(client: Any, upload: ns.Upload) -> None:
    """Hold an upload against what was sent: published, with its entry, its files and what is told about them."""
    folder = upload.name.removesuffix(".zip")
    (entry,) = ns.search(client, owner="user", upload_id=upload.upload_id)
    told = (upload.published, entry.mainfile, entry.published, entry.with_embargo, entry.formula)
    assert told == (True, f"{folder}/si.out", True, False, "Si2"), f"seed {SEED}: {told}"
    files = {file.path: file.size_bytes for file in ns.files(client, upload)}
    assert files == {f"{folder}/si.out": (DATA / "si.out").stat().st_size}, f"seed {SEED}: {files}"


def _counted(killer: Killer) -> str:
    kinds = Counter(one.kind for one in killer.happened)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
