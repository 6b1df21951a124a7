from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from nomad_swagger.cli.options import ID, key_values
from nomad_swagger.cli.words import shielded
from nomad_swagger.errors import UsageError

UPLOAD = "-GMGQ6d9dstnawDTckfPrP"
ENTRY = "-MGMGQ6d9dstnawDTckfPrPOZ2oX"


@click.command()
@click.argument("targets", nargs=-1, type=ID)
@click.option("-o", "fmt", default="table")
@click.option("--yes", is_flag=True)
def command(targets: tuple[str, ...], fmt: str, yes: bool) -> None:
    click.echo(f"{targets} {fmt} {yes}")


@pytest.mark.parametrize("target", [UPLOAD, ENTRY, f"{UPLOAD}/si/si.out", "plain", "elements=Si"])
def test_an_id_may_begin_with_a_dash(target: str) -> None:
    said = CliRunner().invoke(command, shielded([target, "-o", "json", "--yes"]))
    assert said.output == f"({target!r},) json True\n"


@pytest.mark.parametrize("word", ["-o", "-ojson", "--password-stdin", "--embargo-months", "-v", "--name"])
def test_an_option_stays_an_option(word: str) -> None:
    assert shielded([word]) == [word]


def test_repeated_keys_are_a_list_and_values_keep_their_signs() -> None:
    assert key_values(["a=1", "b=x=y", "a=2", "c="]) == {"a": ["1", "2"], "b": "x=y", "c": ""}
    for wrong in ("Si", "=Si"):
        with pytest.raises(UsageError, match="not key=value"):
            key_values([wrong])
