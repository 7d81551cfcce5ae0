from hypothesis import given
from hypothesis import strategies as st

from edge_gateway.memory import MAX_BOOTS, MAX_GAPS, Memory, RejectMemory


def reopened(memory: Memory, max_boards: int = 100) -> Memory:
    return Memory(max_boards, memory.changes()[0])


def test_a_repeat_is_known() -> None:
    memory = Memory(100)
    assert memory.mark("b", 1, 0)
    assert not memory.mark("b", 1, 0)


def test_what_was_missed_is_new_when_it_comes_later() -> None:
    memory = Memory(100)
    assert [memory.mark("b", 1, seq) for seq in (5, 9, 7, 6, 8, 0)] == [True] * 6
    assert [memory.mark("b", 1, seq) for seq in (5, 9, 7, 6, 8, 0)] == [False] * 6
    assert memory.mark("b", 1, 3)


def test_boots_and_boards_are_apart() -> None:
    memory = Memory(100)
    assert memory.mark("b", 1, 0)
    assert memory.mark("b", 2, 0)
    assert memory.mark("c", 1, 0)
    assert not memory.mark("b", 1, 0)  # the boot before the newest is still known


identities = st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 3), st.integers(0, 60))


@given(st.lists(identities, max_size=200), st.integers(0, 200))
def test_it_is_a_set_of_identities_across_a_restart(marks: list[tuple[str, int, int]], restart: int) -> None:
    memory, known = Memory(100), set[tuple[str, int, int]]()
    for i, mark in enumerate(marks):
        if i == restart:
            memory = reopened(memory)
        assert memory.mark(*mark) is (mark not in known)
        known.add(mark)


@given(st.lists(st.integers(0, 10_000), max_size=400))
def test_beyond_its_bounds_it_forgets_but_never_loses(seqs: list[int]) -> None:
    memory, known = Memory(100), set[int]()
    for seq in seqs:
        if not memory.mark("b", 1, seq):
            assert seq in known
        known.add(seq)


def test_gaps_boots_and_boards_are_bounded() -> None:
    memory = Memory(10)
    for seq in range(0, 1000, 2):
        memory.mark("b", 1, seq)
    for boot in range(50):
        memory.mark("c", boot, 0)
    for i in range(50):
        memory.mark(f"n{i}", 1, 0)
    assert len(memory) == 10
    rows, gone = memory.changes()
    assert {board for board, _ in rows} == {f"n{i}" for i in range(40, 50)}
    assert {"b", "c"} <= set(gone)
    memory = Memory(10)
    for seq in range(0, 1000, 2):
        memory.mark("b", 1, seq)
    for boot in range(50):
        memory.mark("b", boot, 0)
    assert len(memory.changes()[0][0][1]) < 100 + 20 * MAX_GAPS * MAX_BOOTS


def test_the_board_heard_of_longest_ago_goes_first() -> None:
    memory = Memory(2)
    for board in ("a", "b", "a", "c"):
        memory.mark(board, 1, 0)
    assert not memory.mark("a", 1, 0)
    assert memory.mark("b", 1, 0)


def test_rejects_are_known_within_their_bound() -> None:
    rejects = RejectMemory(2, ["a", "b"])
    assert not rejects.mark("b")
    assert rejects.mark("c")
    assert not rejects.mark("c")
    assert rejects.mark("a")
