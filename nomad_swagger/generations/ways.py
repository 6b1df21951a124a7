"""How raw files come down from a server: which ways there are, and what each of them can do."""

from __future__ import annotations

from collections.abc import Sequence

from nomad_swagger.light import dataclass


@dataclass(frozen=True)
class Way:
    """One way; the first of a generation that fits is tried first.

    Attributes
    ----------
    verb : str
        What brings it.
    form : {"zip", "packed", "file"}
        A zip that the server has stored, one that it makes while it sends, or a single file.
    of : sequence of {"upload", "folder", "entry", "query", "file"}
        What it brings.
    parts : {"", "range", "offset"}
        How its middle can be asked for: not at all, by HTTP's ranges, or by parameters for offset and length.
    length : bool
        The answer says how long it is.
    selects : bool
        Single files can be had by it.
    needs : {"", "published"}
        What the upload must be.
    """

    verb: str
    form: str
    of: Sequence[str] = ()
    parts: str = ""
    length: bool = False
    selects: bool = False
    needs: str = ""
