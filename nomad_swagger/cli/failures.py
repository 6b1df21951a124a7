"""From errors to a message for a person and an exit code for a script. No traceback for a user's mistake."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import click

from nomad_swagger import errors
from nomad_swagger.cli import console
from nomad_swagger.cli.exit_codes import exit_code
from nomad_swagger.cli.words import unshielded
from nomad_swagger.extras import missing

# The extra that a command stands for, where several bring a library.
_EXTRA_OF: Mapping[str, str] = {"demo": "sandbox", "sandbox": "sandbox", "dashboard": "dashboard"}


class Verdict(Exception):
    """A command did its work, and its result wants an exit code of its own."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def run(command: click.Command, words: Sequence[str]) -> NoReturn:
    """Run a command with the words behind its name, and leave the process with its exit code."""
    warnings.showwarning = _show_warning
    console.begin()
    console.take_everything()
    console.hear(0)
    atexit.register(gc.freeze)  # Python looks for garbage in all that there is, twice, before the process ends
    if "_NOMAD_SWAGGER_COMPLETE" in os.environ:
        gc.disable()  # one answer, and the process ends
        from nomad_swagger.cli.shells import register  # late: TAB alone needs it

        register()
    try:
        command.main(list(words), prog_name="nomad-swagger", standalone_mode=False)
        sys.stdout.flush()
    except errors.NomadError as error:
        _fail(error, error.happened, exit_code(error), words)
    except Verdict as verdict:
        _fail(verdict, str(verdict), verdict.code, words)
    except click.ClickException as error:
        _misused(error, words)
    except (click.Abort, KeyboardInterrupt) as stop:
        # click makes one of the other; what is known of the deed stands on the first
        known = (stop.__cause__ or stop).args
        _say(f"stopped. {known[0]}" if known else "stopped", 130)
    except BrokenPipeError:
        quiet_stdout()
        sys.exit(0)
    except ModuleNotFoundError as error:
        ours = _extra_for(error, words)
        _fail(ours, str(ours), exit_code(ours), words)
    except OSError as error:
        _say(f"{error.filename or 'system'}: {error.strerror or error}", 1)
    sys.exit(0)


def _extra_for(error: ModuleNotFoundError, words: Sequence[str]) -> errors.MissingExtra:
    """Say which extra brings a library that is not installed; one of our own modules is a defect of ours."""
    from nomad_swagger.cli.advice import Typed  # late: nothing went wrong yet

    command = Typed(tuple(words)).command
    ours = missing(error, f"`{command}`" if command else "this command", within=_EXTRA_OF.get(command, ""))
    if ours is None:
        raise error
    return ours


def quiet_stdout() -> None:
    """Send what is still to be printed nowhere: nobody reads it, and Python must not complain of that at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(error: BaseException, happened: str, code: int, words: Sequence[str]) -> NoReturn:
    """Say what happened and what to type next, and leave."""
    from nomad_swagger.cli.advice import advise  # late: nothing went wrong yet

    known = advise(error, unshielded(words))
    told = known.words or getattr(error, "advice", "")
    _say(f"{happened.rstrip('.')}. {told}" if told else happened, code, known.commands)


def _say(message: str, code: int, commands: Sequence[str] = ()) -> NoReturn:
    console.fail(message)
    for command in commands:
        console.note(f"  try: {command}")
    sys.exit(code)


def _misused(error: click.ClickException, words: Sequence[str]) -> NoReturn:
    """Say what is wrong with the command line, below how it goes."""
    ctx = getattr(error, "ctx", None)
    if ctx is not None and error.message == ctx.get_help():  # nothing was given: the help is the answer
        console.note(error.message)
        sys.exit(error.exit_code)
    if ctx is not None:
        console.note(f"{ctx.get_usage()}\nTry '{ctx.command_path} {ctx.help_option_names[-1]}' for help.\n")
    _fail(error, error.format_message(), error.exit_code, words)


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if issubclass(category, errors.NomadWarning):
        console.warn(str(message))
