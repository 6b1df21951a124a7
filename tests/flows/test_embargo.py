"""An embargo is one: nobody else gets the data, on every version, until it is lifted."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from tests.flows.conftest import QUICK, Connect

Put = Callable[..., ns.Upload]
FILE = "AcAg/si/si.out"


@pytest.mark.parametrize("version", ["0.7.9", "0.8.6", "1.4.3"])
def test_an_embargo_keeps_files_archives_and_zips_from_others_until_it_is_lifted(
    connect: Connect, silicon: dict[str, bytes], put: Put, tmp_path: Path, version: str
) -> None:
    owner, others = connect("leonard", version), [connect("sheldon", version), connect(None, version)]
    done = put(owner, silicon, publish=True, embargo_months=12)
    (entry,) = ns.search(owner, owner="visible", upload_id=done.upload_id)
    assert entry.with_embargo

    def get(client: Any, what: str, folder: Path) -> Any:
        if what == "archive":
            return ns.archive(client, entry)
        named = f"{done.upload_id}/{FILE}" if what == "file" else done.upload_id
        path = ns.download(client, named, to=folder)
        with zipfile.ZipFile(path) if what == "zip" else path.open("rb") as file:
            return file.namelist() if isinstance(file, zipfile.ZipFile) else file.read(1)

    for number, other in enumerate(others):
        for what in ("file", "archive", "zip"):
            with pytest.raises((ns.Unauthorized, ns.Forbidden, ns.NotFound)):
                get(other, what, tmp_path / f"no-{number}")
    for what in ("file", "archive", "zip"):
        assert get(owner, what, tmp_path / "owner")
    ns.edit(owner, done, lift_embargo=True, patience=QUICK)
    for number, other in enumerate(others):
        for what in ("file", "archive", "zip"):
            assert get(other, what, tmp_path / f"yes-{number}")
