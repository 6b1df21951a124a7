from __future__ import annotations

import io
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import ase.io
import ase.test
import numpy as np
import pytest

import nomad_swagger as ns
from nomad_sandbox.mainfiles import load_parsers
from nomad_swagger.errors import NomadWarning, UsageError
from nomad_swagger.science.atoms import layouts, symbol, to_ase
from nomad_swagger.science.required import project
from nomad_swagger.science.units import factor
from nomad_swagger.science.values import Archive
from tests.flows.conftest import Connect

ROOT = Path(__file__).parents[2]
ASE_DATA = Path(ase.test.__file__).parent / "testdata"
OUTPUTS = [
    *sorted(ROOT.joinpath("tests/sandbox/data").glob("*.out")),
    *sorted(ROOT.joinpath("tutorials/data").rglob("*.out")),
    ASE_DATA / "vasp/vasprun_dfpt.xml",
    ASE_DATA / "aims/relax.out",
]
PARSERS = {parser.name: parser for parser in load_parsers()}
EV_J, EV_PER_ANGSTROM_N = factor("eV"), factor("eV/angstrom")


@pytest.fixture(params=["0.7.9", "0.8.6", "1.4.3"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def read_by_ase(output: Path) -> list[ase.Atoms]:
    """Give the frames of a file; without the table of orbitals that ASE 3.29 stumbles over in one of NWChem."""
    drop = PARSERS["parsers/nwchem"].drop
    if output.name.startswith("h2o") and drop:
        return ase.io.read(io.StringIO(drop.sub("", output.read_text())), index=":", format="nwchem-out")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ASE's reader of FHI-aims calls what ASE has deprecated
        return ase.io.read(output, index=":", format="aims-output" if output.parent.name == "aims" else None)


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_an_archive_gives_the_atoms_that_ase_reads_in_the_file(
    connect: Connect, shelf: Any, version: str, output: Path
) -> None:
    shelf({f"{path.parent.name}/{path.name}": path.read_bytes() for path in OUTPUTS})
    client = connect("leonard", version)
    name = f"{output.parent.name}/{output.name}"
    (entry,) = (entry for entry in ns.search(client, path=output.name) if entry.mainfile.endswith(name))
    frames = to_ase(ns.archive(client, entry), frame="all")
    expected = read_by_ase(output)
    assert len(frames) == len(expected) > 0
    for atoms, twin in zip(frames, expected, strict=True):
        assert atoms.get_chemical_symbols() == twin.get_chemical_symbols()
        assert atoms.positions == pytest.approx(twin.positions, rel=1e-9, abs=1e-12)
        assert atoms.cell.array == pytest.approx(twin.cell.array, rel=1e-9, abs=1e-12)
        assert atoms.pbc.tolist() == twin.pbc.tolist()
        # NOMAD's Rydberg is CODATA's of 2018, ASE's for Quantum ESPRESSO is of 2006
        energy = twin.get_potential_energy() * (
            13.605693122994 / 13.60569193 if entry.code == "Quantum Espresso" else 1
        )
        assert atoms.get_potential_energy() == pytest.approx(energy, rel=1e-9)
        assert ("forces" in atoms.calc.results) == (twin.calc.results.get("forces") is not None)
        if "forces" in atoms.calc.results:
            assert atoms.get_forces() == pytest.approx(twin.get_forces(), rel=1e-9, abs=1e-12)


def v0(**run: Any) -> ns.Archive:
    return ns.Archive({"section_run": [run], "section_metadata": {}}, entry_id="entry")


def system_v0(label: str = "Si", x_angstrom: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"atom_labels": [label], "atom_positions": [[x_angstrom * 1e-10, 0.0, 0.0]], **more}


def calculation_v0(reference: Any, energy_eV: float = 1.0) -> dict[str, Any]:
    return {"single_configuration_calculation_to_system_ref": reference, "energy_total": energy_eV * EV_J}


def run_v0(*references: Any, systems: int = 3) -> ns.Archive:
    return v0(
        section_system=[system_v0(x_angstrom=number) for number in range(systems)],
        section_single_configuration_calculation=[
            calculation_v0(reference, float(number)) for number, reference in enumerate(references)
        ],
    )


@pytest.mark.parametrize("reference", [1, "/section_run/0/section_system/1", "#/section_run/0/section_system/1"])
def test_a_calculation_belongs_to_the_system_that_it_names(reference: Any) -> None:
    frames = to_ase(run_v0(reference), frame="all")
    assert [frame.positions[0, 0] for frame in frames] == pytest.approx([0.0, 1.0, 2.0])
    assert [frame.calc is None for frame in frames] == [True, False, True]
    assert frames[1].get_potential_energy() == 0.0


def test_one_frame_can_be_had_by_its_number() -> None:
    archive = run_v0(0, 1, 2)
    assert to_ase(archive).positions[0, 0] == pytest.approx(2.0)
    assert to_ase(archive, frame="last").get_potential_energy() == pytest.approx(2.0)
    assert to_ase(archive, frame=0).get_potential_energy() == 0.0
    assert to_ase(archive, frame=-2).get_potential_energy() == pytest.approx(1.0)
    for frame in (3, -4, "first", None):
        with pytest.raises(UsageError, match=f"entry entry: frame {frame!r} is none of 'last', 'all', 0 … 2"):
            to_ase(archive, frame=frame)


def test_the_last_calculation_that_has_something_counts() -> None:
    archive = run_v0(0, 0, systems=1)
    forces = [[EV_PER_ANGSTROM_N, 0.0, -2 * EV_PER_ANGSTROM_N]]
    calculations = archive["section_run"][0]["section_single_configuration_calculation"]
    calculations[0]["atom_forces_raw"] = forces
    calculations.append({"single_configuration_calculation_to_system_ref": 0, "section_dos": [{}]})
    atoms = to_ase(archive)
    assert atoms.get_potential_energy() == pytest.approx(1.0)
    assert atoms.get_forces() == pytest.approx(np.array([[1.0, 0.0, -2.0]]))


def test_of_systems_that_are_alike_the_named_one_gets_the_energy() -> None:
    archive = run_v0(2)
    archive["section_run"][0]["section_system"] = [system_v0() for _ in range(3)]
    assert [frame.calc is None for frame in to_ase(archive, frame="all")] == [True, True, False]


def test_the_only_system_needs_no_name() -> None:
    assert to_ase(run_v0(None, systems=1)).calc is not None


@pytest.mark.parametrize(
    "reference", [5, "/section_run/0/section_system/5", "../uploads/x/archive/y#/run/0/system/0", None]
)
def test_a_calculation_whose_system_is_not_there_is_left_out_with_a_warning(reference: Any) -> None:
    with pytest.warns(NomadWarning, match="entry entry: energies and forces of 1 calculations are left out"):
        assert to_ase(run_v0(reference)).calc is None


def test_periodicity_holds_until_a_system_says_otherwise() -> None:
    periodic = {"configuration_periodic_dimensions": [True, True, False]}
    systems = [
        system_v0(),
        system_v0(**periodic),
        system_v0(),
        system_v0(configuration_periodic_dimensions=[False] * 3),
    ]
    frames = to_ase(v0(section_system=systems), frame="all")
    assert [frame.pbc.tolist() for frame in frames] == [
        [False] * 3,
        [True, True, False],
        [True, True, False],
        [False] * 3,
    ]


def test_one_run_says_nothing_about_another() -> None:
    run = {"section_system": [system_v0(configuration_periodic_dimensions=[True] * 3)]}
    frames = to_ase({"section_run": [run, {"section_system": [system_v0()]}]}, frame="all")
    assert [frame.pbc.any() for frame in frames] == [True, False]


def test_the_deprecated_name_of_the_cell_is_read() -> None:
    atoms = to_ase(v0(section_system=[system_v0(simulation_cell=[[1e-10, 0, 0], [0, 2e-10, 0], [0, 0, 3e-10]])]))
    assert atoms.cell.lengths() == pytest.approx([1.0, 2.0, 3.0])


def test_systems_without_positions_are_no_frames() -> None:
    archive = v0(section_system=[system_v0(), {"atom_labels": ["H"]}, None])
    assert len(to_ase(archive, frame="all")) == 1


def run_v1(**calculation: Any) -> dict[str, Any]:
    atoms = {"labels": ["O"], "positions": [[0.0, 0.0, 1e-10]], "periodic": [True, False, False]}
    return {"run": [{"system": [{"atoms": atoms}], "calculation": [calculation]}], "metadata": {}}


@pytest.mark.parametrize("reference", ["#/run/0/system/0", "/run/0/system/0"])
def test_the_sections_of_v1_are_read(reference: str) -> None:
    forces = {"total": {"value_raw": [[EV_PER_ANGSTROM_N, 0, 0]]}}
    energy = {"total": {"value": 2 * EV_J}, "free": {"value": 3 * EV_J}}
    atoms = to_ase(run_v1(system_ref=reference, energy=energy, forces=forces))
    assert atoms.get_chemical_symbols() == ["O"]
    assert atoms.pbc.tolist() == [True, False, False]
    assert atoms.get_potential_energy() == pytest.approx(2.0)
    assert atoms.get_potential_energy(force_consistent=True) == pytest.approx(3.0)
    assert atoms.get_forces() == pytest.approx(np.array([[1.0, 0.0, 0.0]]))


def test_a_system_that_the_server_put_in_the_reference_s_place_is_read() -> None:
    inlined = run_v1(energy={"total": {"value": EV_J}})
    inlined["run"][0]["calculation"][0]["system_ref"] = {"atoms": dict(inlined["run"][0]["system"][0]["atoms"])}
    assert [atoms.get_potential_energy() for atoms in to_ase(inlined, frame="all")] == [pytest.approx(1.0)]
    del inlined["run"][0]["system"]
    assert [atoms.get_potential_energy() for atoms in to_ase(inlined, frame="all")] == [pytest.approx(1.0)]


def test_a_list_that_the_server_filled_up_with_nulls_is_read() -> None:
    archive = run_v1(system_ref="#/run/0/system/1", energy={"total": {"value": EV_J}})
    archive["run"][0]["system"].insert(0, None)
    assert to_ase(archive).get_potential_energy() == pytest.approx(1.0)


def test_without_a_run_the_results_have_the_structure() -> None:
    structure = {
        "species_at_sites": ["Ga", "As"],
        "cartesian_site_positions": [[0, 0, 0], [1e-10, 1e-10, 1e-10]],
        "lattice_vectors": [[4e-10, 0, 0], [0, 4e-10, 0], [0, 0, 4e-10]],
        "dimension_types": [1, 1, 0],
    }
    archive = {"results": {"properties": {"structures": {"structure_original": structure}}}, "data": {}}
    atoms = to_ase(archive)
    assert str(atoms.symbols) == "GaAs"
    assert atoms.pbc.tolist() == [True, True, False]
    assert atoms.cell.lengths() == pytest.approx([4.0] * 3)
    assert atoms.calc is None


@pytest.mark.parametrize(
    ("label", "number", "expected"),
    [
        ("Si", 0, "Si"),
        ("Si1", 0, "Si"),
        ("Fe_up", 0, "Fe"),
        ("OW", 0, "O"),
        ("Ow", 0, "O"),
        (" C ", 0, "C"),
        ("CA", 0, "C"),
        ("Ca2", 0, "Ca"),
        ("si", 0, "Si"),
        ("h2", 0, "H"),
        ("D", 0, "H"),
        ("X", 0, "X"),
        ("Xe", 0, "Xe"),
        ("Bq", 0, "X"),
        ("bq1", 0, "X"),
        ("B", 0, "B"),
        ("ghost", 0, "X"),
        ("1", 14, "Si"),
        ("", 8, "O"),
        ("", -1, "X"),
        ("", 900, "X"),
        ("N", 8, "N"),
    ],
)
def test_a_label_becomes_a_symbol(label: str, number: int, expected: str) -> None:
    assert symbol(label, number) == expected


def test_labels_that_say_more_than_the_symbol_are_kept() -> None:
    assert to_ase(v0(section_system=[system_v0("Fe_up")])).arrays["labels"].tolist() == ["Fe_up"]
    assert "labels" not in to_ase(v0(section_system=[system_v0("Fe")])).arrays


def test_atomic_numbers_do_where_labels_are_missing() -> None:
    system = {"atom_species": [14], "atom_positions": [[0.0, 0.0, 0.0]]}
    assert to_ase(v0(section_system=[system])).get_chemical_symbols() == ["Si"]


def test_labels_that_do_not_fit_the_positions_are_refused() -> None:
    with pytest.raises(UsageError, match="entry entry: 2 labels and 1 atomic numbers for 1 positions"):
        to_ase(v0(section_system=[{**system_v0(), "atom_labels": ["Si", "Si"], "atom_species": [14]}]))


def test_an_archive_without_atoms_says_what_it_has() -> None:
    with pytest.raises(
        UsageError, match=r"has no atoms at section_run/section_system or run/system or .*section of data"
    ):
        to_ase({"data": {"m_def": "x"}})
    with pytest.raises(UsageError, match="entry entry has no atoms"):
        to_ase(v0(section_system=[]))


def test_every_layout_says_where_positions_labels_and_the_cell_are() -> None:
    assert len(layouts()) == 3
    for layout in layouts():
        assert layout.labels
        assert layout.positions
        assert layout.cell
        assert bool(layout.calculations) == bool(layout.energy) == bool(layout.forces) == bool(layout.system_ref)
        assert all(hasattr(layout, name) for name in layout.lasting)


def test_a_missing_ase_is_named() -> None:
    code = (
        "import sys; sys.modules['ase'] = None\n"
        "from nomad_swagger.science.atoms import to_ase\n"
        "try: to_ase({'section_run': [{'section_system': [{'atom_positions': []}]}]})\n"
        "except ModuleNotFoundError as error: print(error.name.partition('.')[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "ase"


@pytest.mark.parametrize("picked", ["system[1:3]", "system[-1]", "system[2:]"])
def test_a_part_with_some_systems_only_has_no_energy_of_another_one(picked: str) -> None:
    systems = [{"atoms": {"labels": ["Si"], "positions": [[0.0, 0.0, number * 1e-10]]}} for number in range(5)]
    calculations = [
        {"system_ref": f"#/run/0/system/{number}", "energy": {"total": {"value": -(20 + number) * 1.602176634e-19}}}
        for number in range(5)
    ]
    whole = {"run": [{"system": systems, "calculation": calculations}]}
    required = {"run": {picked: "*", picked.replace("system", "calculation"): "*"}}
    part = Archive(project(whole, required), required=required)
    with pytest.warns(NomadWarning, match="not known in a part with some systems only: '#/run/0/system/"):
        frames = to_ase(part, frame="all")
    assert frames
    assert all(atoms.calc is None for atoms in frames)
    kept = {"run": {"system[0:3]": "*", "calculation[0:3]": "*"}}
    first = to_ase(Archive(project(whole, kept), required=kept), frame="all")
    assert [round(atoms.get_potential_energy()) for atoms in first] == [-20, -21, -22]
