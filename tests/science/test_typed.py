from __future__ import annotations

import ase.data
import pytest
from ase.formula import Formula
from hypothesis import given
from hypothesis import strategies as st

from nomad_swagger.errors import UsageError
from nomad_swagger.science.typed import elements, read_doi, read_elements, read_formula


def test_the_elements_are_those_of_the_periodic_table() -> None:
    assert elements() == tuple(ase.data.chemical_symbols[1:119])


@pytest.mark.parametrize(
    "typed", [["si", "O"], ["Si,O"], ["Si O"], ["si;o"], ["SI", "o", "Si"], [" Si , O "], ["Si-O"], ["Si|O,"]]
)
def test_symbols_are_taken_as_they_are_typed(typed: list[str]) -> None:
    assert read_elements(typed) == ["Si", "O"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Xx", "elements: 'Xx' is no chemical element; did you mean Xe"),
        ("Silicon", "no chemical element"),
        ("TiO2", "a formula goes to formula="),
    ],
)
def test_what_is_no_element_is_refused_with_the_nearest(typed: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_elements([typed])


@pytest.mark.parametrize(
    "typed",
    [
        "10.17172/NOMAD/2021.03.17-1",
        "https://doi.org/10.17172/NOMAD/2021.03.17-1",
        "http://dx.doi.org/10.17172/nomad/2021.03.17-1/",
        "doi:10.17172/NOMAD/2021.03.17-1",
        "DOI: 10.17172/NOMAD/2021.03.17-1",
        "  10.17172/nomad/2021.03.17-1\n",
        "doi.org/10.17172/NOMAD/2021.03.17-1",
        "<https://doi.org/10.17172/NOMAD/2021.03.17-1>",
        "https://doi.org/10.17172%2FNOMAD%2F2021.03.17-1",
        "https://doi.org/doi:10.17172/NOMAD/2021.03.17-1?lang=en",
        "urn:doi:10.17172/NOMAD/2021.03.17-1",
        "info:doi/10.17172/NOMAD/2021.03.17-1",
        "(10.17172/NOMAD/2021.03.17-1).",
    ],
)
def test_a_doi_is_one_in_any_spelling(typed: str) -> None:
    assert read_doi(typed) == "10.17172/NOMAD/2021.03.17-1"


@pytest.mark.parametrize("typed", ["", "my dataset", "https://nomad-lab.eu/x", "10.17172"])
def test_what_is_no_doi_is_refused(typed: str) -> None:
    with pytest.raises(UsageError, match="is no DOI"):
        read_doi(typed)


_ATOMS = st.lists(st.tuples(st.sampled_from(elements()[:103]), st.integers(1, 20)), min_size=1, max_size=5)


@given(_ATOMS)
def test_a_formula_in_any_order_is_hills(atoms: list[tuple[str, int]]) -> None:
    typed = "".join(f"{symbol}{count}" for symbol, count in atoms)
    assert read_formula(typed, hydrogen_first=True) == Formula(typed).format("hill"), "as ASE has it, and v0"
    if "C" in dict(atoms) or "H" not in dict(atoms):
        assert read_formula(typed) == Formula(typed).format("hill")


def test_hydrogen_goes_by_the_alphabet_without_carbon_as_v1_writes_it() -> None:
    assert read_formula("HCr") == "CrH"
    assert read_formula("CrH", hydrogen_first=True) == "HCr"


@pytest.mark.parametrize("typed", ["", "sio2", "Xx2", "Si)", "(Si", "Si-O", "2Si", "()", "Si0"])
def test_what_is_no_formula_is_refused(typed: str) -> None:
    with pytest.raises(UsageError, match="formula: "):
        read_formula(typed)


@pytest.mark.parametrize("typed", ["SiO₂", "Si O_2", "SiO_{2}", "Si[O]2", "O2Si"])
def test_a_formula_is_one_as_papers_write_it(typed: str) -> None:
    assert read_formula(typed) == "O2Si"


def test_groups_are_multiplied_out() -> None:
    assert read_formula("Mg3(Si4O10)(OH)2") == "H2Mg3O12Si4"
