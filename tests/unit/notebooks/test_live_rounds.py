"""Whose flags the live page asks for next: everybody's soon, and of a large farm never all at once."""

from datetime import UTC, datetime, timedelta

from notebooks.live.rounds import MOST, Rounds

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
OFTEN = dict.fromkeys("ab", 10 * SECOND)


def asked(rounds: Rounds, boards: dict[str, timedelta], now: datetime) -> list[tuple[str, timedelta]]:
    """The sensors of each look with how far back it goes."""
    looks = rounds.next(boards, now)
    for look in looks:
        rounds.done(look, now)
    return [("".join(look.sensors), now - look.since) for look in looks]


def test_all_is_read_at_first_then_the_end_of_it_and_now_and_then_all() -> None:
    rounds = Rounds()
    assert asked(rounds, OFTEN, NOON) == [("ab", 15 * MINUTE)]
    assert asked(rounds, OFTEN, NOON + 19 * SECOND) == []
    assert asked(rounds, OFTEN, NOON + 20 * SECOND) == [("ab", 3 * MINUTE + 20 * SECOND)]
    assert asked(rounds, OFTEN, NOON + 260 * SECOND) == [("ab", 3 * MINUTE + 240 * SECOND)]
    assert asked(rounds, OFTEN, NOON + 300 * SECOND) == [("ab", 15 * MINUTE)]


def test_a_look_that_failed_is_repeated() -> None:
    rounds = Rounds()
    assert rounds.next(OFTEN, NOON) == rounds.next(OFTEN, NOON) != []


def test_flags_of_a_board_that_sends_seldom_count_longer_and_are_all_read() -> None:
    rounds, boards = Rounds(), {"a": 10 * SECOND, "b": 11 * MINUTE, "c": timedelta(days=30)}
    whole = [("a", 15 * MINUTE), ("b", 45 * MINUTE), ("c", timedelta(days=1))]
    assert asked(rounds, boards, NOON) == whole
    assert asked(rounds, boards, NOON + MINUTE)[1:] == whole[1:]


def test_a_large_farm_is_asked_in_turns() -> None:
    rounds, boards = Rounds(), {str(n): 10 * SECOND for n in range(2 * MOST + 1)}
    turns = [rounds.next(boards, NOON)[0]]
    for second in range(1, 4):
        rounds.done(turns[-1], NOON)
        turns += rounds.next(boards, NOON + second * SECOND)
    assert [len(turn.sensors) for turn in turns] == [MOST, MOST, 1]
    assert {name for turn in turns for name in turn.sensors} == set(boards)
