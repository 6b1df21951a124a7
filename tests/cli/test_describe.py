from __future__ import annotations

import pytest
from click.testing import CliRunner

from nomad_swagger.cli.main import cli
from nomad_swagger.errors import UnknownOperation


def test_an_operation_is_described_on_standard_output() -> None:
    done = CliRunner().invoke(cli, ["describe", "raw.get", "--spec", "nomad-0.7.9"], catch_exceptions=False)
    assert done.stdout.startswith("raw.get: Download one file (GET /raw/{upload_id}/{path})")
    assert "nomad-swagger call raw.get --upload_id UPLOAD_ID --path PATH" in done.stdout


def test_a_wrong_name_offers_the_nearest() -> None:
    with pytest.raises(UnknownOperation, match=r"did you mean 'raw\.get'"):
        CliRunner().invoke(cli, ["describe", "raw.gett", "--spec", "nomad-0.7.9"], catch_exceptions=False)
