"""Many at once: as many threads as asked for, an end at the first failure, little memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from nomad_swagger.transfers.fetch import Stopped
from nomad_swagger.transfers.many import in_threads


@pytest.mark.parametrize("jobs", [1, 4])
def test_all_results_come(jobs: int) -> None:
    assert sorted(in_threads(lambda number: number * 2, range(100), jobs)) == [2 * number for number in range(100)]


def test_so_many_run_at_once_and_no_more() -> None:
    running, most, lock, together = 0, 0, threading.Lock(), threading.Barrier(4)

    def work(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(timeout=20)
        with lock:
            running -= 1

    list(in_threads(work, range(8), 4))
    assert most == 4


def test_the_first_failure_ends_all_and_is_raised() -> None:
    stop = threading.Event()

    def work(number: int) -> int:
        if number == 5:
            raise KeyError("the sixth")
        return number

    with pytest.raises(KeyError, match="the sixth"):
        list(in_threads(work, range(10**9), 3, stop=stop))
    assert stop.is_set()


def test_a_thread_that_hangs_does_not_hold_up_the_end() -> None:
    hangs, stop = threading.Event(), threading.Event()

    def work(number: int) -> None:
        if number:
            hangs.wait()
            raise Stopped
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(in_threads(work, range(4), 4, stop=stop))
    hangs.set()


def test_items_are_taken_when_a_thread_is_free_and_not_before() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(10**6):
            taken += 1
            yield number

    results = in_threads(lambda number: number, items(), 2)
    for _ in range(10):
        next(results)
    assert taken < 50
    results.close()  # type: ignore[attr-defined]
