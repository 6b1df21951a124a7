"""An opened file: blocks of it that are kept, and more of them at once the longer somebody reads on.

fsspec's caches do one or the other: `blockcache` asks for each block alone, `readahead` keeps one place in the file.
HDF5 jumps between its index and its data, and a table is read from its beginning to its end.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.caching import BaseCache
from fsspec.spec import AbstractBufferedFile

_BLOCK_BYTES = 64 << 10
_MOST_AHEAD = 128  # blocks
_MOST_KEPT_BYTES = 32 << 20


class GrowingBlocks(BaseCache):
    """Blocks of a file, the last used ones kept. Reading on doubles what is fetched ahead; a jump ends it."""

    name = "growing"

    def __init__(self, blocksize: int, fetcher: Callable[[int, int], bytes], size: int) -> None:
        super().__init__(blocksize, fetcher, size)
        self.nblocks = -(-size // blocksize)
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._next, self._ahead = 0, 0

    def _fetch(self, start: int | None, stop: int | None) -> bytes:
        begin, end = start or 0, self.size if stop is None else min(stop, self.size)
        if begin >= end:
            return b""
        first, last = begin // self.blocksize, (end - 1) // self.blocksize
        found = {number: self._kept[number] for number in range(first, last + 1) if number in self._kept}
        missing = [number for number in range(first, last + 1) if number not in found]
        if missing:
            found |= self._bring(missing[0], missing[-1] + 1)
            self.miss_count += 1
        else:
            self.hit_count += 1
        joined = b"".join(found[number] for number in range(first, last + 1))
        return joined[begin - first * self.blocksize : end - first * self.blocksize]

    def _bring(self, first: int, stop: int) -> dict[int, bytes]:
        self._ahead = min(max(2 * self._ahead, 1), _MOST_AHEAD) if first == self._next else 0
        stop = min(max(stop, first + self._ahead), self.nblocks)
        self._next = stop
        begin, end = first * self.blocksize, min(stop * self.blocksize, self.size)
        data = self.fetcher(begin, end)
        self.total_requested_bytes += end - begin
        blocks = {
            number: data[(number - first) * self.blocksize : (number - first + 1) * self.blocksize]
            for number in range(first, stop)
        }
        for number, block in blocks.items():
            self._kept[number] = block
            self._kept.move_to_end(number)
        while len(self._kept) * self.blocksize > _MOST_KEPT_BYTES:
            self._kept.popitem(last=False)
        return blocks


class NomadFile(AbstractBufferedFile):
    """A file that is read where it lies."""

    DEFAULT_BLOCK_SIZE = _BLOCK_BYTES

    def __init__(
        self, fs: AbstractFileSystem, path: str, mode: str, *, cache_type: str = GrowingBlocks.name, **how: Any
    ) -> None:
        ours = cache_type == GrowingBlocks.name
        super().__init__(fs, path, mode, cache_type="none" if ours else cache_type, **how)
        if ours:
            self.cache = GrowingBlocks(self.blocksize, self._fetch_range, self.size)
