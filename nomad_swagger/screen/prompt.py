"""Records as a Python prompt shows them: rows for the width of its terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence

from nomad_swagger.screen.tables import lay_out


def as_rows(records: Iterable[object], columns: Sequence[str], *, key: str, below: str) -> str:
    """Give records as a table, and below it how many they are.

    Parameters
    ----------
    records : iterable of any
        Their attributes are the cells.
    columns : sequence of str
    key : str
        The column that is never cut.
    below : str
        The last line.

    Examples
    --------
    >>> from fractions import Fraction
    >>> print(as_rows([Fraction(1, 2)], ["numerator", "denominator"], key="numerator", below="1 of 2 halves"))
    numerator  denominator
            1            2
    1 of 2 halves
    """
    rows = [{column: getattr(record, column) for column in columns} for record in records]
    laid = lay_out(rows, columns, key=key, width=shutil.get_terminal_size().columns)
    return "\n".join([*(line for line, _ in laid.lines), below])
