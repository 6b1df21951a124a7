"""Keep one secret out of a stream of bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def masked(blocks: Iterable[bytes], secret: bytes) -> Iterator[bytes]:
    """Give the stream with stars in the place of the secret, across the borders of blocks too.

    The length stays what it was, so an announced one stays true. Without a secret the blocks pass as they are.

    Examples
    --------
    >>> b"".join(masked([b"a tok", b"en!"], b"token"))
    b'a *****!'
    """
    if not secret:
        yield from blocks
        return
    held = b""  # what could be the beginning of the secret
    for block in blocks:
        seen = (held + block).replace(secret, b"*" * len(secret))
        cut = max(len(seen) - len(secret) + 1, 0)
        held = seen[cut:]
        if cut:
            yield seen[:cut]
    if held:
        yield held
