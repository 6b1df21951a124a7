from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

import nomad_swagger as ns
from nomad_swagger.errors import UsageError
from nomad_swagger.flows.records import Entry, Upload
from nomad_swagger.science.frames import archives_frame, columns_of, frame, without_rows, write_parquet, write_table
from nomad_swagger.science.units import factor
from tests.flows.conftest import Connect

NOON = datetime(2026, 1, 2, 12, tzinfo=timezone(timedelta(hours=1)))


@dataclass(frozen=True)
class Row:
    name: str
    count: int | None = None
    found: bool | None = None
    size_m: float | None = None
    made: datetime | None = None
    tags: tuple[str, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


COLUMNS = columns_of(Row)
DTYPES = ["string", "Int64", "boolean", "float64", "datetime64[us, UTC]", "object"]
ROWS = [Row("a", 2**60, True, 1.5, NOON, ("x", "y"), {"raw": 1}), Row("b")]


def dtypes(table: pd.DataFrame) -> list[str]:
    return [str(dtype) for dtype in table.dtypes]


def test_the_columns_of_a_record_are_its_fields_but_what_weighs() -> None:
    assert list(COLUMNS) == ["name", "count", "found", "size_m", "made", "tags"]
    for record in (Entry, Upload):
        assert "raw" not in columns_of(record)
        assert len(columns_of(record)) > 5


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], ROWS[1:], []], ids=["all", "full", "bare", "none"])
def test_a_column_has_the_same_type_whatever_is_in_it(rows: list[Row]) -> None:
    table = frame(rows, COLUMNS)
    assert list(table.columns) == list(COLUMNS)
    assert dtypes(table) == DTYPES
    assert len(table) == len(rows)


def test_a_frame_holds_what_the_rows_hold() -> None:
    first, second = frame(ROWS, COLUMNS).to_dict("records")
    assert first["count"] == 2**60
    assert first["made"] == NOON
    assert first["tags"] == ["x", "y"]
    assert second["tags"] == []
    assert pd.isna(second["count"])
    assert pd.isna(second["found"])
    assert math.isnan(second["size_m"])
    assert frame([{"name": "a"}], {"name": "text", "count": "count"}).isna().to_numpy().tolist() == [[False, True]]


@pytest.mark.parametrize("rows", [ROWS, ROWS[1:], []], ids=["all", "bare", "none"])
def test_parquet_has_the_same_types_whatever_is_in_it(rows: list[Row]) -> None:
    file = io.BytesIO()
    assert write_table(iter(rows), file, COLUMNS) == len(rows)
    table = pq.read_table(io.BytesIO(file.getvalue()))
    *plain, tags = table.schema.types
    assert [str(kind) for kind in plain] == ["string", "int64", "bool", "double", "timestamp[us, tz=UTC]"]
    assert str(tags.value_type) == "string"
    assert table.column("made").to_pylist() == [row.made for row in rows]
    assert table.column("tags").to_pylist() == [list(row.tags) for row in rows]


def test_many_records_are_written_in_groups() -> None:
    file = io.BytesIO()
    assert write_table((Row(str(number)) for number in range(25_000)), file, COLUMNS) == 25_000
    written = pq.ParquetFile(io.BytesIO(file.getvalue()))
    assert written.num_row_groups == 3
    assert written.read().column("name").to_pylist() == [str(number) for number in range(25_000)]


def test_rows_that_are_not_wanted_any_more_are_taken_out_of_a_file() -> None:
    file = io.BytesIO()
    write_table((Row(str(number)) for number in range(5)), file, COLUMNS)
    content, count = without_rows(io.BytesIO(file.getvalue()), "name", {"1", "4", "9"})
    assert count == 2
    assert pq.read_table(io.BytesIO(content)).column("name").to_pylist() == ["1", "4"]


ENERGY = "run/-1/calculation/-1/energy"


def archive(entry_id: str, **calculation: Any) -> ns.Archive:
    return ns.Archive({"run": [{"program": {"name": "VASP"}, "calculation": [calculation]}]}, entry_id=entry_id)


def test_values_of_archives_become_columns() -> None:
    found = [archive("a", energy=factor("eV") * 2, n=3, ok=True, list=[1, 2]), archive("b")]
    table = archives_frame(
        found,
        {
            "energy_eV": ENERGY,
            "energy": ENERGY,
            "energy_of_it": (ENERGY, "Ha"),
            "raw_eV": (ENERGY, None),
            "code": "run/0/program/name",
            "n": "run/0/calculation/0/n",
            "ok": "run/0/calculation/0/ok",
            "list": "run/0/calculation/0/list",
            "nothing": "nowhere",
        },
    )
    assert table.index.to_list() == ["a", "b"]
    assert table.index.name == "entry_id"
    first = table.loc["a"]
    assert first["energy_eV"] == pytest.approx(2.0)
    assert first["energy"] == first["raw_eV"] == factor("eV") * 2
    assert first["energy_of_it"] == pytest.approx(2 / 27.211386245988)  # CODATA 2018: hartree in eV
    assert first["n"] == 3.0
    assert first["list"] == [1, 2]
    assert math.isnan(table.loc["b", "energy_eV"])
    assert dtypes(table) == ["float64"] * 4 + ["string", "float64", "boolean", "object", "float64"]


def test_no_archives_make_a_frame_too() -> None:
    table = archives_frame([], {"energy_eV": ENERGY})
    assert len(table) == 0
    assert dtypes(table) == ["float64"]
    assert table.index.name == "entry_id"


def test_arrays_in_a_unit_stay_lists() -> None:
    table = archives_frame([archive("a", energy=[factor("eV"), 0.0])], {"energies_eV": ENERGY})
    assert table.loc["a", "energies_eV"] == [1.0, 0.0]


def unasked() -> Any:
    raise AssertionError("archives were fetched")
    yield


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"energy": (ENERGY, "evolts")}, "unknown unit 'evolts'"),
        ({"energy_eV_per_atom": ENERGY}, "'atom' is no unit"),
        ({"entry_id": "metadata/entry_id"}, "'entry_id' is the index"),
    ],
)
def test_columns_that_cannot_be_are_refused_before_anything_is_fetched(columns: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        archives_frame(unasked(), columns)


def test_a_text_in_a_column_with_a_unit_is_refused_with_the_way_out() -> None:
    with pytest.raises(
        UsageError, match=r"column 'code_s', entry a: 'VASP' is no number .*\('run/0/program/name', None\)"
    ):
        archives_frame([archive("a")], {"code_s": "run/0/program/name"})


def test_a_frame_of_archives_can_be_written_as_parquet() -> None:
    file = io.BytesIO()
    found = [archive("a", energy=1.0, list=[1.0, 2.0]), archive("b")]
    write_parquet(archives_frame(found, {"energy": ENERGY, "list": "run/0/calculation/0/list"}), file)
    assert pd.read_parquet(io.BytesIO(file.getvalue())).index.to_list() == ["a", "b"]
    assert pq.read_table(io.BytesIO(file.getvalue())).column("list").to_pylist() == [[1.0, 2.0], None]


def test_what_parquet_has_no_type_for_is_refused() -> None:
    table = archives_frame([archive("a", x=[1]), archive("b", x="text")], {"x": "run/0/calculation/0/x"})
    with pytest.raises(UsageError, match="values of several types"):
        write_parquet(table, io.BytesIO())


@pytest.mark.parametrize("version", ["0.7.9", "0.8.6", "1.4.3"])
def test_a_search_becomes_a_frame(connect: Connect, shelf: Any, silicon: dict[str, bytes], version: str) -> None:
    upload = shelf(silicon)
    client = connect("leonard", version)
    table = ns.search(client, upload_id=upload.upload_id).to_pandas()
    with pytest.warns(ns.NomadWarning, match="nothing found"):
        empty = ns.search(client, upload_id="nothing").to_pandas()
    (entry,) = ns.search(client, upload_id=upload.upload_id)
    (row,) = table.to_dict("records")
    assert {name: row[name] for name in ("entry_id", "formula", "code")} == {
        "entry_id": entry.entry_id,
        "formula": "Si2",
        "code": "Quantum Espresso",
    }
    assert row["elements"] == ["Si"]
    assert row["published"]
    assert "raw" not in table
    assert list(table.dtypes) == list(empty.dtypes)
    assert list(table.columns) == list(empty.columns)


def test_a_limit_holds_for_the_frame(connect: Connect, shelf: Any, silicon: dict[str, bytes], water: Any) -> None:
    shelf(silicon)
    shelf(water)
    assert len(ns.search(connect("leonard"), limit=1).to_pandas()) == 1
