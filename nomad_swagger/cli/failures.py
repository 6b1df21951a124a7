"""From errors to a message for a person and an exit code for a script. No traceback for a user's mistake."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import click

from nomad_swagger import errors

# The first class that fits, from the most special to the most general.
EXIT_CODES: Mapping[type[BaseException], int] = {
    errors.UsageError: 2,
    errors.AuthError: 3,
    errors.Unauthorized: 3,
    errors.Forbidden: 3,
    errors.NotFound: 4,
    errors.SpecNotFound: 4,
    errors.SpecTampered: 8,
    errors.WaitTimeout: 7,
    errors.ProcessingError: 5,
    errors.TransportError: 6,
    errors.TransferError: 6,
    errors.NomadError: 1,
}

# Which extra brings what a command may miss.
EXTRAS: Mapping[str, tuple[str, ...]] = {
    "ase": ("ase", "numpy"),
    "pandas": ("pandas", "pyarrow"),
    "fast": ("ijson",),
    "plot": ("matplotlib",),
    "sandbox": ("flask", "ase", "spglib", "jwt", "cryptography", "numpy", "orjson", "zipstream"),
    "dashboard": ("cheroot", "werkzeug", "flask_swagger_ui"),
}


def exit_code(error: BaseException) -> int:
    """Give the exit code for an error. A description that is missing since the network is, is a network failure."""
    if isinstance(error, errors.SpecNotFound) and isinstance(error.__cause__, errors.TransportError):
        return 6
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)


class Verdict(Exception):
    """A command did its work, and its result wants an exit code of its own."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def run(command: click.Command, words: Sequence[str]) -> NoReturn:
    """Run a command with the words behind its name, and leave the process with its exit code."""
    warnings.showwarning = _show_warning
    try:
        command.main(list(words), prog_name="nomad-swagger", standalone_mode=False)
        sys.stdout.flush()
    except errors.NomadError as error:
        _fail(str(error), exit_code(error))
    except Verdict as verdict:
        _fail(str(verdict), verdict.code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as stop:
        # click makes one of the other; what is known of the deed stands on the first
        words = (stop.__cause__ or stop).args
        _fail(f"stopped. {words[0]}" if words else "stopped", 130)
    except BrokenPipeError:
        quiet_stdout()
        sys.exit(0)
    except ModuleNotFoundError as error:
        _fail(_extra_for(error), 2)
    except OSError as error:
        _fail(f"{error.filename or 'system'}: {error.strerror or error}", 1)
    sys.exit(0)


def _extra_for(error: ModuleNotFoundError) -> str:
    """Say which extra brings a library that is not installed; one of our own modules is a defect of ours."""
    library = str(error.name).partition(".")[0]
    extra = next((extra for extra, libraries in EXTRAS.items() if library in libraries), None)
    if extra is None:
        raise error
    return f"this command needs {library}: pip install 'nomad-swagger[{extra}]'"


def quiet_stdout() -> None:
    """Send what is still to be printed nowhere: nobody reads it, and Python must not complain of that at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"{click.style('error:', fg='red', bold=True)} {message}", err=True)
    sys.exit(code)


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if issubclass(category, errors.NomadWarning):
        click.echo(f"{click.style('warning:', fg='yellow')} {message}", err=True)
