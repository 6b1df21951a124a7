"""A file that has a name and is never read."""

from __future__ import annotations

import io


class NamedFile(io.BytesIO):
    """Stands for a file on disk in a call that is only written down.

    Examples
    --------
    >>> NamedFile("example.zip").name
    'example.zip'
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
