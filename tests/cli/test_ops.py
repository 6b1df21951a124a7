from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.cli.main import cli
from nomad_swagger.errors import UnknownOperation


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words), catch_exceptions=False)


def complete(line: str) -> list[str]:
    """Give what bash is offered for the last word of a line."""
    words = line.split(" ")
    env = {**os.environ, "_NOMAD_SWAGGER_COMPLETE": "bash_complete"}
    env |= {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    script = "from nomad_swagger.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env)
    return [offer.partition(",")[2] for offer in done.stdout.split()]


def test_the_ids_of_a_snapshot_are_one_operation_per_line() -> None:
    lines = run("ops", "--spec", "nomad-0.8.6", "-o", "ids").stdout.splitlines()
    assert len(lines) == 49
    assert all(line.count(".") == 1 for line in lines)


def test_a_word_and_a_tag_narrow_the_list() -> None:
    found = json.loads(run("ops", "zip", "--tag", "raw", "--spec", "nomad-0.8.6", "-o", "json").stdout)
    assert found
    assert {row["operation"].split(".")[0] for row in found} == {"raw"}


def test_an_unknown_tag_offers_the_nearest() -> None:
    with pytest.raises(UnknownOperation, match="did you mean 'repo'"):
        run("ops", "--tag", "rep", "--spec", "nomad-0.8.6")


def test_operations_and_tags_and_options_are_completed() -> None:
    assert complete("nomad-swagger --spec nomad-0.8.6 describe repo.se") == ["repo.search"]
    assert complete("nomad-swagger --spec nomad-0.8.6 call repo.se") == ["repo.search"]
    assert complete("nomad-swagger ops --spec nomad-0.8.6 --tag enc") == ["encyclopedia"]
    assert complete("nomad-swagger call repo.search --spec nomad-0.8.6 --dft.code_n") == ["--dft.code_name"]
    assert complete("nomad-swagger recipe --spec nomad-0.8.6 repo.search dft.code_n") == ["dft.code_name="]


def test_completion_without_a_server_offers_nothing_and_says_nothing() -> None:
    assert complete("nomad-swagger describe re") == []


@pytest.mark.parametrize(
    "words",
    [
        ["ops", "search"],
        ["describe", "repo.search"],
        ["call", "repo.search", "--help"],
        ["call", "--help"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_looking_does_not_import_bravado(words: list[str]) -> None:
    script = (
        "import sys\n"
        "from nomad_swagger.cli.main import cli\n"
        f"cli.main(['--spec', 'nomad-0.8.6', *{words!r}], standalone_mode=False)\n"
        "heavy = [name for name in sys.modules if name in ('bravado', 'bravado_core', 'keycloak', 'jsonschema')]\n"
        "print(heavy, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_completion_of_a_description_seen_before_imports_nothing_heavy() -> None:
    assert load_spec("nomad-0.8.6").operations  # which keeps them
    heavy = ("bravado_core", "keycloak", "jsonschema", "requests", "yaml", "http.client", "difflib", "rich")
    script = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print([n for n in sys.modules if n in {heavy!r}]))\n"
        "from nomad_swagger.cli.main import main\n"
        "main()\n"
    )
    env = {**os.environ, "_NOMAD_SWAGGER_COMPLETE": "bash_complete", "COMP_CWORD": "4"}
    env["COMP_WORDS"] = "nomad-swagger --spec nomad-0.8.6 call repo.sear"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.splitlines() == ["plain,repo.search", "[]"]
