"""What the faces of the sandbox stand on, put together once for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nomad_sandbox.accounts import Accounts
from nomad_sandbox.day_counts import DayCounts
from nomad_sandbox.limits import Limits
from nomad_sandbox.processing import Processing
from nomad_sandbox.scrolls import Scrolls
from nomad_sandbox.storage import Storage
from nomad_sandbox.store import Store
from nomad_sandbox.tokens import Tokens


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
    limits: Limits
    storage: Storage | None
