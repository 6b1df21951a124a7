"""Is there room: asked before a byte moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from nomad_swagger.errors import TransferError
from nomad_swagger.transfers.space import check_space


def test_what_does_not_fit_is_refused_with_both_numbers(tmp_path: Path) -> None:
    with pytest.raises(TransferError, match=r"1,152,921,504,606,846,976 bytes are to come and [\d,]+ are free"):
        check_space(tmp_path / "not" / "there yet", 1 << 60)


def test_what_fits_leaves_no_trace(tmp_path: Path) -> None:
    check_space(tmp_path, 1000)
    assert list(tmp_path.iterdir()) == []
