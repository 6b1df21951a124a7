"""Training sets: every frame with where it is from, and a run that broke off goes on in the midst of a shard."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ase.io
import pyarrow.parquet as pq
import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.flows.archives.training import write_frames
from nomad_swagger.science.training import COLUMNS
from tests.flows.conftest import Connect
from tests.flows.relay import Fault, Passing, Relay

COUNT = 60
CUTOFFS = Path(__file__).parents[2] / "tutorials" / "data" / "silicon-cutoffs"
ABSENT = (7, 41)


@pytest.fixture(scope="session")
def many(sandbox: Sandbox) -> str:
    return sandbox.add_entries(COUNT)


@pytest.fixture(scope="session")
def gaps(sandbox: Sandbox) -> str:
    return sandbox.add_entries(COUNT, without_archive=ABSENT)


def read(path: Path) -> list[ase.Atoms]:
    return list(ase.io.read(path, index=":", format="extxyz"))


def test_ase_reads_back_what_the_archives_have_and_where_each_frame_is_from(
    each: Any, shelf: Any, tmp_path: Path
) -> None:
    upload = shelf({f"{path.parent.name}/{path.name}": path.read_bytes() for path in sorted(CUTOFFS.glob("*/si.*"))})
    found = ns.archives(each, upload_id=upload.upload_id)
    made = found.to_extxyz(tmp_path / "set.extxyz")
    assert made.files == (tmp_path / "set.extxyz",)
    frames = read(tmp_path / "set.extxyz")
    expected = [ns.to_ase(archive) for archive in found]
    assert len(frames) == len(expected) == made.tally.frames == made.tally.entries == 6
    for atoms, twin in zip(frames, expected, strict=True):
        assert atoms.get_chemical_symbols() == twin.get_chemical_symbols()
        assert atoms.get_potential_energy() == pytest.approx(twin.get_potential_energy(), abs=1e-8, rel=0)
        assert atoms.get_forces() == pytest.approx(twin.get_forces(), abs=1e-8)
        assert atoms.positions == pytest.approx(twin.positions, abs=1e-8)
        assert atoms.info["code"] == "Quantum Espresso"
        assert atoms.info["functional"]
        assert atoms.info["upload_id"] == upload.upload_id
    assert [atoms.info["entry_id"] for atoms in frames] == sorted(archive.entry_id for archive in found)
    assert made.tally.elements == {"Si": 6}
    assert made.tally.lowest_eV == pytest.approx(min(twin.get_potential_energy() / 2 for twin in expected))


def test_shards_begin_anew_after_so_many_frames(each: Any, many: str, tmp_path: Path) -> None:
    made = ns.archives(each, upload_id=many).to_extxyz(tmp_path / "set.extxyz", shard=25)
    assert [file.name for file in made.files] == ["set-00000.extxyz", "set-00001.extxyz", "set-00002.extxyz"]
    sizes = [len(read(file)) for file in made.files]
    assert sizes == [25, 25, 10]
    assert sorted(tmp_path.glob("*.extxyz")) == sorted(made.files)
    with pytest.raises(ns.UsageError, match=r"set-00000\.extxyz is there already"):
        ns.archives(each, upload_id=many).to_extxyz(tmp_path / "set.extxyz", shard=25)


@pytest.mark.parametrize("format", ["extxyz", "parquet"])
def test_a_run_that_breaks_off_in_a_shard_goes_on_in_it_and_asks_for_nothing_again(
    connect: Connect, relay: Relay, many: str, tmp_path: Path, format: Any
) -> None:
    client = connect("leonard", "1.4.3", url=relay.url)
    asked: list[str] = []

    def spoil(passing: Passing) -> Fault | None:
        if not passing.path.endswith("archive/query"):
            return None
        asked.append(passing.path)
        return Fault(status=403) if len(asked) >= 5 else None

    relay.fault = spoil
    path = tmp_path / f"set.{format}"
    found = ns.archives(client, upload_id=many, page_size=5, missing="raise")
    with pytest.raises(ns.Forbidden):
        write_frames(found, path, format=format, shard=18)
    assert not list(tmp_path.glob(f"*.{format}")), "nothing has its final name yet"
    begun = sum(part.read_bytes().count(b"entry_id") for part in tmp_path.glob("*.part"))
    assert 0 < begun < COUNT
    torn = sorted(tmp_path.glob("*.part"))[-1]
    with torn.open("ab") as file:
        file.write(b"2\nLattice=torn")
    relay.fault = lambda passing: None
    before = -1
    while before != len(relay.passed):  # what the first run had under way
        before = len(relay.passed)
        time.sleep(0.1)
    made = write_frames(ns.archives(client, upload_id=many, page_size=5), path, format=format, shard=18)
    again = sum(passing.path.endswith("archive/query") for passing in relay.passed[before:])
    assert again == -(-(COUNT - begun) // 5)
    assert made.tally.frames == made.tally.entries == COUNT
    if format == "extxyz":
        ids = [atoms.info["entry_id"] for file in made.files for atoms in read(file)]
    else:
        ids = [entry_id for file in made.files for entry_id in pq.read_table(file)["entry_id"].to_pylist()]
    assert ids == sorted(entry.entry_id for entry in ns.search(client, upload_id=many))
    assert [path for path in tmp_path.iterdir() if path.suffix in (".part", ".ledger")] == []


def test_what_the_ledger_says_beyond_the_end_of_a_file_was_lost_with_the_machine(
    connect: Connect, many: str, tmp_path: Path
) -> None:
    client = connect("leonard", "0.8.6")
    path = tmp_path / "set.extxyz"
    whole = write_frames(ns.archives(client, upload_id=many), tmp_path / "whole.extxyz").files[0].read_bytes()

    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done >= 30:
            raise Stop

    with pytest.raises(Stop):
        write_frames(ns.archives(client, upload_id=many, page_size=10, progress=stop), path)
    (part,) = tmp_path.glob("*.part")
    part.write_bytes(part.read_bytes()[:-700])
    write_frames(ns.archives(client, upload_id=many, page_size=10), path)
    assert path.read_bytes() == whole


def test_what_is_left_out_is_counted_with_its_reason(connect: Connect, gaps: str, tmp_path: Path) -> None:
    client = connect("leonard", "1.4.3")
    with pytest.warns(ns.NomadWarning, match="2 of 60 entries have no archive"):
        made = ns.archives(client, upload_id=gaps).to_extxyz(tmp_path / "set.extxyz")
    assert made.tally.frames == COUNT - len(ABSENT)
    assert sum(made.tally.skipped.values()) == len(ABSENT)
    assert any("left out: entry: the server has no archive of it" in line for line in made.tally.words())


def test_a_table_of_frames_has_every_column(connect: Connect, many: str, tmp_path: Path) -> None:
    found = ns.archives(connect("leonard", "1.4.3"), upload_id=many, limit=7)
    made = write_frames(found, tmp_path / "set.parquet", format="parquet")
    table = pq.read_table(made.files[0])
    assert tuple(table.column_names) == COLUMNS
    assert table["energy_eV"].to_pylist() == pytest.approx([ns.to_ase(one).get_potential_energy() for one in found])
    assert table["positions_angstrom"].to_pylist() == [pytest.approx(ns.to_ase(one).positions) for one in found]


def test_a_set_that_another_process_writes_is_left_to_it(connect: Connect, many: str, tmp_path: Path) -> None:
    found = ns.archives(connect("leonard", "1.4.3"), upload_id=many)
    seen: list[str] = []

    def twice(done: int, total: int) -> None:
        with pytest.raises(ns.UsageError, match="being written by another process"):
            write_frames(ns.archives(connect("leonard", "1.4.3"), upload_id=many), tmp_path / "set.extxyz")
        seen.append("refused")

    found.progress = twice
    assert found.to_extxyz(tmp_path / "set.extxyz").tally.frames == COUNT
    assert seen
