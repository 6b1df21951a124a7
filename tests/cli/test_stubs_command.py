from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from nomad_swagger.cli.commands.stubs import stubs
from nomad_swagger.errors import UsageError


def test_stubs_go_to_a_file_or_to_standard_output(tmp_path: Path) -> None:
    target = tmp_path / "nomad_api.pyi"
    printed = CliRunner().invoke(stubs, ["--spec", "nomad-0.8.6"], catch_exceptions=False).stdout
    CliRunner().invoke(stubs, ["--spec", "nomad-0.8.6", "--to", str(target)], catch_exceptions=False)
    assert "class Client(NomadClient):" in printed
    assert target.read_text("utf-8").strip() == printed.strip()


def test_a_file_behind_o_is_shown_its_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"-o is a format.* --to nomad_api\.pyi"):
        CliRunner().invoke(stubs, ["--spec", "nomad-0.8.6", "-o", "nomad_api.pyi"], catch_exceptions=False)
