"""Who has which sandbox: places are bounded, spares are warm, and what nobody looks at ends."""

import threading
from collections.abc import Callable, Iterator

import psutil
import pytest

from core.errors import InterpreterError, NotFound
from core.interpreter.pool import SWEEP_S, Pool, PoolLimits
from core.interpreter.sandbox import Sandbox
from tests.interpreter.conftest import said, shown


class FakeSandbox:
    """Runs nothing, and counts how often one was made."""

    made = 0

    def __init__(self) -> None:
        type(self).made += 1
        self.why, self.busy = "", False

    @property
    def alive(self) -> bool:
        return not self.why

    def end(self, why: str = "") -> None:
        self.why = self.why or why or "closed"


class Clock:
    """Stands until it is set on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pool(clock: Clock) -> Iterator[Pool]:
    FakeSandbox.made = 0
    opened = Pool(FakeSandbox, PoolLimits(sandboxes=3, spare=1), clock)  # type: ignore[arg-type]
    yield opened
    opened.close()


def test_a_conversation_keeps_its_own(pool: Pool) -> None:
    assert pool.find("a") is None
    first = pool.take("a")
    assert pool.take("a") is first
    assert pool.find("a") is first
    assert pool.own("a") is first
    assert pool.take("b") is not first


def test_one_that_was_ended_says_why_and_is_replaced(pool: Pool) -> None:
    first = pool.take("a")
    first.end("It took too much.")
    found = pool.find("a")
    assert found is not None
    assert found.why == "It took too much."
    with pytest.raises(NotFound):
        pool.own("a")
    assert pool.take("a") is not first


def test_a_spare_one_is_ready_for_the_next(pool: Pool) -> None:
    pool.take("a")
    made = FakeSandbox.made
    pool.take("b")
    # The spare one was made for the first, and another one since
    assert made - 1 <= FakeSandbox.made - 1 <= made + 1
    assert len(pool) == 2


def test_a_new_one_is_prepared_once_and_not_kept_where_that_fails(pool: Pool) -> None:
    begun: list[object] = []
    first = pool.take("a", begin=begun.append)
    assert pool.take("a", begin=begun.append) is first
    assert begun == [first]

    def fails(sandbox: object) -> None:
        begun.append(sandbox)
        raise NotFound("no such file")

    with pytest.raises(NotFound):
        pool.take("b", begin=fails)
    assert pool.find("b") is None
    assert not begun[-1].alive  # type: ignore[attr-defined]


def test_places_are_bounded_and_a_left_one_makes_room(pool: Pool, clock: Clock) -> None:
    for key in "abc":
        pool.take(key, holder=f"page {key}")
        clock.now += 1
    with pytest.raises(InterpreterError, match="All 3"):
        pool.take("d")
    pool.leave("page b")
    left = pool.find("b")
    pool.take("d")
    assert left is not None
    assert "make room" in left.why
    assert {key for key in "abcd" if pool.find(key)} == {"a", "c", "d"}


def test_one_that_runs_something_is_never_taken_away(pool: Pool) -> None:
    for key in "abc":
        pool.take(key).busy = True  # type: ignore[misc]
    with pytest.raises(InterpreterError, match="All 3"):
        pool.take("d")


def test_what_nobody_looks_at_ends_within_a_minute(pool: Pool, clock: Clock) -> None:
    sandbox = pool.take("a", holder="page")
    clock.now = 1000
    pool.sweep()
    assert sandbox.alive
    pool.leave("page")
    clock.now += PoolLimits().left_s
    pool.sweep()
    # A page that is loaded again finds it
    assert pool.take("a", holder="page again") is sandbox
    pool.leave("page again")
    clock.now += 60 - SWEEP_S
    pool.sweep()
    assert not sandbox.alive
    assert "not used" in sandbox.why
    assert pool.find("a") is None


def test_whoever_else_looks_keeps_it(pool: Pool, clock: Clock) -> None:
    sandbox = pool.take("a", holder=1)
    pool.take("a", holder=2)
    pool.leave(1)
    clock.now += 100
    pool.sweep()
    assert sandbox.alive


def test_leaving_one_conversation_leaves_the_others(pool: Pool, clock: Clock) -> None:
    a, b = pool.take("a", holder=1), pool.take("b", holder=1)
    pool.leave(1, "a")
    clock.now += 100
    pool.sweep()
    assert not a.alive
    assert b.alive


def test_one_that_is_idle_ends_though_somebody_looks(pool: Pool, clock: Clock) -> None:
    sandbox = pool.take("a", holder="page")
    clock.now += PoolLimits().idle_s + 1
    sandbox.busy = True  # type: ignore[misc]
    pool.sweep()
    assert sandbox.alive
    sandbox.busy = False  # type: ignore[misc]
    pool.sweep()
    assert not sandbox.alive


def test_the_spare_one_goes_with_the_last(pool: Pool, clock: Clock) -> None:
    ended = threading.Event()
    spares: list[FakeSandbox] = []

    class Noticed(FakeSandbox):
        def __init__(self) -> None:
            super().__init__()
            spares.append(self)

        def end(self, why: str = "") -> None:
            super().end(why)
            if all(not one.alive for one in spares):
                ended.set()

    own = Pool(Noticed, PoolLimits(), clock)  # type: ignore[arg-type]
    own.take("a")
    clock.now += 100
    own.sweep()
    assert ended.wait(10)
    own.close()


def test_what_cannot_be_made_says_why_and_takes_no_place(clock: Clock) -> None:
    fails = [True]

    def make() -> FakeSandbox:
        if fails[0]:
            raise InterpreterError("bubblewrap is missing")
        return FakeSandbox()

    own = Pool(make, PoolLimits(sandboxes=1, spare=0), clock)  # type: ignore[arg-type]
    for _ in range(3):
        with pytest.raises(InterpreterError, match="bubblewrap is missing"):
            own.take("a")
    fails[0] = False
    assert own.take("a").alive
    own.close()


def test_two_who_ask_at_once_get_the_same(pool: Pool) -> None:
    found: list[object] = []
    both = threading.Barrier(2)

    def ask() -> None:
        both.wait()
        found.append(pool.take("a"))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] is found[1]


def test_a_closed_pool_makes_no_more(pool: Pool) -> None:
    sandbox = pool.take("a")
    pool.close()
    assert not sandbox.alive
    with pytest.raises(InterpreterError, match="shut down"):
        pool.take("b")


def test_real_ones_go_with_their_pool(probe: object) -> None:
    own = Pool(Sandbox, PoolLimits(sandboxes=2))
    first: Callable[[], Sandbox] = lambda: own.take("a")  # noqa: E731
    assert said(shown(first(), "x = 1; print(x)")) == "1\n"
    assert said(shown(first(), "print(x)")) == "1\n"
    processes = psutil.Process(first().init).children(recursive=True)
    own.close()
    assert psutil.wait_procs(processes, timeout=120)[1] == []
