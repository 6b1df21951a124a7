"""What the faces of the sandbox stand on, put together once for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nomad_swagger.sandbox.accounts import Accounts
from nomad_swagger.sandbox.day_counts import DayCounts
from nomad_swagger.sandbox.processing import Processing
from nomad_swagger.sandbox.scrolls import Scrolls
from nomad_swagger.sandbox.store import Store
from nomad_swagger.sandbox.tokens import Tokens


@dataclass(frozen=True)
class Services:
    """What the faces stand on."""

    store: Store
    accounts: Accounts
    tokens: Tokens
    processing: Processing
    scrolls: Scrolls
    day_counts: DayCounts
    local_folder: Path | None
