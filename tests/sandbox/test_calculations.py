from __future__ import annotations

import time
from pathlib import Path

import ase.io
import ase.test
import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, graphene, molecule
from ase.calculators.emt import EMT

from nomad_sandbox.archive import build_run, describe_calculation
from nomad_sandbox.calculations import read_calculation
from nomad_sandbox.functionals import classify_functional, find_functional
from nomad_sandbox.mainfiles import HEAD_BYTES, Parser, find_mainfiles, load_parsers
from nomad_sandbox.structure import crystal_system, find_symmetry, system_type

DATA = Path(__file__).parent / "data"
ASE_DATA = Path(ase.test.__file__).parent / "testdata"
EV = 1.602176634e-19
PARSERS = {parser.name: parser for parser in load_parsers()}

# file, parser, code, formula, total energy of the last frame in eV (VASP: without the electrons' entropy, and without
# the work against PSTRESS), frames, space group or None
REAL = [
    (DATA / "si.out", "parsers/quantum-espresso", "Quantum Espresso", "Si2", -214.18379865, 1, 227),
    (DATA / "si-relax.out", "parsers/quantum-espresso", "Quantum Espresso", "Si2", -214.18385974, 4, 227),
    (DATA / "h2o.out", "parsers/nwchem", "NWChem", "H2O", -2078.5382204, 1, None),
    (DATA / "h2o-energy.out", "parsers/nwchem", "NWChem", "H2O", -2078.5382204, 1, None),
    (ASE_DATA / "vasp/vasprun_dfpt.xml", "parsers/vasp", "VASP", "ClNa", -6.74587304, 1, 225),
    (ASE_DATA / "vasp/vasprun_pstress.xml", "parsers/vasp", "VASP", "C2", -20.24768412, 1, 227),
    (ASE_DATA / "vasp/OUTCAR_example_1", "parsers/vasp-outcar", "VASP", "Ni18", -68.23570214, 1, None),
    (ASE_DATA / "aims/relax.out", "parsers/fhi-aims", "FHI-aims", "Si2", -15748.09605918, 8, 227),
    (ASE_DATA / "aims/md.out", "parsers/fhi-aims", "FHI-aims", "H2O", -2067.7476506, 5, None),
    (ASE_DATA / "aims/issue_3345_spin_md_light.out", "parsers/fhi-aims", "FHI-aims", "H", -13.017421893, 1, None),
]


@pytest.fixture(params=REAL, ids=lambda row: f"{row[0].parent.name}-{row[0].name}")
def real(request: pytest.FixtureRequest) -> tuple[Path, str, str, str, float, int, int | None]:
    return request.param  # type: ignore[no-any-return]


def test_a_real_output_is_matched_by_its_own_parser(real: tuple, tmp_path: Path) -> None:
    path, parser = real[:2]
    (tmp_path / path.name).write_bytes(path.read_bytes())
    assert [(name, found.name) for name, found in find_mainfiles(tmp_path, tuple(PARSERS.values()))] == [
        (path.name, parser)
    ]


def test_a_real_output_tells_what_was_computed(real: tuple) -> None:
    path, parser, code, formula, energy, frames, spacegroup = real
    calculation = read_calculation(path, PARSERS[parser])
    run = build_run(calculation)
    found = describe_calculation(calculation, run)
    assert found["formula"] == formula
    assert found["dft"]["code_name"] == run["program_name"] == code
    assert found["dft"].get("spacegroup") == spacegroup
    assert len(run["section_system"]) == frames
    last = run["section_single_configuration_calculation"][-1]
    assert last["energy_total"] / EV == pytest.approx(energy, rel=1e-7)


def test_forces_and_lattice_are_in_si_units() -> None:
    run = build_run(read_calculation(DATA / "si-relax.out", PARSERS["parsers/quantum-espresso"]))
    atoms = ase.io.read(DATA / "si-relax.out", index=0, format="espresso-out")
    system, single = run["section_system"][0], run["section_single_configuration_calculation"][0]
    assert np.allclose(np.array(system["lattice_vectors"]) * 1e10, atoms.cell.array)
    assert np.allclose(np.array(system["atom_positions"]) * 1e10, atoms.positions)
    assert np.allclose(np.array(single["atom_forces"]) * 1e-10 / EV, atoms.get_forces())
    assert np.abs(single["atom_forces"]).max() > 0


def test_version_functional_and_basis_are_read_where_the_file_tells() -> None:
    silicon = read_calculation(DATA / "si.out", PARSERS["parsers/quantum-espresso"])
    water = read_calculation(DATA / "h2o.out", PARSERS["parsers/nwchem"])
    diamond = read_calculation(ASE_DATA / "vasp/vasprun_pstress.xml", PARSERS["parsers/vasp"])
    assert (silicon.version, silicon.functional_class, silicon.basis_set) == ("6.7MaX", "GGA", "plane waves")
    assert (water.version, water.functional_class, water.basis_set) == ("7.0.2", "hybrid", "gaussians")
    assert (diamond.version, diamond.functional_class) == ("6.3.0", "LDA")  # by its potential: GGA is "--"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SLA  PW   PBX  PBC", "GGA"),
        ("SLA PZ NOGX NOGC", "LDA"),
        ("PE", "GGA"),
        ("B3LYP", "hybrid"),
        ("HSE06", "hybrid"),
        ("SCAN", "meta-GGA"),
        ("pw-lda", "LDA"),
        ("--", None),
        (None, None),
    ],
)
def test_functionals_are_classified(text: str | None, expected: str | None) -> None:
    assert classify_functional(text) == expected


def test_an_xyz_trajectory_keeps_all_frames_and_claims_no_code(tmp_path: Path) -> None:
    frames = []
    for scale in (0.98, 1.0, 1.02):
        atoms = bulk("Cu", a=3.6 * scale)
        atoms.calc = EMT()
        atoms.get_forces()
        frames.append(atoms)
    ase.io.write(tmp_path / "eos.xyz", frames)
    [(name, parser)] = find_mainfiles(tmp_path, tuple(PARSERS.values()))
    calculation = read_calculation(tmp_path / name, parser)
    run = build_run(calculation)
    assert parser.name == "parsers/xyz"
    assert len(run["section_single_configuration_calculation"]) == 3
    assert "program_name" not in run
    assert describe_calculation(calculation, run)["dft"]["code_name"] == "unavailable"


def test_a_geometry_beside_an_output_is_no_mainfile(tmp_path: Path) -> None:
    (tmp_path / "si.out").write_bytes((DATA / "si.out").read_bytes())
    ase.io.write(tmp_path / "start.xyz", bulk("Si"), format="xyz")
    ase.io.write(tmp_path / "si.xyz", bulk("Si"), format="xyz")
    assert [name for name, _ in find_mainfiles(tmp_path, tuple(PARSERS.values()))] == ["si.out"]


def test_an_outcar_beside_its_vasprun_is_no_mainfile(tmp_path: Path) -> None:
    (tmp_path / "vasprun.xml").write_bytes((ASE_DATA / "vasp/vasprun_dfpt.xml").read_bytes())
    (tmp_path / "OUTCAR").write_bytes((ASE_DATA / "vasp/OUTCAR_example_1").read_bytes())
    assert [name for name, _ in find_mainfiles(tmp_path, tuple(PARSERS.values()))] == ["vasprun.xml"]


def test_other_files_are_no_mainfiles(tmp_path: Path) -> None:
    for name, content in {
        "README": b"3\nthis is no geometry",
        "data.xml": b"<?xml version='1.0'?><other/>",
        "notes.out": b"the end",
        "empty.xyz": b"",
        "zero.xyz": b"0\n\n",
        "binary.out": bytes(range(256)),
    }.items():
        (tmp_path / name).write_bytes(content)
    assert find_mainfiles(tmp_path, tuple(PARSERS.values())) == []


@pytest.mark.parametrize(
    "piece", [b"\n", b" ", b"<?xml", b"Program PWSCF ", b"1", b"| Number of spin channels", b"x Method XC "]
)
def test_matching_takes_no_time_on_hostile_bytes(piece: bytes, tmp_path: Path) -> None:
    content = (piece * HEAD_BYTES)[:HEAD_BYTES]
    for name in ("a.xml", "OUTCAR", "a.xyz", "a.out"):
        (tmp_path / name).write_bytes(content)
    started = time.process_time()
    find_mainfiles(tmp_path, tuple(PARSERS.values()))
    text = content.decode()
    for parser in PARSERS.values():
        if parser.version is not None:
            parser.version.search(text)
        find_functional(text, parser.format)
    assert time.process_time() - started < 2


def _slab() -> Atoms:
    atoms = bulk("Cu", cubic=True) * (1, 1, 3)
    atoms.center(vacuum=8, axis=2)
    return atoms


@pytest.mark.parametrize(
    ("atoms", "expected"),
    [
        (bulk("Si"), "bulk"),
        (graphene(vacuum=8), "2D"),
        (graphene(), "2D"),
        (_slab(), "surface"),
        (molecule("H2O"), "molecule / cluster"),
        (molecule("H2O", vacuum=6, pbc=True), "molecule / cluster"),
        (Atoms("H"), "atom"),
        (Atoms("C", cell=[20, 20, 1.3], pbc=True), "1D"),
    ],
    ids=[
        "silicon",
        "graphene",
        "graphene without a third vector",
        "slab",
        "water",
        "water in a box",
        "hydrogen",
        "chain",
    ],
)
def test_the_kind_of_system_follows_from_periodicity_and_vacuum(atoms: Atoms, expected: str) -> None:
    assert system_type(atoms) == expected


def test_symmetry_is_spglibs() -> None:
    symmetry = find_symmetry(bulk("ZnO", "wurtzite", a=3.25, c=5.2))
    assert symmetry is not None
    assert (symmetry.number, symmetry.symbol, symmetry.crystal_system) == (186, "P6_3mc", "hexagonal")


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1, "triclinic"),
        (3, "monoclinic"),
        (16, "orthorhombic"),
        (75, "tetragonal"),
        (143, "trigonal"),
        (168, "hexagonal"),
        (195, "cubic"),
    ],
)
def test_crystal_systems_start_where_the_tables_say(number: int, name: str) -> None:
    assert crystal_system(number) == name


def test_a_lattice_with_no_volume_has_no_symmetry_and_no_crash() -> None:
    flat = Atoms("H2", positions=[[0, 0, 0], [0, 0, 1]], cell=[[1, 0, 0], [2, 0, 0], [0, 0, 1]], pbc=True)
    assert system_type(flat) == "molecule / cluster"
    assert find_symmetry(flat) is None


def test_parsers_have_what_the_table_promises() -> None:
    assert all(isinstance(parser, Parser) and parser.format for parser in PARSERS.values())
    names = set(PARSERS) | {"*"}
    assert all(set(parser.yields_to) <= names for parser in PARSERS.values())
