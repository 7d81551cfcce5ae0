from hypothesis import given
from hypothesis import strategies as st

from edge_gateway.framing import MAX_KEPT, Lines

LINES = [b"R id=1*ABCD", b"", b"L hello", b"\r", b"x" * (MAX_KEPT + 100), b"\xff\x00", b"end\r"]


def in_pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    lines, out, at = Lines(), [], 0
    for cut in sorted(c % (len(stream) + 1) for c in cuts):
        out += lines.feed(stream[at:cut])
        at = cut
    return out + lines.feed(stream[at:])


def test_lines_lose_their_ends_and_blank_ones_are_skipped() -> None:
    assert Lines().feed(b"a\r\nb\n\r\n\nc") == [b"a", b"b"]


def test_a_line_is_whole_only_with_its_end() -> None:
    lines = Lines()
    assert lines.feed(b"R id=") == []
    assert lines.feed(b"7\r") == []
    assert lines.feed(b"\nnext") == [b"R id=7"]


@given(
    st.lists(st.one_of(st.sampled_from(LINES), st.binary(max_size=40)), max_size=12),
    st.sampled_from([b"\n", b"\r\n"]),
    st.lists(st.integers(0, 1 << 20), max_size=30),
)
def test_any_chunking_gives_the_same_lines(parts: list[bytes], end: bytes, cuts: list[int]) -> None:
    stream = end.join(parts)
    assert in_pieces(stream, cuts) == in_pieces(stream, [])


@given(st.lists(st.integers(0, 1 << 20), max_size=20))
def test_one_byte_at_a_time_is_no_different(cuts: list[int]) -> None:
    stream = b"\n".join(LINES) + b"\n"
    assert in_pieces(stream, list(range(len(stream)))) == in_pieces(stream, cuts)


def test_a_flood_without_an_end_is_one_line_in_bounded_memory() -> None:
    lines = Lines()
    for _ in range(1000):
        assert lines.feed(b"\x55" * 4096) == []
    assert len(lines._partial) <= MAX_KEPT + 1
    assert lines.feed(b"\nnext\n") == [b"\x55" * MAX_KEPT, b"next"]
