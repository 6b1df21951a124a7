from __future__ import annotations

from typing import Any

import pytest

from nomad_swagger.flows.polling import Patience, TimeIsUp, wait_until


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds

    def patience(self, **options: Any) -> Patience:
        return Patience(clock=lambda: self.now_s, sleep=self.sleep, **options)


def test_a_wait_looks_again_until_it_is_over_and_gives_what_it_saw() -> None:
    looks = iter([1, 2, 3, 4])
    assert wait_until(lambda: next(looks), lambda seen: seen == 3, Clock().patience()) == 3


def test_pauses_grow_up_to_the_longest() -> None:
    clock = Clock()
    looks = iter(range(100))
    wait_until(lambda: next(looks), lambda seen: seen == 5, clock.patience(first_s=1, longest_s=3, growth=2))
    assert clock.slept == [1, 2, 3, 3, 3]


def test_a_wait_that_is_over_at_once_never_sleeps() -> None:
    clock = Clock()
    wait_until(lambda: True, bool, clock.patience(timeout_s=0))
    assert clock.slept == []


def test_the_last_look_is_at_the_end_of_the_time_and_goes_with_the_error() -> None:
    clock = Clock()
    with pytest.raises(TimeIsUp) as caught:
        wait_until(lambda: clock.now_s, lambda seen: False, clock.patience(timeout_s=10, first_s=4, growth=1))
    assert clock.slept == [4, 4, 2]
    assert caught.value.seen == 10
