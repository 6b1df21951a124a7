"""Archives that are odd in ways NOMAD's own were seen to be, and in some more; each way of writing structures down."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from nomad_swagger.errors import NomadWarning, UsageError
from nomad_swagger.science.atoms import to_ase
from nomad_swagger.science.units import factor

EV_J, ANGSTROM_M, NAN = factor("eV"), factor("angstrom"), float("nan")
CUBE = [[ANGSTROM_M, 0, 0], [0, ANGSTROM_M, 0], [0, 0, ANGSTROM_M]]
AT = [[0.0, 0.0, 0.0]]


def v0(systems: list[Any], energies: dict[int, Any]) -> dict[str, Any]:
    """Structures, and for some of them, by their place, an energy."""
    names = {"labels": "atom_labels", "numbers": "atom_species", "positions": "atom_positions"}
    names |= {"cell": "lattice_vectors", "periodic": "configuration_periodic_dimensions"}
    calculations = [
        {"single_configuration_calculation_to_system_ref": place, "energy_total": value}
        for place, value in energies.items()
    ]
    written = [{names[name]: thing for name, thing in system.items()} for system in systems]
    run = {"section_system": written, "section_single_configuration_calculation": calculations}
    return {"section_run": [run]}


def v1(systems: list[Any], energies: dict[int, Any]) -> dict[str, Any]:
    names = {"labels": "labels", "numbers": "species", "positions": "positions"}
    names |= {"cell": "lattice_vectors", "periodic": "periodic"}
    calculations = [
        {"system_ref": f"#/run/0/system/{place}", "energy": {"total": {"value": value}}}
        for place, value in energies.items()
    ]
    written = [{"atoms": {names[name]: thing for name, thing in system.items()}} for system in systems]
    return {"run": [{"system": written, "calculation": calculations}]}


def simulations(systems: list[Any], energies: dict[int, Any]) -> dict[str, Any]:
    def state(place: int, system: Any) -> dict[str, Any]:
        said = {"chemical_symbol": "labels", "atomic_number": "numbers"}
        return {ours: system[name][place] for ours, name in said.items() if name in system}

    written = []
    for system in systems:
        states = [state(place, system) for place in range(len(system.get("labels", system.get("numbers", []))))]
        names = {"cell": "lattice_vectors", "periodic": "periodic_boundary_conditions", "positions": "positions"}
        written.append(
            {"particle_states": states} | {names[name]: thing for name, thing in system.items() if name in names}
        )
    outputs = [
        {"model_system_ref": f"#/data/model_system/{place}", "total_energies": [{"value": value}]}
        for place, value in energies.items()
    ]
    return {"data": {"model_system": written, "outputs": outputs}}


Write = Callable[[list[Any], dict[int, Any]], dict[str, Any]]
every_way = pytest.mark.parametrize("write", [v0, v1, simulations])
SILICON = {"labels": ["Si"], "positions": AT}


def frames(archive: dict[str, Any]) -> tuple[list[Any], str]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", NomadWarning)
        found = to_ase(archive, frame="all")
    return found, "; ".join(str(one.message) for one in said)


@every_way
def test_more_systems_than_calculations_of_which_the_first_has_no_labels(write: Write) -> None:
    found, _ = frames(write([{"positions": AT}, SILICON, SILICON, SILICON], {1: EV_J, 2: 2 * EV_J}))
    assert [atoms.get_potential_energy() for atoms in found] == pytest.approx([1.0, 2.0])
    with pytest.warns(NomadWarning, match="energies and forces of 1 calculations are left out"):
        assert to_ase(write([{"positions": AT}, SILICON], {0: EV_J})).calc is None


@every_way
def test_numbers_go_before_labels_and_labels_that_are_no_element_are_x(write: Write) -> None:
    system = {"labels": ["SI", "Vac", "Dummy", "Center", "CO"], "numbers": [14, 0, 0, 0, 6], "positions": AT * 5}
    found, said = frames(write([system], {0: EV_J}))
    assert str(found[0].symbols) == "SiX3C"
    assert all(f"1 atoms named '{name}' are no element" in said for name in ("Vac", "Dummy", "Center"))


@every_way
@pytest.mark.parametrize("numbers", [["14"], [14.0], [None], ["Si"]])
def test_numbers_may_be_written_as_texts_or_be_none(write: Write, numbers: list[Any]) -> None:
    found, _ = frames(write([{"labels": ["SI"], "numbers": numbers, "positions": AT}], {0: EV_J}))
    assert str(found[0].symbols) == "Si"


@every_way
def test_one_atom_may_have_a_label_and_another_a_number(write: Write) -> None:
    found, _ = frames(write([{"labels": ["Na", None], "numbers": [None, 17], "positions": AT * 2}], {0: EV_J}))
    assert str(found[0].symbols) == "NaCl"


@every_way
@pytest.mark.parametrize("energy", [NAN, float("inf"), "abc", True])
def test_an_energy_that_is_no_number_is_none_and_counted(write: Write, energy: Any) -> None:
    archive = write([SILICON, SILICON], {0: EV_J, 1: energy})
    found, said = frames(archive)
    assert [atoms.get_potential_energy() for atoms in found] == pytest.approx([1.0])
    assert "1 energies are no numbers, and count as not there" in said
    with pytest.warns(NomadWarning, match="1 energies are no numbers"):
        assert to_ase(archive).get_potential_energy() == pytest.approx(1.0), "the last with results"


@every_way
@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"labels": ["Si"], "positions": AT * 2}, "1 labels and"),
        ({"labels": ["Si"], "positions": [[0.0, 0.0, NAN]]}, "positions that are no finite vectors"),
        ({"labels": ["Si"], "positions": AT, "cell": [[NAN] * 3] * 3}, "lattice vectors that are no finite"),
        ({"labels": ["Si"], "positions": AT, "cell": CUBE * 2}, "6 lattice vectors"),
        ({"labels": ["Si"], "positions": AT, "cell": CUBE, "periodic": [True] * 4}, "4 directions"),
    ],
)
def test_a_frame_that_does_not_fit_together_costs_itself_alone(write: Write, broken: Any, told: str) -> None:
    found, said = frames(write([SILICON, broken], {0: EV_J, 1: EV_J}))
    assert len(found) == 1
    assert f"1 frames are left out: {told}" in said
    for frame in ("last", "all"):
        with pytest.raises(UsageError, match=told):
            to_ase(write([broken], {0: EV_J}), frame=frame)


@every_way
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"cell": CUBE}, [True, True, True]),
        ({"cell": CUBE[:2]}, [True, True, False]),
        ({"cell": CUBE, "periodic": [False] * 3}, [False, False, False]),
        ({"cell": CUBE, "periodic": [[True, True, False]]}, [True, True, False]),
        ({"cell": CUBE[:1], "periodic": [True]}, [True, False, False]),
        ({"cell": CUBE, "periodic": True}, [True, True, True]),
        ({"cell": [[0.0] * 3] * 3}, [False, False, False]),
        ({}, [False, False, False]),
    ],
)
def test_what_is_periodic(write: Write, said: dict[str, Any], expected: list[bool]) -> None:
    found, warned = frames(write([{**SILICON, **said}], {0: EV_J}))
    assert found[0].pbc.tolist() == expected
    assert ("taken as periodic" in warned) == ("periodic" not in said and any(expected))


@every_way
def test_frames_are_sliced_and_counted_from_the_end(write: Write) -> None:
    archive = write([SILICON] * 3, {0: EV_J, 1: 2 * EV_J, 2: 3 * EV_J})
    assert [round(atoms.get_potential_energy()) for atoms in to_ase(archive, frame=slice(None, None, -2))] == [3, 1]
    assert to_ase(archive, frame=slice(7, 9)) == []
    assert to_ase(archive, frame=-3).get_potential_energy() == pytest.approx(1.0)


def test_energies_decide_where_two_schemas_have_the_structure() -> None:
    both = simulations([SILICON], {0: EV_J}) | v1([SILICON], {})
    assert to_ase(both).get_potential_energy() == pytest.approx(1.0)
