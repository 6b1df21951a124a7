from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nomad_sandbox.reader import Reader, Unreadable

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader(time_limit_s=20)
    yield reader
    reader.stop()


def test_the_archive_is_written_and_the_quantities_come_back(reader: Reader, tmp_path: Path) -> None:
    reading = reader.read(DATA / "si.out", "parsers/quantum-espresso", tmp_path / "a.json")
    assert reading.found["formula"] == "Si2"
    assert json.loads((tmp_path / "a.json").read_text())["section_run"][0]["program_version"] == "6.7MaX"


HOSTILE = {
    "cut": ("parsers/quantum-espresso", (DATA / "si.out").read_bytes()[:900]),
    "bomb.xml": (
        "parsers/vasp",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "'
        + b"a" * 1000
        + b'">'
        + b"".join(b'<!ENTITY a%d "%s">' % (i, (b"&a%s;" % (str(i - 1).encode() if i else b"")) * 20) for i in range(9))
        + b"]><modeling>&a8;</modeling>",
    ),
    "notes.xyz": ("parsers/xyz", b"3\n\nnot a geometry\n"),
    "short.xyz": ("parsers/xyz", b"9\n\nH 0 0 0\n"),
    "nan.xyz": ("parsers/xyz", b"1\n\nH nan nan nan\n"),
    "aims.out": ("parsers/fhi-aims", b"  Invoking FHI-aims ...\n" + bytes(range(256)) * 10),
    "nw.out": ("parsers/nwchem", b"Northwest Computational Chemistry Package (NWChem) 7\n" * 100),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_unreadable_and_the_next_one_is_read(name: str, reader: Reader, tmp_path: Path) -> None:
    parser, content = HOSTILE[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unreadable):
        reader.read(tmp_path / name, parser, tmp_path / "a.json")
    assert reader.read(DATA / "h2o.out", "parsers/nwchem", tmp_path / "b.json").found["formula"] == "H2O"


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    fifo = tmp_path / "endless.out"
    os.mkfifo(fifo)  # opening it for reading waits for a writer, who never comes
    reader = Reader(time_limit_s=0.3)
    try:
        with pytest.raises(Unreadable, match=r"longer than 0\.3 s"):
            reader.read(fifo, "parsers/quantum-espresso", tmp_path / "a.json")
    finally:
        reader.stop()


def test_the_reader_reads_where_there_is_no_module_to_bound_memory(tmp_path: Path) -> None:
    code = "import sys; sys.modules['resource'] = None; from nomad_sandbox.reader import serve; serve()"
    request = {"mainfile": str(DATA / "si.out"), "parser": "parsers/quantum-espresso", "output": str(tmp_path / "a")}
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(request) + "\n", capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[1])["found"]["formula"] == "Si2"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows bounds no memory of a process")
def test_the_child_may_take_so_much_memory_and_no_more() -> None:
    code = "from nomad_sandbox.reader import _bound_memory, MEMORY_BYTES; _bound_memory(); bytearray(MEMORY_BYTES)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MemoryError" in done.stderr


def test_a_reason_is_told_also_where_the_library_gives_none(reader: Reader, tmp_path: Path) -> None:
    text = (DATA / "si.out").read_text()
    (tmp_path / "si.out").write_text(re.sub(r"(number of atoms/cell +=) +2", r"\1 3", text))
    with pytest.raises(Unreadable, match=r"AssertionError: in parse_position_line of espresso\.py"):
        reader.read(tmp_path / "si.out", "parsers/quantum-espresso", tmp_path / "a.json")
