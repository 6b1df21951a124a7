"""The user's YAML config file: read with care for the secrets in it, changed without losing its comments.

Knows the file's form at its top; what a profile holds is the business of ``settings``. No message quotes a value: it
may be a password that stands in the wrong place.
"""

from __future__ import annotations

import os
import re
import stat
import warnings
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from nomad_swagger.disk import read_yaml, write_atomically
from nomad_swagger.errors import NomadWarning, UnknownArgument, UsageError

TOP = ("default", "profiles")
SECRETS = ("password", "token")
_QUOTED = re.compile(r"(['\"]).*\1")


def read_config(path: Path) -> dict[str, Any]:
    """Give what the config file says; empty where there is none.

    Raises
    ------
    UsageError
        It cannot be read, or has a key that does not exist.
    """
    if not path.exists():
        return {}
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"config {path}: cannot be read: {type(error).__name__}") from None
    content = parsed(text, path)
    _warn_of_readers(path, content)
    return content


def parsed(text: str, path: Path) -> dict[str, Any]:
    """Give what the text of a config file says.

    Raises
    ------
    UsageError
    """
    from yaml import MarkedYAMLError, YAMLError  # late: who has no config file needs no YAML

    try:
        content = read_yaml(text) or {}
    except MarkedYAMLError as error:  # its own text quotes the line, and with it a password
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise UsageError(f"config {path}, line {line}: {_QUOTED.sub('…', str(error.problem))}") from None
    except (ValueError, YAMLError, RecursionError) as error:
        raise UsageError(f"config {path}: cannot be read: {type(error).__name__}") from None
    if isinstance(content, dict):
        content = {key: value for key, value in content.items() if value is not None}
    if not isinstance(content, dict) or not isinstance(content.get("profiles", {}), dict):
        raise UsageError(f"config {path}: expected `profiles:` with one block per name")
    for key in content:
        if key not in TOP:
            raise UnknownArgument(str(key), TOP, where=f"in config {path}; it knows {' and '.join(TOP)}")
    return content


def changed(text: str, steps: Sequence[str], value: Any) -> str:
    """Give the text of a config file with one value other; comments and order stay.

    Parameters
    ----------
    text : str
    steps : sequence of str
        ``("profiles", "lab", "url")``.
    value : str or float
    """
    from ruamel.yaml import YAML

    yaml = YAML()
    content = yaml.load(text) or {}
    place = content
    for step in steps[:-1]:
        if not isinstance(place.get(step), dict):
            place[step] = {}
        place = place[step]
    place[steps[-1]] = value
    out = StringIO()
    yaml.dump(content, out)
    return out.getvalue()


def write_config(path: Path, text: str) -> None:
    """Write the config file, for its owner alone."""
    write_atomically(path, text.encode(), mode=0o600)


def _warn_of_readers(path: Path, content: Mapping[str, Any]) -> None:
    profiles = content.get("profiles", {}).values()
    has_secret = any(isinstance(row, dict) and any(row.get(name) for name in SECRETS) for row in profiles)
    if has_secret and os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        warnings.warn(
            f"config {path} holds a password or token and others can read it: chmod 600 it", NomadWarning, stacklevel=4
        )
