"""What every picture has: words that say what it shows and where that is from, and a file that it is written to."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nomad_swagger.disk import write_atomically
from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = ("png", "svg", "pdf")
DPI = 300


@dataclass(frozen=True)
class Caption:
    """The words on a picture.

    Attributes
    ----------
    title, subtitle : str
    values, counted : str
        What is counted by, and what: the axes' labels, with units.
    source : str
        Where the numbers come from, for the small print.
    total : int or None
        Of which a number is a share; None where there is none to tell.
    end : callable or None
        Beginning of an interval → its end, for a histogram; None where intervals end where the next begins.
    """

    title: str
    subtitle: str = ""
    values: str = ""
    counted: str = "entries"
    source: str = ""
    total: int | None = None
    end: Callable[[Any], Any] | None = None


def check_format(path: str | Path) -> str:
    """Give the kind of file that a name asks for.

    Raises
    ------
    UsageError
        It is none of :data:`FORMATS`.

    Examples
    --------
    >>> check_format("codes.PNG")
    'png'
    """
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise UsageError(f"{path}: the name of a picture ends in {' or '.join('.' + known for known in FORMATS)}")
    return kind


def save(axes: Axes, path: str | Path) -> Path:
    """Write the figure of some axes whole, or not at all: a PNG at 300 dpi, or vectors.

    Raises
    ------
    UsageError
    """
    kind, content = check_format(path), io.BytesIO()
    axes.figure.savefig(content, format=kind, dpi=DPI, facecolor="white")  # type: ignore[union-attr]
    write_atomically(Path(path), content.getvalue())
    return Path(path)
