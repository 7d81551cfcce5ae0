"""The audit's arithmetic: gaps between numbers, and what is counted for which boot."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.audit.boards import boards, gaps
from streaming.audit.kafka_log import Identity
from streaming.audit.stored import sensor_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(sensor: str, boot: int, seq: int, minutes: float = 0, **more: Any) -> dict[str, Any]:
    """A stored reading, written 2 s after it was measured."""
    date = NOON + timedelta(minutes=minutes)
    written = round((date.timestamp() + 2) * 1_000_000)
    usual = {"late": False, "after_watermark": None, "received": date}
    return {"sensor_id": sensor, "date": date, "boot": boot, "seq": seq, "written": written} | usual | more


@given(st.sets(st.integers(0, 300), min_size=1), st.randoms())
def test_gaps_and_numbers_make_up_the_whole_run(numbers: set[int], random: Any) -> None:
    shuffled = list(numbers)
    random.shuffle(shuffled)
    missing = {n for first, last in gaps(shuffled) for n in range(first, last + 1)}
    assert missing | numbers == set(range(min(numbers), max(numbers) + 1))
    assert not missing & numbers


def test_each_boot_by_itself() -> None:
    rows = [row("a", 1, seq) for seq in (3, 4, 7)] + [
        row("a", 2, 0, 1),
        row("b", -1, -1),
        row("b", -1, -1, 5),
    ]
    rows[0] |= {"late": True, "after_watermark": True}
    date_ms = round(NOON.timestamp() * 1000)
    came = {Identity("a", 1, 3, date_ms): 3, Identity("a", 2, 0, date_ms): 1}
    first, second, third = boards(pd.DataFrame(rows), came, {"a": 5}, NOON)
    assert (first.boot, first.received, first.missing, first.gaps) == (1, 3, 2, [(5, 6)])
    assert (first.duplicates, first.late, first.after_watermark, first.rejected) == (2, 1, 1, 0)
    assert (first.lag_p50_s, first.lag_p99_s) == (2.0, 2.0)
    assert (second.boot, second.gaps, second.duplicates, second.rejected) == (2, [], 0, 5)
    assert (third.boot, third.received, third.first_seq, third.missing) == (None, 2, None, 0)


@pytest.mark.parametrize(
    ("source", "raw", "sensor"),
    [
        ("mqtt:farm/7/reading", b"no reading", "7"),
        ("kafka:sensor-data", b'{"id": "e1", "date": "1970-01-01T00:00:00Z"}', "e1"),
        ("kafka:sensor-data", b'{"id": 1851632, "main": {"whc": "wet"}}', "1851632"),
        ("kafka:sensor-data", b'{"id": [1]}', ""),
        ("kafka:sensor-data", b'{"id": "e1", "cut', ""),
        ("kafka:sensor-data", b"\xff", ""),
        ("kafka:sensor-data", None, ""),
        ("serial:ttyUSB0", b"R id=7 boot=1*0000", ""),
    ],
)
def test_a_refused_input_counts_for_the_board_that_it_names(source: str, raw: bytes, sensor: str) -> None:
    assert sensor_of(source, raw) == sensor


def test_what_was_dated_before_the_span_fills_gaps_and_is_not_counted() -> None:
    rows = [row("a", 1, 5, 1), row("a", 1, 6, -60), row("a", 1, 7, 2), row("old", 1, 1, -60)]
    (board,) = boards(pd.DataFrame(rows), {}, {}, NOON)
    assert (board.received, board.first_seq, board.last_seq, board.missing) == (2, 5, 7, 0)
