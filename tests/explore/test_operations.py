from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nomad_swagger.apispec.model import Spec
from nomad_swagger.client.client import NomadClient
from nomad_swagger.errors import UnknownOperation
from nomad_swagger.explore.operations import describe, operations


@pytest.mark.parametrize(("snapshot", "number"), [("nomad-0.7.9", 35), ("nomad-0.8.6", 49), ("nomad-2.0.0", 104)])
def test_every_operation_of_a_snapshot_is_listed(snapshot: str, number: int) -> None:
    assert len(operations(snapshot)) == number


def test_a_word_is_looked_for_in_names_texts_and_parameters(v0: Spec) -> None:
    found = {operation.full_name for operation in operations(v0, "DFT.code_name")}
    assert "repo.search" in found
    assert "info.get_info" not in found


def test_a_tag_narrows_the_list(v0: Spec) -> None:
    assert {operation.tag for operation in operations(v0, tag="raw")} == {"raw"}


def test_an_unknown_tag_offers_the_nearest(v0: Spec) -> None:
    with pytest.raises(UnknownOperation, match="did you mean 'repo'"):
        operations(v0, tag="rpo")


def test_a_client_a_name_and_a_path_are_all_sources(v0_client: NomadClient, v0: Spec, tmp_path: Path) -> None:
    import json

    path = tmp_path / "api.json"
    path.write_text(json.dumps(v0.document), "utf-8")
    names = [[found.full_name for found in operations(source)] for source in (v0_client, v0, "nomad-0.8.6", path)]
    assert names[0] == names[1] == names[2] == names[3]


def test_an_unknown_operation_offers_the_nearest(v0: Spec) -> None:
    with pytest.raises(UnknownOperation, match=r"did you mean 'repo\.search'"):
        describe(v0, "repo.serch")


def test_exploring_does_not_import_bravado() -> None:
    script = (
        "import sys\n"
        "from nomad_swagger.explore.operations import describe, operations\n"
        "from nomad_swagger.explore.stubs import stubs\n"
        "operations('nomad-0.8.6', 'search'); str(describe('nomad-0.8.6', 'repo.search'))\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('bravado', 'bravado_core', 'keycloak')])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
