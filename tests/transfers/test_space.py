"""Is there room: asked before a byte moves."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from nomad_swagger.errors import TransferError
from nomad_swagger.transfers.space import check_space, is_full, room_of


def test_what_does_not_fit_is_refused_with_both_numbers(tmp_path: Path) -> None:
    with pytest.raises(TransferError, match=r"1,152,921,504,606,846,976 bytes are to come and [\d,]+ are free"):
        check_space(tmp_path / "not" / "there yet", 1 << 60)


def test_what_fits_leaves_no_trace(tmp_path: Path) -> None:
    check_space(tmp_path, 1000)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_says_what_is_left_also_for_a_folder_that_is_to_come(tmp_path: Path) -> None:
    here = room_of(tmp_path)
    assert 0 < here.free_bytes <= here.total_bytes
    assert room_of(tmp_path / "a" / "b").total_bytes == here.total_bytes
    assert is_full(OSError(errno.ENOSPC, "full"))
    assert not is_full(OSError(errno.EACCES, "not yours"))
