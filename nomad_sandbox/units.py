"""The units that archives are written in, in SI."""

from __future__ import annotations

ANGSTROM_M = 1e-10
EV_J = 1.602176634e-19  # exact since the SI of 2019
