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
from nomad_swagger.science.atoms import to_ase
from nomad_swagger.science.layouts import layouts
from nomad_swagger.science.required import project
from nomad_swagger.science.symbols import symbol
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
    (entry,) = (entry for entry in ns.search(client, path=name) if entry.mainfile == name)
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
    (frame,) = to_ase(run_v0(reference), frame="all")
    assert frame.positions[0, 0] == pytest.approx(1.0)
    assert frame.get_potential_energy() == 0.0
    assert to_ase(run_v0(reference)) == frame, "the last system has no energy, and is not the last frame"


def test_one_frame_can_be_had_by_its_number() -> None:
    archive = run_v0(0, 1, 2)
    assert to_ase(archive).positions[0, 0] == pytest.approx(2.0)
    assert to_ase(archive, frame="last").get_potential_energy() == pytest.approx(2.0)
    assert to_ase(archive, frame=0).get_potential_energy() == 0.0
    assert to_ase(archive, frame=-2).get_potential_energy() == pytest.approx(1.0)
    assert [atoms.positions[0, 0] for atoms in to_ase(archive, frame=slice(0, None, 2))] == pytest.approx([0.0, 2.0])
    for frame in (3, -4):
        with pytest.raises(UsageError, match=f"entry entry: there is no frame {frame}; it has 3, 0 … 2"):
            to_ase(archive, frame=frame)
    for wrong in ("first", None, True, 1.5):
        with pytest.raises(UsageError, match="frame is 'last', 'all', 'representative', a number or a slice"):
            to_ase(archive, frame=wrong)


def test_each_calculation_of_a_system_is_a_frame_with_its_own_results() -> None:
    archive = run_v0(0, 0, systems=1)
    forces = [[EV_PER_ANGSTROM_N, 0.0, -2 * EV_PER_ANGSTROM_N]]
    calculations = archive["section_run"][0]["section_single_configuration_calculation"]
    calculations[0]["atom_forces_raw"] = forces
    calculations.append({"single_configuration_calculation_to_system_ref": 0, "section_dos": [{}]})
    first, last = to_ase(archive, frame="all")
    assert first.get_potential_energy() == pytest.approx(0.0)
    assert first.get_forces() == pytest.approx(np.array([[1.0, 0.0, -2.0]]))
    assert last.get_potential_energy() == pytest.approx(1.0)
    assert "forces" not in last.calc.results, "they are those of the calculation before"
    assert to_ase(archive).get_potential_energy() == pytest.approx(1.0)


def test_where_no_calculation_has_an_energy_those_with_forces_are_the_frames() -> None:
    archive = run_v0(0, 1)
    for calculation in archive["section_run"][0]["section_single_configuration_calculation"]:
        del calculation["energy_total"]
        calculation["atom_forces"] = [[0.0, 0.0, EV_PER_ANGSTROM_N]]
    assert [atoms.get_forces()[0, 2] for atoms in to_ase(archive, frame="all")] == pytest.approx([1.0, 1.0])


def test_forces_without_an_energy_are_no_frame_among_those_with_one_and_are_counted() -> None:
    archive = run_v0(0, 1)
    calculation = archive["section_run"][0]["section_single_configuration_calculation"][1]
    del calculation["energy_total"]
    calculation["atom_forces"] = [[0.0, 0.0, EV_PER_ANGSTROM_N]]
    with pytest.warns(NomadWarning, match="1 calculations have forces and no energy, and are no frames"):
        assert len(to_ase(archive, frame="all")) == 1


def test_the_representative_structure_can_be_had_where_nomad_marks_the_first_of_a_trajectory() -> None:
    archive = run_v0(0, 1, 2)
    archive["section_run"][0]["section_system"][0]["is_representative"] = True
    assert to_ase(archive, frame="representative").positions[0, 0] == pytest.approx(0.0)
    assert to_ase(archive).positions[0, 0] == pytest.approx(2.0)
    assert to_ase(run_v0(0, 1), frame="representative").positions[0, 0] == pytest.approx(1.0), "none is marked"


def test_of_systems_that_are_alike_the_named_one_gets_the_energy() -> None:
    archive = run_v0(2)
    archive["section_run"][0]["section_system"] = [system_v0(), system_v0(), system_v0()]
    archive["section_run"][0]["section_system"][2]["is_representative"] = True
    assert to_ase(archive, frame="representative").calc is not None


def test_the_only_system_needs_no_name() -> None:
    assert to_ase(run_v0(None, systems=1)).calc is not None


@pytest.mark.parametrize(
    "reference", [5, "/section_run/0/section_system/5", "../uploads/x/archive/y#/run/0/system/0", None]
)
def test_a_calculation_whose_system_is_not_there_is_left_out_with_a_warning(reference: Any) -> None:
    with pytest.warns(NomadWarning, match="entry entry: energies and forces of 1 calculations are left out"):
        assert to_ase(run_v0(reference)).calc is None, "the mere structure"


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


def test_the_deprecated_name_of_the_cell_is_read_and_vectors_without_a_word_of_periods_are_periodic() -> None:
    system = system_v0(simulation_cell=[[1e-10, 0, 0], [0, 2e-10, 0], [0, 0, 3e-10]])
    with pytest.warns(NomadWarning, match="1 structures have lattice vectors and nothing says .* taken as periodic"):
        atoms = to_ase(v0(section_system=[system]))
    assert atoms.cell.lengths() == pytest.approx([1.0, 2.0, 3.0])
    assert atoms.pbc.all()


def test_vectors_of_nothing_are_no_period() -> None:
    assert not to_ase(v0(section_system=[system_v0(lattice_vectors=[[0.0] * 3] * 3)])).pbc.any()


def test_systems_without_positions_or_without_kinds_of_atoms_are_no_frames() -> None:
    archive = v0(section_system=[system_v0(), {"atom_labels": ["H"]}, {"atom_positions": [[0.0, 0.0, 0.0]]}, None])
    assert len(to_ase(archive, frame="all")) == 1


def test_an_energy_of_a_system_without_kinds_of_atoms_is_left_out_and_counted() -> None:
    archive = run_v0(0, 1)
    del archive["section_run"][0]["section_system"][1]["atom_labels"]
    with pytest.warns(NomadWarning, match="energies and forces of 1 calculations are left out, since their atoms are"):
        assert len(to_ase(archive, frame="all")) == 1


def test_nothing_is_made_of_a_total_energy_that_is_not_there() -> None:
    archive = run_v0(0)
    (calculation,) = archive["section_run"][0]["section_single_configuration_calculation"]
    calculation["energy_free"] = calculation.pop("energy_total")
    assert to_ase(archive).calc.results == {"free_energy": 0.0}


@pytest.mark.parametrize(("t0_eV", "kept"), [(-10.02, True), (-0.004, False)])
def test_an_energy_at_zero_broadening_is_one_only_near_the_free_energy(t0_eV: float, kept: bool) -> None:
    archive = run_v0(0)
    (calculation,) = archive["section_run"][0]["section_single_configuration_calculation"]
    calculation.update(energy_free=-10.0 * EV_J, energy_total_T0=t0_eV * EV_J)
    assert ("energy_T0" in to_ase(archive).info) == kept


def test_stress_charges_and_moments_come_in_ases_units() -> None:
    stress = [[1e9, 2e9, 3e9], [2e9, 4e9, 5e9], [3e9, 5e9, 6e9]]
    charges = [{"value": [0.5 * 1.602176634e-19], "spins": [1.5]}]
    atoms = to_ase(run_v1(energy={"total": {"value": EV_J}}, stress={"total": {"value": stress}}, charges=charges))
    assert atoms.get_stress() / ase.units.GPa == pytest.approx([1.0, 4.0, 6.0, 5.0, 3.0, 2.0], rel=1e-6)
    assert atoms.get_charges() == pytest.approx([0.5])
    assert atoms.get_magnetic_moments() == pytest.approx([1.5])


def test_forces_that_are_no_numbers_are_left_out_with_a_warning() -> None:
    broken = run_v1(energy={"total": {"value": EV_J}}, forces={"total": {"value": [[0.0, float("nan"), 0.0]]}})
    with pytest.warns(NomadWarning, match="1 forces that are no numbers"):
        assert set(to_ase(broken).calc.results) == {"energy"}


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("where", ["flat", "cell"])
def test_the_schema_of_todays_parsers_is_read(where: str, named: bool) -> None:
    def structure(x_angstrom: float) -> dict[str, Any]:
        kinds = [{"chemical_symbol": "Na", "atomic_number": 11}, {"chemical_symbol": "Cl"}]
        cell = {
            "positions": [[x_angstrom * 1e-10, 0.0, 0.0], [0.0, 2e-10, 0.0]],
            "lattice_vectors": [[4e-10, 0, 0], [0, 4e-10, 0], [0, 0, 4e-10]],
            "periodic_boundary_conditions": [True, True, False],
        }
        return {**cell, "particle_states": kinds} if where == "flat" else {"cell": [{**cell, "atoms_state": kinds}]}

    outputs = [
        {
            "total_energies": [{"value": number * EV_J}],
            "total_forces": [{"value": [[EV_PER_ANGSTROM_N, 0, 0], [0, 0, 0]]}],
            **({"model_system_ref": f"#/data/model_system/{number}"} if named else {}),
        }
        for number in range(2)
    ]
    archive = {"data": {"model_system": [structure(0.0), structure(1.0)], "outputs": outputs}}
    frames = to_ase(archive, frame="all")
    assert [str(atoms.symbols) for atoms in frames] == ["NaCl", "NaCl"]
    assert [atoms.positions[0, 0] for atoms in frames] == pytest.approx([0.0, 1.0])
    assert [atoms.get_potential_energy() for atoms in frames] == pytest.approx([0.0, 1.0])
    assert frames[1].get_forces()[0] == pytest.approx([1.0, 0.0, 0.0])
    assert frames[1].pbc.tolist() == [True, True, False]


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
        ("Ow", 0, "X"),
        ("Va", 0, "X"),
        ("Vac", 0, "X"),
        ("VAC", 0, "X"),
        ("Dummy", 0, "X"),
        ("Center", 0, "X"),
        ("SI", 0, "Si"),
        ("SI", 14, "Si"),
        ("FE", 0, "Fe"),
        ("CL1", 0, "Cl"),
        ("NA", 0, "Na"),
        ("CO", 0, "Co"),
        ("CO", 6, "C"),
        ("HB2", 0, "H"),
        ("FeA", 0, "Fe"),
        ("Fe_up", 26, "Fe"),
        (" C ", 0, "C"),
        ("CA", 0, "Ca"),
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
        ("N", 8, "O"),
    ],
)
def test_a_label_becomes_a_symbol(label: str, number: int, expected: str) -> None:
    assert symbol(label, number) == expected


def test_names_that_are_no_element_are_counted() -> None:
    system = {"atom_labels": ["Vac", "Si", "Vac"], "atom_positions": [[0.0, 0.0, 0.0]] * 3}
    with pytest.warns(NomadWarning, match="2 atoms named 'Vac' are no element, and X"):
        assert str(to_ase(v0(section_system=[system])).symbols) == "XSiX"


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
    assert len(layouts()) == 4
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
        "try: to_ase({'section_run': [{'section_system': [{'atom_positions': [[0, 0, 0]], 'atom_labels': ['Si']}]}]})\n"
        "except ModuleNotFoundError as error: print(error.name.partition('.')[0]); print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    name, words = done.stdout.splitlines()
    assert name == "ase"
    assert "needs ase: pip install 'nomad-swagger[ase]'" in words


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
    with pytest.warns(NomadWarning, match="left out, since their atoms are not known in a part with some systems only"):
        frames = to_ase(part, frame="all")
    assert frames
    assert all(atoms.calc is None for atoms in frames)
    kept = {"run": {"system[0:3]": "*", "calculation[0:3]": "*"}}
    first = to_ase(Archive(project(whole, kept), required=kept), frame="all")
    assert [round(atoms.get_potential_energy()) for atoms in first] == [-20, -21, -22]
