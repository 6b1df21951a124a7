import threading
from collections.abc import Callable

import pytest

from nomad_swagger.auth.keeper import TokenKeeper
from nomad_swagger.auth.tokens import Grant
from nomad_swagger.errors import ConnectionLost, NomadError, ServerError


class Grants:
    """Gives token-1, token-2, … and notes what it was asked with."""

    def __init__(self, lifetime_s: float = 300.0) -> None:
        self.lifetime_s = lifetime_s
        self.lasts: list[Grant | None] = []
        self.at_once = self.most_at_once = 0
        self.before: Callable[[], None] = lambda: None

    def __call__(self, last: Grant | None) -> Grant:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.lasts.append(last)
            self.before()
            return Grant(f"token-{len(self.lasts)}", self.lifetime_s)
        finally:
            self.at_once -= 1


class CountingLock:
    """A lock that tells when so many threads have come for it."""

    def __init__(self, *, then: threading.Event, count: int) -> None:
        self._lock, self._guard = threading.Lock(), threading.Lock()
        self._then, self._count, self.entered = then, count, 0

    def __enter__(self) -> None:
        with self._guard:
            self.entered += 1
            if self.entered == self._count:
                self._then.set()
        self._lock.acquire()

    def __exit__(self, *failure: object) -> None:
        self._lock.release()


def _in_threads(act: Callable[[], object], count: int = 8) -> list[object]:
    """Run ``act`` in threads that all begin together; give what each returned or raised."""
    begin = threading.Barrier(count)
    results: list[object] = []

    def run() -> None:
        begin.wait()
        try:
            results.append(act())
        except NomadError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_nothing_is_fetched_before_it_is_needed() -> None:
    grants = Grants()
    TokenKeeper(grants)
    assert grants.lasts == []


def test_a_token_serves_until_its_leeway(clock) -> None:
    grants = Grants(300)
    keeper = TokenKeeper(grants, clock=clock)
    assert keeper.token() == "token-1"
    clock.pass_s(269.9)
    assert keeper.token() == "token-1"
    clock.pass_s(0.1)
    assert keeper.token() == "token-2"
    assert grants.lasts == [None, Grant("token-1", 300)]


def test_a_short_token_keeps_a_third_of_its_life_as_leeway(clock) -> None:
    keeper = TokenKeeper(Grants(6), clock=clock)
    keeper.token()
    clock.pass_s(3.9)
    assert keeper.token() == "token-1"
    clock.pass_s(0.2)
    assert keeper.token() == "token-2"


def test_a_token_ages_from_when_it_was_asked_for(clock) -> None:
    grants = Grants(300)
    grants.before = lambda: clock.pass_s(100)  # a slow server
    keeper = TokenKeeper(grants, clock=clock)
    keeper.token()
    clock.pass_s(170)
    assert keeper.token() == "token-2"


def test_8_threads_make_one_fetch_per_lifetime(clock) -> None:
    grants = Grants(300)
    keeper = TokenKeeper(grants, clock=clock)
    for lifetime in range(1, 6):
        assert set(_in_threads(keeper.token)) == {f"token-{lifetime}"}
        assert len(grants.lasts) == lifetime
        clock.pass_s(271)
    assert grants.most_at_once == 1


def test_threads_in_line_behind_a_failed_fetch_share_its_failure(clock) -> None:
    attempts = []
    in_line = threading.Event()

    def failing(last: Grant | None) -> Grant:
        attempts.append(last)
        assert in_line.wait(5)
        raise ServerError("login server failed", status=503, operation="login", detail="later")

    keeper = TokenKeeper(failing, clock=clock)
    keeper._lock = lock = CountingLock(then=in_line, count=8)  # type: ignore[assignment]
    results: list[object] = []
    threads = [threading.Thread(target=lambda: results.extend(_in_threads(keeper.token, 1))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lock.entered == 8
    assert len(attempts) == 1
    assert [(type(e), e.status, e.detail) for e in results] == [(ServerError, 503, "later")] * 8


def test_after_a_failure_the_next_call_tries_again(clock) -> None:
    answers = iter([ConnectionLost("no route"), Grant("token", 300)])

    def renewal(last: Grant | None) -> Grant:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    keeper = TokenKeeper(renewal, clock=clock)
    with pytest.raises(ConnectionLost, match="no route"):
        keeper.token()
    assert keeper.token() == "token"


def test_an_interrupted_fetch_does_not_lock_the_others_out(clock) -> None:
    answers = iter([KeyboardInterrupt(), Grant("token", 300)])

    def renewal(last: Grant | None) -> Grant:
        answer = next(answers)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    keeper = TokenKeeper(renewal, clock=clock)
    with pytest.raises(KeyboardInterrupt):
        keeper.token()
    assert keeper.token() == "token"


def test_a_token_refused_before_its_time_is_replaced(clock) -> None:
    keeper = TokenKeeper(Grants(300), clock=clock)
    stale = keeper.token()
    clock.pass_s(31)
    assert keeper.renew(stale)
    assert keeper.token() == "token-2"


def test_8_threads_with_the_same_refused_token_make_one_fetch(clock) -> None:
    grants = Grants(300)
    keeper = TokenKeeper(grants, clock=clock)
    stale = keeper.token()
    clock.pass_s(31)
    assert _in_threads(lambda: keeper.renew(stale)) == [True] * 8
    assert len(grants.lasts) == 2


def test_a_token_that_was_only_just_granted_is_not_replaced(clock) -> None:
    grants = Grants(300)
    keeper = TokenKeeper(grants, clock=clock)
    fresh = keeper.token()
    clock.pass_s(29)
    assert not keeper.renew(fresh)
    assert len(grants.lasts) == 1


def test_the_same_token_again_is_no_reason_for_a_second_try(clock) -> None:
    keeper = TokenKeeper(lambda last: Grant("always", 300), clock=clock)
    keeper.token()
    clock.pass_s(31)
    assert not keeper.renew("always")


def test_a_token_of_somebody_else_is_replaced_by_the_first_of_our_own() -> None:
    assert TokenKeeper(Grants()).renew("of an earlier process")
