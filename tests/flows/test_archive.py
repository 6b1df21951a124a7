from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.flows.entries import files_of, find_entry
from tests.flows.conftest import Connect

Put = Callable[..., ns.Upload]


def test_an_archive_is_what_nomad_read_in_si_units(
    client: Any, silicon: dict[str, bytes], shelf: Put, sandbox: Sandbox
) -> None:
    upload = shelf(silicon)
    entry = next(iter(ns.search(client, upload_id=upload.upload_id)))
    (line,) = re.findall(rb"!\s+total energy\s+=\s+(\S+) Ry", silicon["AcAg/si/si.out"])
    written_Ry = float(line)
    for given in (entry, entry.entry_id):
        content = ns.archive(client, given)
        (run,) = content["section_run"]
        assert run["program_name"] == "Quantum Espresso"
        energy_J = run["section_single_configuration_calculation"][-1]["energy_total"]
        assert energy_J == pytest.approx(written_Ry * 2.1798723611e-18, rel=1e-6)  # CODATA 2018


def test_a_record_needs_no_second_look(client: Any, silicon: dict[str, bytes], shelf: Put, sandbox: Sandbox) -> None:
    upload = shelf(silicon)
    entry = next(iter(ns.search(client, upload_id=upload.upload_id)))
    before = len(sandbox.requests)
    assert find_entry(client, entry) is entry
    assert files_of(client, entry) == ("AcAg/si/si.out", "AcAg/si/si.in")
    assert len(sandbox.requests) == before


def test_an_entry_that_is_not_there_is_not_found(client: Any) -> None:
    with pytest.raises(ns.NotFound, match="no entry mistyped at .* that you may see"):
        ns.archive(client, "mistyped")
    with pytest.raises(ns.UsageError, match="empty"):
        ns.archive(client, " ")


def test_an_unpublished_archive_is_its_owners_alone(
    client: Any, connect: Connect, silicon: dict[str, bytes], put: Put
) -> None:
    upload = put(client, silicon)
    entry = next(iter(ns.search(client, owner="user", upload_id=upload.upload_id)))
    assert ns.archive(client, entry)
    with pytest.raises(ns.NotFound):
        ns.archive(connect(None), entry.entry_id)
    with pytest.raises(ns.Unauthorized):
        ns.archive(connect(None), entry)
