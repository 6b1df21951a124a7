"""What was worked out once is read again, and never believed when it is not what it should be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nomad_swagger import compiled
from nomad_swagger.generations.generation import GENERATIONS, load_generation
from nomad_swagger.generations.mainfiles import mainfiles
from nomad_swagger.generations.vocabulary import load_vocabulary


def counting(made: list[int]):  # type: ignore[no-untyped-def]
    def make() -> dict[str, int]:
        made.append(1)
        return {"n": len(made)}

    return make


def test_a_text_is_worked_out_once_and_another_one_anew(tmp_path: Path) -> None:
    make = counting([])
    first = compiled.compiled(tmp_path, "x", b"one", make)
    assert first == compiled.compiled(tmp_path, "x", b"one", make) == {"n": 1}
    assert compiled.compiled(tmp_path, "x", b"two", make) == {"n": 2}
    assert compiled.compiled(tmp_path, "y", b"two", make) == {"n": 3}


@pytest.mark.parametrize("damage", [lambda old: b"", lambda old: old[:-3], lambda old: old.replace(b"1", b"7")])
def test_a_damaged_file_counts_as_absent_and_is_made_anew(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    make = counting([])
    compiled.compiled(tmp_path, "x", b"one", make)
    (file,) = (tmp_path / compiled.FOLDER).iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert compiled.compiled(tmp_path, "x", b"one", make) == {"n": 2}
    assert compiled.compiled(tmp_path, "x", b"one", make) == {"n": 2}


def test_what_json_would_change_is_not_kept(tmp_path: Path) -> None:
    for number in (1, 2):
        assert compiled.compiled(tmp_path, "y", b"one", lambda number=number: {True: number}) == {True: number}


def test_a_folder_that_cannot_be_written_costs_time_alone(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert compiled.compiled(tmp_path / "file", "x", b"one", lambda: 1) == 1


def test_another_version_of_the_code_reads_nothing_of_before(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text("1")
    before = compiled.name_of("x", "0" * 64, tmp_path)
    os.utime(code, (1, 1))
    compiled._form.cache_clear()
    assert compiled.name_of("x", "0" * 64, tmp_path) != before != compiled.name_of("x", "1" * 64, tmp_path)


def test_of_too_many_the_youngest_stay(tmp_path: Path) -> None:
    for number in range(compiled.KEPT_FILES + 1):
        compiled.keep(tmp_path, f"x-{number}", b"")
        os.utime(tmp_path / compiled.FOLDER / f"x-{number}", (number, number))
    compiled.keep(tmp_path, "x-new", b"")
    left = {path.name for path in (tmp_path / compiled.FOLDER).iterdir()}
    assert len(left) == compiled.KEPT_FILES
    assert {"x-0", "x-1"}.isdisjoint(left)


def test_all_that_we_know_as_data_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOMAD_SWAGGER_CACHE", str(tmp_path))
    wrapped = (mainfiles.__wrapped__, ("v1",)), (load_vocabulary.__wrapped__, ("v1-quantities.yaml", "v1, NOMAD 2.0.0"))
    for read, arguments in wrapped:
        assert read(*arguments) == read(*arguments)
    kept = {path.name.partition("-")[0] for path in (tmp_path / compiled.FOLDER).iterdir()}
    assert kept == {"mainfiles", "vocabulary"}


@pytest.mark.parametrize("name", GENERATIONS)
def test_a_generation_read_again_is_the_one_that_was_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOMAD_SWAGGER_CACHE", str(tmp_path))
    first, again = load_generation.__wrapped__(name), load_generation.__wrapped__(name)
    assert len(list((tmp_path / compiled.FOLDER).iterdir())) == 1
    assert first == again
