"""The cache of an opened file: right for every order of reads, and few requests for the usual ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from nomad_swagger.doors.opened import GrowingBlocks

CONTENT = bytes(number * 7 % 251 for number in range(10_000))


def blocks(content: bytes, size: int = 64) -> tuple[GrowingBlocks, list[tuple[int, int]]]:
    asked: list[tuple[int, int]] = []

    def fetch(begin: int, end: int) -> bytes:
        asked.append((begin, end))
        return content[begin:end]

    return GrowingBlocks(size, fetch, len(content)), asked


@given(some.lists(some.tuples(some.integers(0, 10_100), some.integers(0, 400)), max_size=20))
def test_every_read_gives_what_the_file_has_there(reads: list[tuple[int, int]]) -> None:
    cache, _ = blocks(CONTENT)
    for begin, size in reads:
        assert cache._fetch(begin, begin + size) == CONTENT[begin : begin + size]


def test_reading_on_takes_few_requests() -> None:
    cache, asked = blocks(CONTENT)
    assert b"".join(cache._fetch(at, at + 10) for at in range(0, 10_000, 10)) == CONTENT
    assert len(asked) <= 10
    assert sum(end - begin for begin, end in asked) == len(CONTENT)


def test_a_jump_brings_what_is_asked_for_and_what_was_there_is_kept() -> None:
    cache, asked = blocks(CONTENT)
    cache._fetch(5000, 5010)
    cache._fetch(100, 110)
    assert [end - begin for begin, end in asked] == [64, 64]
    cache._fetch(5000, 5020)
    assert len(asked) == 2
