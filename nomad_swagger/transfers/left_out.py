"""What stays at home when a folder goes up: what nobody means to send, and what a person excludes.

A ``.nomadignore`` has gitignore's rules, in every folder; ``!.git/`` in one takes along what is left out by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import translate
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".nomadignore"

# Names that are nobody's data, and why.
_BY_ITSELF: Mapping[str, Sequence[str]] = {
    "version control": (".git", ".hg", ".svn", ".bzr"),
    "made by Python again": ("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".mypy_cache", ".ruff_cache"),
    "made by the desktop": (".DS_Store", "._*", "Thumbs.db", "desktop.ini", "__MACOSX", ".directory"),
    "an editor's file": ("*~", ".*.sw[a-p]", ".#*", "[#]*[#]", ".~lock.*#", ".idea", ".vscode"),
    "the rules of what goes up": (IGNORE_FILE,),
}
# Names of what is licensed: it goes up, and that is said.
_LICENSED: Mapping[str, Sequence[str]] = {
    "licensed with VASP; NOMAD shows others a stripped copy alone": ("POTCAR*", "*.POTCAR", "PSCTR"),
    "a program's licence; NOMAD shows it to everybody": ("*.lic", "license.dat", "licence.dat"),
}
_STRIPPED = ".stripped"


def _one_pattern(table: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    kinds = ("|".join(translate(name) for name in names) for names in table.values())
    return re.compile("|".join(f"(?P<kind{number}>{kind})" for number, kind in enumerate(kinds)))


class _Kinds:
    """Names by kind. Most names are of none, and their first and last letters tell that already."""

    def __init__(self, table: Mapping[str, Sequence[str]]) -> None:
        self._kinds, self._pattern = list(table), _one_pattern(table)
        names = [name for row in table.values() for name in row]
        self._first = {name.lstrip("[")[0] for name in names if not name.startswith("*")}
        self._last = {name[-1] for name in names if name.startswith("*")}

    def of(self, name: str) -> str:
        if name[0] not in self._first and name[-1] not in self._last:
            return ""
        found = self._pattern.match(name)
        return self._kinds[int(str(found.lastgroup).removeprefix("kind"))] if found else ""


_BY_ITSELF_NAMES, _LICENSED_NAMES = _Kinds(_BY_ITSELF), _Kinds(_LICENSED)


def licence_of(name: str) -> str:
    """Say what is licensed in a file of this name; empty where nothing is.

    Examples
    --------
    >>> licence_of("POTCAR.gz"), licence_of("POTCAR.stripped")
    ('licensed with VASP; NOMAD shows others a stripped copy alone', '')
    """
    return "" if name.endswith(_STRIPPED) else _LICENSED_NAMES.of(name)


@dataclass(frozen=True)
class Lines:
    """Lines of gitignore's rules, for what lies below one folder.

    Attributes
    ----------
    below : str
        The folder, with a slash at its end; empty for the top.
    words : str
        Where they stand, for a person.
    """

    below: str
    words: str
    lines: tuple[str, ...]
    spec: GitIgnoreSpec

    def verdict(self, path: str) -> bool | None:
        """Tell whether a path is left out, is taken all the same, or is not spoken of."""
        return self.spec.check_file(path[len(self.below) :]).include

    def rule(self, path: str) -> str:
        """Give the line that decided."""
        index = self.spec.check_file(path[len(self.below) :]).index
        return self.lines[index] if index is not None else ""


def lines_of(below: str, words: str, lines: Sequence[str]) -> Lines:
    """Give rules from lines of text.

    Raises
    ------
    ValueError
        A line is no pattern.
    """
    from pathspec import GitIgnoreSpec

    kept = tuple(line for line in lines if line)
    return Lines(below, words, kept, GitIgnoreSpec.from_lines(kept))


@dataclass(frozen=True)
class Ignoring:
    """All rules that hold in one folder.

    Attributes
    ----------
    told : Lines or None
        What the caller excludes: nothing takes that back.
    only : Lines or None
        What the caller includes; None for all.
    files : tuple of Lines
        Of the ``.nomadignore`` here, then those of the folders above.
    """

    told: Lines | None = None
    only: Lines | None = None
    files: tuple[Lines, ...] = ()

    @classmethod
    def of(cls, include: Sequence[str], exclude: Sequence[str]) -> Ignoring:
        """Give the rules that a caller has."""
        return cls(
            told=lines_of("", "--exclude", exclude) if exclude else None,
            only=lines_of("", "--include", include) if include else None,
        )

    def within(self, folder: str, below: str) -> Ignoring:
        """Give the rules in a folder on disk, which may have an ignore file of its own.

        Raises
        ------
        OSError
            It cannot be read.
        ValueError
            A line is no pattern.
        """
        text = Path(folder, IGNORE_FILE).read_text("utf-8", "surrogateescape")
        lines = lines_of(below, f"{below}{IGNORE_FILE}", text.splitlines())
        return replace(self, files=(lines, *self.files))

    def why(self, path: str, name: str, *, is_folder: bool) -> str:
        """Say why something stays at home; empty where it goes up."""
        asked = f"{path}/" if is_folder else path
        if self.told is not None and self.told.verdict(asked):
            return f"--exclude {self.told.rule(asked)}"
        for lines in self.files:
            verdict = lines.verdict(asked)
            if verdict is not None:
                return f"{lines.words}: {lines.rule(asked)}" if verdict else self._not_included(path, is_folder)
        return _BY_ITSELF_NAMES.of(name) or self._not_included(path, is_folder)

    def _not_included(self, path: str, is_folder: bool) -> str:
        included = is_folder or self.only is None or self.only.verdict(path)
        return "" if included else "not among --include"
