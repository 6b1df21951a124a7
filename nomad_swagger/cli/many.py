"""One deed for many uploads: ids as words or from standard input, one after the other, one table, exit by the worst.

What fails for one upload does not keep the others from it; the exit code is the highest that any of them has.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nomad_swagger.calls.plan import Plan, joined
from nomad_swagger.cli.exit_codes import exit_code
from nomad_swagger.cli.failures import Verdict
from nomad_swagger.cli.options import ID
from nomad_swagger.cli.output import note, plural, show_rows
from nomad_swagger.errors import NomadError, UsageError
from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from nomad_swagger.cli.consent import Consent

T = TypeVar("T")
_STDIN = "-"

UPLOADS = click.argument("words", metavar="UPLOAD...", nargs=-1, type=ID, required=True)
"""Ids of uploads; ``-`` reads more of them from standard input."""


def read_ids(words: Iterable[str]) -> list[str]:
    """Give the ids, each once, in the order in which they were said; ``-`` stands for those of standard input.

    Raises
    ------
    UsageError
        There is none.
    """
    ids: dict[str, None] = {}
    for word in words:
        ids.update(dict.fromkeys(sys.stdin.read().split() if word == _STDIN else [word]))
    if not ids:
        raise UsageError("no id came from standard input")
    return list(ids)


@dataclass
class Each:
    """Does a deed for each of several uploads, and shows what became of them.

    Attributes
    ----------
    columns : sequence of str
        Of the table; with several uploads there is one more for what failed.
    fmt : str
        The output's format.
    ids : list of str
    """

    columns: Sequence[str]
    fmt: str
    ids: list[str]
    _rows: list[Mapping[str, Any]] = field(default_factory=list)
    _failures: list[tuple[str, int]] = field(default_factory=list)
    _out: set[str] = field(default_factory=set)

    def agree(self, consent: Consent, plan: Callable[[str], Plan], verb: str = "") -> None:
        """Let somebody agree to the deed for all uploads at once; those of which no plan can be made have failed.

        Parameters
        ----------
        consent : Consent
        plan : callable
            Takes an id.
        verb : str
            What is done; by default the words of the plans, which are the same for all.

        Raises
        ------
        NomadError
            The same stands in the way of all.
        """
        if len(self.ids) == 1:
            return  # the deed itself asks
        plans: list[Plan] = []
        failures: dict[str, NomadError] = {}
        for upload_id in self.ids:
            try:
                plans.append(plan(upload_id))
            except NomadError as failure:
                failures[upload_id] = failure
        if not plans and len({str(failure) for failure in failures.values()}) == 1:
            raise failures[self.ids[0]]
        for upload_id, why in failures.items():
            self._failed(upload_id, why)
        self._out.update(failures)
        if plans:
            consent(joined(plans, f"{verb} {len(plans)} {plural('upload', len(plans))}" if verb else plans[0].words))

    def do(self, deed: Callable[[str], T | None], *, judge: Callable[[T], None] | None = None) -> None:
        """Do the deed for all, show the table, and fail as the worst of them.

        Parameters
        ----------
        deed : callable
            Takes an id, and gives the upload as it is then, or another record of it; None where it is gone.
        judge : callable, optional
            Looks at what it gives, and raises what is wrong with it.

        Raises
        ------
        NomadError
            One upload alone, and it failed.
        Verdict
            Some failed.
        """
        try:
            for upload_id in self.ids:
                if upload_id not in self._out:
                    self._one(upload_id, deed, judge)
        finally:  # what is done is done, also when somebody stops the rest
            self._show()
        if self._failures:
            several = f"{len(self._failures)} of {len(self.ids)} uploads failed"
            words = self._failures[0][0] if len(self.ids) == 1 else several
            raise Verdict(words, max(code for _, code in self._failures))

    def _one(self, upload_id: str, deed: Callable[[str], T | None], judge: Callable[[T], None] | None) -> None:
        seen: T | None = None
        try:
            seen = deed(upload_id)
            if seen is not None and judge is not None:
                judge(seen)
        except (NomadError, Verdict) as failure:
            if len(self.ids) == 1 and isinstance(failure, NomadError):
                raise
            self._failed(upload_id, failure, seen)
            return
        if seen is not None or len(self.ids) > 1:
            self._rows.append(_row(upload_id, seen))

    def _failed(self, upload_id: str, failure: NomadError | Verdict, seen: object = None) -> None:
        code = failure.code if isinstance(failure, Verdict) else exit_code(failure)
        self._failures.append((str(failure), code))
        self._rows.append({**_row(upload_id, seen or getattr(failure, "upload", None)), "error": str(failure)})
        if len(self.ids) > 1:
            note(f"upload {upload_id}: {str(failure).removeprefix(f'upload {upload_id}: ')}")

    def _show(self) -> None:
        columns = (*self.columns, "error") if len(self.ids) > 1 else self.columns
        rows = sorted(self._rows, key=lambda row: self.ids.index(row["upload_id"]))  # as they were said
        show_rows(rows, columns=columns, fmt=self.fmt, key="upload_id")


def _row(upload_id: str, seen: Any) -> dict[str, Any]:
    return {"upload_id": upload_id} if seen is None else asdict(seen)


def until_over(timeout_s: float) -> Callable[[], float]:
    """Give what tells how many of the seconds are left, for all uploads together."""
    end = time.monotonic() + timeout_s
    return lambda: max(end - time.monotonic(), 0.0)
