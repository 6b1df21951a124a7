"""Where the chemical elements stand in the periodic table. Source: IUPAC, 18 groups; the f block stands below."""

from __future__ import annotations

from collections.abc import Mapping

_ROWS = """
H  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  He
Li Be .  .  .  .  .  .  .  .  .  .  B  C  N  O  F  Ne
Na Mg .  .  .  .  .  .  .  .  .  .  Al Si P  S  Cl Ar
K  Ca Sc Ti V  Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr
Rb Sr Y  Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I  Xe
Cs Ba .  Hf Ta W  Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn
Fr Ra .  Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
.  .  La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu .
.  .  Ac Th Pa U  Np Pu Am Cm Bk Cf Es Fm Md No Lr .
"""

N_GROUPS, N_PERIODS = 18, 7
_GAP = 0.35

PLACES: Mapping[str, tuple[int, float]] = {
    symbol: (column, row if row < N_PERIODS else row + _GAP)
    for row, line in enumerate(_ROWS.strip().splitlines())
    for column, symbol in enumerate(line.split())
    if symbol != "."
}
"""Symbol → column from the left and row from the top, in cells from 0; the f block stands a gap below the others."""

F_BLOCKS: Mapping[str, tuple[int, float]] = {"57 to 71": (2, 5), "89 to 103": (2, 6)}
"""The empty cells that stand for the rows of the f block."""

HEIGHT = N_PERIODS + 2 + _GAP
"""Of the whole table, in cells."""
