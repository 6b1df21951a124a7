"""Which functional a calculation used, as far as its text tells, and of which class it is.

Knows the words of each code. It must not know geometries or energies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# The first that matches. VASP writes two letters, Quantum ESPRESSO a short name or the parts.
_CLASSES: tuple[tuple[str, str], ...] = (
    (
        r"b[13]lyp|x3lyp|b3p86|pbe0|pbesol0|hse|gau-?p|b86bpbex|bhandh|bhah|cam-?b3|acm\b|b97|hybrid|m0[568](?!-?l)"
        r"|\bxc-.*-4\d\dl",
        "hybrid",
    ),
    (r"scan|tpss|tb09|mbj|m06-?l|ms[012]\b|hle17|vs98|meta|\bxc-.*-2\d\dl", "meta-GGA"),
    (r"hartree-?fock|\bhf\b", "HF"),
    (
        r"p[bs][cexs]|\bpe\b|\bps\b|\brp\b|\bam05|pw91|pw86|ggx|blyp|\bbp|gga|perdew-burke|\bwc\b|q2d|olyp"
        r"|vdw|rvv10|b86|optb|\bopbe|hcth|\bev|gradient|\bxc-.*-1\d\dl",
        "GGA",
    ),
    (r"lda|\bpz\b|\bca\b|\bsla\b|\bpw\b|ceperley|local density|vwn|\bxc-.*\dl", "LDA"),
)

_UNSET = ("", "-", "--", "NONE", "F", "T", "FALSE", "TRUE")  # how VASP writes that a functional is not asked for
_VASP_LDA = ("CA", "CA_C", "PZ", "HL", "WI", "VW", "SL", "LI")


@dataclass(frozen=True)
class Functional:
    """What the text says of the functional.

    Attributes
    ----------
    name : str or None
        In the code's words.
    kind : str or None
        LDA, GGA, meta-GGA, hybrid, HF.
    """

    name: str | None
    kind: str | None


def classify_functional(text: str | None) -> str | None:
    """Give the class of a functional, None for one that is not known.

    Examples
    --------
    >>> classify_functional("SLA  PW   PBX  PBC"), classify_functional("--")
    ('GGA', None)
    """
    for pattern, name in _CLASSES:
        if text and re.search(pattern, text, re.IGNORECASE):
            return name
    return None


def _first(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text, re.MULTILINE)
    return " ".join(found.group(1).split()) if found else None


def _number(pattern: str, text: str) -> float | None:
    found = _first(pattern, text)
    return None if found is None else float(found)


def _hybrid_or_hf(fraction: float, name: str | None, *, pure: bool) -> Functional:
    kind = "HF" if pure and fraction == 1.0 else "hybrid"
    return Functional(name or ("HF" if kind == "HF" else "hybrid"), kind)


def of_espresso(text: str) -> Functional:
    """Read Quantum ESPRESSO's ``Exchange-correlation`` and ``EXX-fraction``."""
    name = _first(r"^[ \t]*Exchange-correlation[ \t]*=[ \t]*(?!not set)([^(\n]*?)[ \t]*(?:\(|$)", text)
    fraction = _number(r"^[ \t]*EXX-fraction[ \t]*=[ \t]*([\d.]+)", text)
    if fraction:
        return _hybrid_or_hf(fraction, name, pure=bool(name and re.match(r"hf\b", name, re.IGNORECASE)))
    return Functional(name, classify_functional(name))


def _of_vasp(found: Mapping[str, str | None], potential: str | None, fraction: float | None) -> Functional:
    meta, gga = ((found[key] or "").strip(" .").upper() for key in ("METAGGA", "GGA"))
    said = gga if gga not in _UNSET else (potential or "").upper()
    if (found["LHFCALC"] or "").strip(" .").upper().startswith("T"):
        screened = _vasp_hybrid(said, fraction, float(found["HFSCREEN"] or 0))
        return Functional(screened, "HF" if screened == "HF" else "hybrid")
    if meta not in _UNSET:
        return Functional(meta, "meta-GGA")
    return Functional(said or None, ("LDA" if said in _VASP_LDA else "GGA") if said else None)


def _vasp_hybrid(said: str, fraction: float | None, screening: float) -> str:
    if fraction == 1.0:
        return "HF"
    if said == "B3":
        return "B3LYP"
    if fraction == 0.25 and said in ("PE", "PBE", ""):
        return {0.0: "PBE0", 0.2: "HSE06", 0.207: "HSE06", 0.3: "HSE03"}.get(round(screening, 3), "hybrid of PBE")
    return f"hybrid of {said}" if said else "hybrid"


def of_vasprun(text: str) -> Functional:
    """Read vasprun.xml's parameters, and the potentials' names where they decide."""

    def value(name: str) -> str | None:
        # what VASP made of the input stands behind the input itself: the last one counts
        found = re.findall(rf'<i (?:type="\w+" )?name="{name}"[^>]*>([^<]*)</i>', text)
        return str(found[-1]) if found else None

    title = _first(r"<c>\s*((?:PAW|US|NC|PAW_\w+|US_\w+)\s[^<]*)</c>", text)
    fraction = value("AEXX")
    found = {name: value(name) for name in ("GGA", "METAGGA", "LHFCALC", "HFSCREEN")}
    return _of_vasp(found, _of_title(title), None if fraction is None else float(fraction))


def _of_title(title: str | None) -> str | None:
    """Give the functional that a potential was made for, in the two letters of VASP.

    Examples
    --------
    >>> _of_title("PAW_PBE Si 05Jan2001"), _of_title("PAW Si 02Feb2001")
    ('PE', 'CA')
    """
    if title is None:
        return None
    word = title.split()[0].upper()
    return "PE" if "PBE" in word else "91" if "GGA" in word else "CA"


def of_outcar(text: str) -> Functional:
    """Read OUTCAR's list of parameters, and the potentials' ``LEXCH`` where it decides."""

    def value(name: str) -> str | None:
        found = re.findall(rf"^[ \t]*{name}[ \t]*=[ \t]*(\S+)", text, re.MULTILINE)
        return str(found[-1]) if found else None

    metas = [word for word in re.findall(r"^[ \t]*METAGGA[ \t]*=[ \t]*(\S+)", text, re.MULTILINE) if len(word) > 1]
    found = {name: value(name) for name in ("GGA", "LHFCALC", "HFSCREEN")} | {"METAGGA": metas[0] if metas else None}
    number = {"2": "CA", "7": "91", "8": "PE", "9": "RP", "14": "PS"}
    potential = _first(r"^[ \t]*LEXCH[ \t]*=[ \t]*([A-Z]\w)\b", text) or number.get(value("LEXCH") or "")
    fraction = value("AEXX")
    return _of_vasp(found, potential, None if fraction is None else float(fraction))


def of_aims(text: str) -> Functional:
    """Read FHI-aims' ``XC:`` line or the control file that it repeats."""
    name = _first(r"^[ \t]*(?:XC: Using|xc)[ \t]+(.+)$", text)
    return Functional(name, classify_functional(name))


_NWCHEM_META = re.compile(r"tpss|m06-?l|vs98|scan|revm06|pkzb|bb95|meta", re.IGNORECASE)
_NWCHEM_TERM = re.compile(
    r"^[ \t]*(\S.{0,60}?)[ \t]+(Exchange|Correlation|XC) (?:Functional|Potential)[ \t]+[-\d.]+[ \t]*(local|non-local)?",
    re.MULTILINE,
)


def of_nwchem(text: str) -> Functional:
    """Read NWChem's ``XC Information``, or that there is none because it did Hartree-Fock."""
    name = _first(r"^[ \t]*(\S.{0,80}?) Method XC (?:Functional|Potential)", text)
    terms = _NWCHEM_TERM.findall(text)
    words = name or " + ".join(dict.fromkeys(f"{what} {kind}" for what, kind, _ in terms)) or None
    fraction = _number(r"Hartree-Fock \(Exact\) Exchange[ \t]+([\d.]+)", text)
    if fraction:
        return _hybrid_or_hf(fraction, words, pure=not terms)
    if words is None:
        return Functional("HF", "HF") if re.search(r"NWChem SCF Module", text) else Functional(None, None)
    if _NWCHEM_META.search(words):
        return Functional(words, "meta-GGA")
    if name is None:
        gradients = any(where == "non-local" for _, _, where in terms) or re.search(
            r"Perdew(?:Burke| 86| 91\b(?! LDA))|Becke|Lee-Yang", words
        )
        return Functional(words, "GGA" if gradients else "LDA")
    return Functional(words, classify_functional(words))


BY_FORMAT: Mapping[str, Callable[[str], Functional]] = {
    "espresso-out": of_espresso,
    "vasp-xml": of_vasprun,
    "vasp-out": of_outcar,
    "aims-output": of_aims,
    "nwchem-out": of_nwchem,
}


def find_functional(text: str, file_format: str) -> Functional:
    """Give what a text tells of its functional; nothing for a format that cannot tell."""
    read = BY_FORMAT.get(file_format)
    return read(text) if read else Functional(None, None)
