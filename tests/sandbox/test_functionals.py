"""Functionals, by the words of each code."""

from __future__ import annotations

import pytest

from nomad_sandbox.functionals import of_aims, of_espresso, of_nwchem


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Exchange-correlation= PBE\n  (   1   4   3   4   0   0   0)", "GGA"),
        ("Exchange-correlation      =  SLA  PZ   NOGX NOGC ( 1  1  0  0 0 0)", "LDA"),
        ("Exchange-correlation= PW", "LDA"),
        ("Exchange-correlation= VDW-DF2", "GGA"),
        ("Exchange-correlation= RVV10", "GGA"),
        ("Exchange-correlation= SCAN", "meta-GGA"),
        ("Exchange-correlation= SLA PW TPSS TPSS", "meta-GGA"),
        ("Exchange-correlation= XC-000I-000I-101L-130L", "GGA"),
        ("Exchange-correlation= XC-000I-000I-000I-000I-202L-231L", "meta-GGA"),
        ("Exchange-correlation = X3LYP ( 6 14 28 13 0 0)\n     EXX-fraction              =        0.22", "hybrid"),
        ("Exchange-correlation = PBE0 ( 6  4  8  4 0 0)\n     EXX-fraction              =        0.25", "hybrid"),
        ("Exchange-correlation = SLA PW PBE PBE\n     EXX-fraction              =        0.40", "hybrid"),
        ("Exchange-correlation = HF ( 5  0  0  0 0 0)\n     EXX-fraction              =        1.00", "HF"),
        ("Exchange-correlation= not set", None),
    ],
)
def test_quantum_espressos_functional(line: str, kind: str | None) -> None:
    assert of_espresso(f"\n     {line}\n").kind == kind


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (
            "PerdewBurkeErnzerhof Exchange Functional  1.000\n  Perdew 1991 LDA Correlation Functional  1.000 local",
            "GGA",
        ),
        ("Slater Exchange Functional  1.000 local\n    VWN V Correlation Functional  1.000 local", "LDA"),
        ("PBE0 Method XC Functional\n    Hartree-Fock (Exact) Exchange  0.250", "hybrid"),
        ("TPSS metaGGA Exchange Functional  1.000\n  TPSS03 metaGGA Correlation Functional  1.000", "meta-GGA"),
        ("M06-L Method XC Functional\n   M06-L Exchange Functional  1.000", "meta-GGA"),
        ("Hartree-Fock (Exact) Exchange  1.000", "HF"),
        ("NWChem SCF Module", "HF"),
        ("nothing of it", None),
    ],
)
def test_nwchems_functional(lines: str, kind: str | None) -> None:
    assert of_nwchem(f"   XC Information\n    {lines}\n").kind == kind


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("XC: Using PBEsol gradient-corrected functionals.", "GGA"),
        ("XC: Using HSE-functional with OMEGA =  0.200000E+00 <units>.", "hybrid"),
        ("xc                 pw-lda", "LDA"),
    ],
)
def test_fhi_aims_functional(line: str, kind: str) -> None:
    assert of_aims(f"  {line}\n").kind == kind
