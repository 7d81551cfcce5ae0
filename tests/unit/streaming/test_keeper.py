"""Queries that fail are started again, not for ever, and the reason is one line."""

from collections.abc import Callable

import pytest

from streaming.keeper import GivenUp, Keeper, NotStarted, cause


class Failing:
    """A query that has ended."""

    isActive = False

    def stop(self) -> None:
        """It has."""

    def exception(self) -> Exception:
        return ValueError("Query [id = 1] terminated\n  at Java")


class Running(Failing):
    isActive = True

    def stop(self) -> None:
        self.isActive = False


class World:
    """Clock, batches done, and what each start gives; a start that has none left gives a Failing."""

    def __init__(self, *starts: Callable[[], Failing]) -> None:
        self.now, self.batch, self.started = 0.0, 0, 0
        self._starts = list(starts)
        self.keeper = Keeper(["join"], self._start, lambda name: self.batch, 100.0, lambda: self.now)

    def _start(self, name: str) -> Failing:
        self.started += 1
        return self._starts.pop(0)() if self._starts else Failing()

    def pass_time(self, seconds: int, doing: Callable[[], None] = lambda: None) -> None:
        for _ in range(seconds):
            self.now += 1
            doing()
            self.keeper.check()


def refused() -> Failing:
    raise NotStarted("join", ValueError("no table"))


def test_a_query_that_runs_is_left_alone() -> None:
    world = World(Running)
    world.pass_time(500)
    assert world.started == 1


def test_a_query_is_renewed_at_once_and_without_a_complaint(caplog: pytest.LogCaptureFixture) -> None:
    world = World(Running, Running)
    world.keeper.renew("join")
    world.pass_time(1)
    assert world.started == 2
    world.pass_time(500)
    assert world.started == 2
    assert not caplog.records


def test_a_query_that_fails_is_started_again_with_growing_pauses() -> None:
    world = World(Failing, Failing, Running)
    world.keeper.check()
    assert world.started == 1
    world.pass_time(1)
    assert world.started == 2
    world.pass_time(2)
    assert world.started == 2
    world.pass_time(1)
    assert world.started == 3


def test_it_gives_up_with_the_reason() -> None:
    with pytest.raises(
        GivenUp, match=r"^Query join has failed for 1\d\d s, last with: Query \[id = 1\] term"
    ):
        World().pass_time(200)


def test_it_does_not_give_up_while_batches_are_done() -> None:
    world = World()

    def progress() -> None:
        world.batch += 1

    world.pass_time(500, progress)
    assert world.started > 10


def test_a_start_that_is_refused_counts_as_a_failure_later_and_is_the_end_at_first() -> None:
    world = World(Failing, refused, Running)
    world.pass_time(10)
    assert world.started == 3
    with pytest.raises(NotStarted, match="Query join did not start: no table"):
        World(refused)
    with pytest.raises(GivenUp, match="last with: Query join did not start: no table"):
        World(Failing, *[refused] * 50).pass_time(200)


def test_the_cause_is_our_own_error_where_a_worker_raised_one() -> None:
    text = """[STREAM_FAILED] Query [id = x] terminated with exception: Job aborted
  File "storage/hot.py", line 75, in insisting
storage.errors.Unreachable: Cassandra at c:1 did not take it for 10m: is it running?
\tat org.apache.spark.Something"""
    assert cause(ValueError(text)) == "Cassandra at c:1 did not take it for 10m: is it running?"
    assert cause(ValueError("first\nsecond")) == "first"
    assert cause(None) == cause(ValueError("")) == "it ended without a reason"
