from __future__ import annotations

import inspect
from typing import Any

import click
import pytest

from nomad_swagger import errors
from nomad_swagger.cli.exit_codes import exit_code
from nomad_swagger.cli.failures import run

CONTRACT = {
    errors.NomadError: 1,
    errors.NotAsAsked: 1,
    errors.UsageError: 2,
    errors.MissingExtra: 2,
    errors.UnknownOperation: 2,
    errors.UnknownArgument: 2,
    errors.SpecError: 1,
    errors.SpecNotFound: 4,
    errors.SpecTampered: 8,
    errors.SpecNotConvertible: 1,
    errors.AuthError: 3,
    errors.NoCredentials: 3,
    errors.LoginRefused: 3,
    errors.TransportError: 6,
    errors.ConnectionLost: 6,
    errors.RequestTimeout: 6,
    errors.ApiError: 1,
    errors.InvalidRequest: 1,
    errors.Unauthorized: 3,
    errors.Forbidden: 3,
    errors.NotFound: 4,
    errors.Conflict: 1,
    errors.RateLimited: 1,
    errors.ServerError: 1,
    errors.ProcessingError: 5,
    errors.ProcessingFailed: 5,
    errors.WaitTimeout: 7,
    errors.TransferError: 6,
    errors.IncompleteTransfer: 6,
    errors.ChecksumMismatch: 6,
    errors.SourceChanged: 1,
}


@pytest.mark.parametrize("kind", CONTRACT, ids=lambda kind: kind.__name__)
def test_every_error_has_the_exit_code_of_the_contract(kind: type[errors.NomadError]) -> None:
    assert exit_code(kind("x")) == CONTRACT[kind]


def test_no_error_of_ours_is_left_out() -> None:
    ours = {
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.NomadError) and not kind.__name__.startswith("_")
    }
    assert ours == set(CONTRACT)


def test_a_description_that_is_missing_for_want_of_a_network_is_a_network_failure() -> None:
    error = errors.SpecNotFound("none")
    error.__cause__ = errors.ConnectionLost("refused")
    assert exit_code(error) == 6


def left(error: BaseException) -> Any:
    @click.command()
    def command() -> None:
        raise error

    with pytest.raises(SystemExit) as caught:
        run(command, [])
    return caught.value.code


@pytest.fixture(autouse=True)
def own_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    import warnings

    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)


def test_an_error_of_ours_is_one_sentence_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert left(errors.NotAsAsked("upload x is not as asked")) == 1
    assert capsys.readouterr() == ("", "error: upload x is not as asked\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()], ids=["Ctrl-C", "no"])
def test_stopping_is_no_failure_to_explain(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    assert left(error) == 130
    assert capsys.readouterr().err.strip() == "error: stopped"


def test_a_failure_of_the_system_names_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert left(PermissionError(13, "Permission denied", "/root/x")) == 1
    assert capsys.readouterr().err == "error: /root/x: Permission denied\n"


def test_a_bug_of_ours_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        left(ZeroDivisionError())


def test_a_usage_mistake_is_clicks_to_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert left(click.UsageError("no such option")) == 2
    assert "no such option" in capsys.readouterr().err
