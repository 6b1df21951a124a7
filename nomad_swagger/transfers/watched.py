"""A body that knows how much of it is on its way: what can be said when the sending breaks off hangs on that."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nomad_swagger.transport.bodies import Progress
from nomad_swagger.transport.call import Body


class Watched:
    """A body as it goes by.

    Parameters
    ----------
    body : Body
    progress : callable, optional
        Told bytes sent and bytes in all.

    Attributes
    ----------
    sent_bytes : int
    handed_over : bool
        The last byte is on its way: from here on the server may have all of it. Before, it cannot.
    when_last : callable or None
        Called before the last block goes.
    """

    def __init__(self, body: Body, progress: Progress | None = None) -> None:
        self.body, self._progress = body, progress
        self.sent_bytes, self.handed_over = 0, False
        self.when_last: Callable[[], None] | None = None

    @property
    def size_bytes(self) -> int | None:
        """Give how long it is, where that is known."""
        return self.body.size_bytes

    def chunks(self) -> Iterator[bytes]:
        """Give the content from its beginning."""
        total = self.size_bytes
        self.sent_bytes, self.handed_over = 0, False
        self._tell(total)
        for chunk in self.body.chunks():
            if total is not None and self.sent_bytes + len(chunk) >= total:
                self._last()
            yield chunk
            self.sent_bytes += len(chunk)
            self._tell(total)
        self._last()

    def _last(self) -> None:
        if not self.handed_over and self.when_last is not None:
            self.when_last()
        self.handed_over = True

    def _tell(self, total: int | None) -> None:
        if self._progress is not None:
            self._progress(self.sent_bytes, total)
