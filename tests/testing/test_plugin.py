"""The pytest plugin in a user's own test run, and the example that the docs offer for copying."""

from __future__ import annotations

import shutil
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.apispec.pins import pin
from nomad_swagger.apispec.snapshots import find_snapshot
from nomad_swagger.testing import assert_operations

pytest_plugins = ["pytester"]

PLUGIN = "nomad_swagger.testing.plugin"
EXAMPLE = Path(__file__).parents[2] / "docs" / "ci-example"
TEST = """
from nomad_swagger.testing import assert_operations

def test_ours(nomad_spec):
    assert_operations(nomad_spec("ours"), [{needed}])
    assert nomad_spec("ours") is nomad_spec("ours")
"""


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest with our plugin alone: those of others that are installed here take it a second to import."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        return pytester.runpytest_subprocess("-p", PLUGIN, *arguments)


def run_as_installed(pytester: pytest.Pytester) -> pytest.RunResult:
    installed = any(point.value == PLUGIN for point in entry_points(group="pytest11"))
    return pytester.runpytest_subprocess(*([] if installed else ["-p", PLUGIN]))


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLE.parents[1]))
    monkeypatch.setenv("NOMAD_SWAGGER_OFFLINE", "1")
    monkeypatch.setenv("NOMAD_SWAGGER_CACHE", str(tmp_path / "cache"))


def put(folder: Path) -> None:
    document = find_snapshot("nomad-0.8.6").read()
    pin(document, name="ours", source="a test", folder=folder, generation="v0")


def test_a_users_test_loads_a_pin_of_its_own_repository(pytester: pytest.Pytester) -> None:
    put(pytester.path / "specs")
    pytester.makepyfile(TEST.format(needed="'repo.search', 'repo.search:dft.system'"))
    run(pytester).assert_outcomes(passed=1)


def test_another_folder_can_be_named(pytester: pytest.Pytester) -> None:
    put(pytester.path / "pins")
    pytester.makepyfile(TEST.format(needed="'repo.search'"))
    run(pytester, "--nomad-specs", "pins").assert_outcomes(passed=1)


def test_what_is_missing_is_named_with_the_nearest(pytester: pytest.Pytester) -> None:
    put(pytester.path / "specs")
    pytester.makepyfile(TEST.format(needed="'repo.serach', 'repo.search:system', 'raw.get'"))
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*lacks what is needed:",
            "*unknown operation 'repo.serach'; did you mean 'repo.search'*",
            "*'system' of repo.search*",
        ]
    )


def test_a_pin_that_was_edited_fails_the_test(pytester: pytest.Pytester) -> None:
    put(pytester.path / "specs")
    path = pytester.path / "specs" / "ours.json"
    path.write_bytes(path.read_bytes().replace(b"NOMAD", b"NOMBD", 1))
    pytester.makepyfile(TEST.format(needed="'repo.search'"))
    result = run(pytester)
    result.assert_outcomes(errors=0, failed=1)
    result.stdout.fnmatch_lines(["*is not what its index says*"])


def test_the_plugin_costs_nothing_before_it_is_used(pytester: pytest.Pytester) -> None:
    heavy = "{'bravado', 'yaml', 'requests', 'jsonschema', 'nomad_swagger.apispec.load'}"
    pytester.makepyfile(f"import sys\ndef test_light(): assert not {heavy} & set(sys.modules)")
    run(pytester).assert_outcomes(passed=1)


def test_the_docs_example_test_passes_as_it_is(pytester: pytest.Pytester) -> None:
    shutil.copy(EXAMPLE / "test_nomad_operations.py", pytester.path)
    run_as_installed(pytester).assert_outcomes(passed=1)


def test_one_name_is_a_list_of_one() -> None:
    spec = load_spec("nomad-0.8.6")
    assert_operations(spec, "repo.search")
    with pytest.raises(AssertionError, match=r"unknown operation 'repo\.find'"):
        assert_operations(spec, "repo.find")


def test_the_workflow_verifies_tests_and_diffs() -> None:
    workflow = yaml.safe_load((EXAMPLE / "nomad-api.yml").read_text())
    runs = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert workflow[True]["schedule"]  # YAML 1.1 reads the key `on` as true
    assert "nomad-swagger spec verify --specs specs" in runs
    assert any(line.startswith("pytest") for line in runs)
    assert any("spec diff" in line and "--fail-on breaking" in line for line in runs)
