"""What is read of VASP's files, held against what they say themselves."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import ase.test
import pytest

from nomad_sandbox.calculations import Calculation, read_calculation
from nomad_sandbox.codes.vasprun import element_of
from nomad_sandbox.functionals import of_outcar, of_vasprun
from nomad_sandbox.mainfiles import find_mainfiles, load_parsers

VASP = Path(ase.test.__file__).parent / "testdata" / "vasp"
XML, OUTCAR = VASP / "vasprun_dfpt.xml", VASP / "OUTCAR_example_1"
PARSERS = {parser.name: parser for parser in load_parsers()}
PACKED: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def of(tmp_path: Path, text: str | bytes, parser: str = "parsers/vasp") -> Calculation:
    content = text.encode() if isinstance(text, str) else text
    (tmp_path / "file").write_bytes(content)
    return read_calculation(tmp_path / "file", PARSERS[parser])


def steps(text: str, count: int) -> str:
    """Repeat the only step of a vasprun.xml, each with an energy of its own."""
    begin, end = text.index("<calculation>"), text.index("</calculation>") + len("</calculation>")
    step = text[begin:end]
    parts = [re.sub(r'(name="e_(?:fr_energy|wo_entrp)">) *\S+', rf"\1 -{number}.5", step) for number in range(count)]
    return text[:begin] + "\n".join(parts) + text[end:]


@pytest.mark.parametrize("ending", PACKED)
@pytest.mark.parametrize(
    ("name", "source"), [("vasprun.xml", XML), ("OUTCAR", OUTCAR), ("aims.out", VASP.parent / "aims/relax.out")]
)
def test_a_compressed_mainfile_is_found_and_read_as_the_plain_one(
    name: str, source: Path, ending: str, tmp_path: Path
) -> None:
    (tmp_path / f"{name}.{ending}").write_bytes(PACKED[ending](source.read_bytes()))
    ((found, parser),) = find_mainfiles(tmp_path, tuple(PARSERS.values()))
    packed, plain = read_calculation(tmp_path / found, parser), read_calculation(source, parser)
    assert packed.frames[-1].energy_eV == plain.frames[-1].energy_eV is not None
    assert len(packed.frames) == len(plain.frames)


def test_an_outcar_gives_three_energies_as_it_names_them() -> None:
    text = OUTCAR.read_text()
    total, zero = re.findall(r"energy  without entropy= +(\S+)  energy\(sigma->0\) = +(\S+)", text)[-1]
    (free,) = re.findall(r"free  energy   TOTEN  = +(\S+) eV", text)[-1:]
    frame = read_calculation(OUTCAR, PARSERS["parsers/vasp-outcar"]).frames[-1]
    assert (frame.energy_eV, frame.energy_free_eV, frame.energy_T0_eV) == (float(total), float(free), float(zero))
    assert len({total, free, zero}) == 3


def test_a_vasprun_gives_the_total_energy_that_nomad_takes() -> None:
    frame = read_calculation(XML, PARSERS["parsers/vasp"]).frames[-1]
    total = float(ET.parse(XML).findtext("calculation/energy/i[@name='e_wo_entrp']") or 0)
    assert frame.energy_eV == total
    assert frame.energy_T0_eV == pytest.approx(total)  # an insulator: all three are one


def test_all_steps_of_a_vasprun_are_there(tmp_path: Path) -> None:
    calculation = of(tmp_path, steps(XML.read_text(), 4))
    assert [frame.energy_free_eV for frame in calculation.frames] == [-0.5, -1.5, -2.5, -3.5]
    assert calculation.doubts == []


def test_a_vasprun_that_was_cut_off_gives_its_whole_steps_and_says_so(tmp_path: Path) -> None:
    text = steps(XML.read_text(), 3)
    calculation = of(tmp_path, text[: text.rindex("</calculation>")])
    assert [frame.energy_free_eV for frame in calculation.frames] == [-0.5, -1.5]
    assert any("cut off or damaged" in doubt for doubt in calculation.doubts)


def test_stars_for_forces_and_bands_lose_only_themselves(tmp_path: Path) -> None:
    text = XML.read_text()
    begin = text.index('<varray name="forces"')
    end = text.index("</varray>", begin)
    stars = text[:begin] + re.sub(r"<v> *\S+", "<v> *********", text[begin:end]) + text[end:]
    calculation = of(tmp_path, re.sub(r"<r> *\S+", "<r> ********", stars))
    assert calculation.frames[-1].forces is None
    assert calculation.frames[-1].energy_eV == -6.74587304
    assert any("forces" in doubt for doubt in calculation.doubts)


def test_stars_for_an_energy_give_no_energy(tmp_path: Path) -> None:
    document = ET.parse(XML)
    block = document.find("calculation/energy/i[@name='e_fr_energy']")
    assert block is not None
    block.text = " ********* "
    calculation = of(tmp_path, b'<?xml version="1.0" encoding="ISO-8859-1"?>\n' + ET.tostring(document.getroot()))
    assert calculation.frames[-1].energy_eV is None
    assert calculation.doubts


@pytest.mark.parametrize(
    ("word", "title", "element"),
    [
        ("X ", "PAW_PBE Xe 07Sep2000", "Xe"),
        ("X", "", "Xe"),
        ("r ", "PAW_PBE Zr_sv 04Jan2005", "Zr"),
        ("Fe", "PAW_PBE Fe_pv 02Aug2007", "Fe"),
        ("H ", "PAW_PBE H1.25 07Sep2000", "H"),
        ("Si", "", "Si"),
    ],
)
def test_an_element_is_the_one_that_vasp_means(word: str, title: str, element: str) -> None:
    assert element_of(word, title) == element


def test_no_element_is_said_to_be_none() -> None:
    with pytest.raises(ValueError, match="'Qq'"):
        element_of("Qq")


def test_xenon_is_xenon(tmp_path: Path) -> None:
    text = XML.read_text().replace("<c>Na</c>", "<c>X </c>").replace("PAW_PBE Na", "PAW_PBE Xe")
    text = text.replace("<c>Na </c>", "<c>X </c>")
    symbols = set(of(tmp_path, text).frames[-1].atoms.get_chemical_symbols())
    assert symbols == {"Xe", "Cl"}


def test_an_outcar_that_writes_forces_after_the_energy_is_read(tmp_path: Path) -> None:
    lines = OUTCAR.read_text().splitlines()
    begin = next(i for i, line in enumerate(lines) if "POSITION          " in line)
    end = next(i for i in range(begin + 2, len(lines)) if "-----" in lines[i]) + 1
    after = next(i for i, line in enumerate(lines) if "FREE ENERGIE OF" in line) + 6
    moved = [*lines[:begin], *lines[end:after], *lines[begin:end], *lines[after:]]
    parser = "parsers/vasp-outcar"
    calculation, plain = of(tmp_path, "\n".join(moved), parser), read_calculation(OUTCAR, PARSERS[parser])
    assert (calculation.frames[-1].forces == plain.frames[-1].forces).all()
    assert calculation.frames[-1].energy_eV == plain.frames[-1].energy_eV


def test_an_outcar_with_stars_for_a_force_loses_the_forces_alone(tmp_path: Path) -> None:
    lines = OUTCAR.read_text().splitlines()
    row = next(i for i, line in enumerate(lines) if "POSITION          " in line) + 2
    lines[row] = lines[row][: lines[row].rindex(" ")] + " *************"
    calculation = of(tmp_path, "\n".join(lines), "parsers/vasp-outcar")
    assert calculation.frames[-1].forces is None
    assert calculation.frames[-1].energy_eV == -68.23570214
    assert calculation.doubts


INCAR = '<i type="string" name="GGA">{gga}</i>\n<i type="logical" name="LHFCALC"> {hybrid} </i>\n{more}'
TITLE = "<c>  PAW_PBE Si 05Jan2001 </c>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (INCAR.format(gga="--", hybrid="F", more=TITLE), ("PE", "GGA")),
        (INCAR.format(gga="--", hybrid="F", more="<c>  PAW Si 02Feb2001 </c>"), ("CA", "LDA")),
        (INCAR.format(gga="PS", hybrid="F", more=TITLE), ("PS", "GGA")),
        (INCAR.format(gga="CA", hybrid="F", more=TITLE), ("CA", "LDA")),
        (INCAR.format(gga="--", hybrid="F", more='<i type="string" name="METAGGA"> SCAN</i>'), ("SCAN", "meta-GGA")),
        (
            INCAR.format(
                gga="PE", hybrid="T", more='<i name="AEXX">      0.25000000</i><i name="HFSCREEN"> 0.20000000</i>'
            ),
            ("HSE06", "hybrid"),
        ),
        (
            INCAR.format(gga="PE", hybrid="T", more='<i name="AEXX"> 0.25</i><i name="HFSCREEN"> 0.0</i>'),
            ("PBE0", "hybrid"),
        ),
        (INCAR.format(gga="B3", hybrid="T", more='<i name="AEXX"> 0.2</i>'), ("B3LYP", "hybrid")),
        (INCAR.format(gga="--", hybrid="T", more='<i name="AEXX"> 1.0</i>'), ("HF", "HF")),
    ],
)
def test_the_functional_of_a_vasprun(text: str, expected: tuple[str, str]) -> None:
    found = of_vasprun(text)
    assert (found.name, found.kind) == expected


def test_the_functional_of_an_outcar_is_that_of_its_potentials_where_gga_is_not_set() -> None:
    assert of_outcar(OUTCAR.read_text()).kind == "GGA"
    hybrid = re.sub(r"LHFCALC = +F", "LHFCALC =     T", OUTCAR.read_text()).replace(
        "AEXX    =    0.0000", "AEXX    =    0.2500\n   HFSCREEN=    0.2000"
    )
    assert (of_outcar(hybrid).name, of_outcar(hybrid).kind) == ("HSE06", "hybrid")
    assert of_outcar("   METAGGA= R2SCAN    ").kind == "meta-GGA"


def test_an_outcar_that_counts_more_steps_than_it_holds_is_doubted(tmp_path: Path) -> None:
    text = re.sub(r"Iteration +1\(", "Iteration      7(", OUTCAR.read_text())
    calculation = of(tmp_path, text, "parsers/vasp-outcar")
    assert calculation.doubts == ["the file counts 7 ionic steps, it holds energies of 1"]
