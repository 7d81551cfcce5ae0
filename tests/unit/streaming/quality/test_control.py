"""The operator, batch by batch: the last flags told are those of the whole series, however it came."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.quality.bucket import Bucket, OldState
from streaming.quality.control import MOST_OPEN, Arrived, Told, control
from streaming.quality.flags import combined, side_by_side, texts
from streaming.quality.limits import Limits
from streaming.quality.series import reading_flags, value_flags
from tests.unit.streaming.quality.series_of import LIMITS, Series, around_all, rows_of, series

WATERMARK = 600_000
Key = tuple[str, int, int, int]
Flagged = dict[Key, tuple[str, int]]


def arrived(ids: Sequence[str], rows: np.ndarray, first: int) -> Arrived:
    return Arrived(list(ids), np.arange(first, first + len(rows)), rows.copy())


def taken(batches: Sequence[tuple[list[str], np.ndarray]]) -> tuple[Flagged, Bucket, dict[Key, float]]:
    """What a store holds after the batches, each of them through a state as bytes."""
    state, slots, stored, scores, first = None, dict[int, bytes](), {}, {}, 0
    for ids, rows in batches:
        bucket = Bucket.decode(state, slots.__getitem__)
        told = control(bucket, arrived(ids, rows, first), LIMITS, WATERMARK)
        state, first = bucket.encode(), first + len(rows)
        slots |= bucket.changed()
        for key, quality, tests, score in of(bucket, told):
            stored[key], scores[key] = (tests, quality), score
    return stored, Bucket.decode(state, slots.__getitem__), scores


def of(bucket: Bucket, told: Told) -> list[tuple[Key, int, str, float]]:
    keys = [
        (bucket.ids[row["sensor"]], int(row["date"]), int(row["boot"]), int(row["seq"])) for row in told.rows
    ]
    return list(zip(keys, map(int, told.quality), map(str, told.tests), told.score, strict=True))


def whole(sensor: str, made: Series, limits: Limits = LIMITS) -> Flagged:
    """By the pure functions, which equal ioos_qc's, on the series at once; anomalies left open."""
    at = around_all(made, limits)
    of_reading, of_values = reading_flags(at, limits), value_flags(at, limits)
    shown = texts(of_reading, of_values)
    quality = combined(side_by_side(of_reading, of_values))
    return {
        (sensor, int(row["date"]), 0, int(row["seq"])): (str(text), int(worst))
        for row, text, worst in zip(at.rows, shown, quality, strict=True)
    }


def without_anomaly(stored: Flagged) -> Flagged:
    def cut(text: str) -> str:
        head, *quantities = text.split(".")
        return ".".join([head, *(digits[:-1] for digits in quantities)])

    return {key: (cut(text), quality) for key, (text, quality) in stored.items()}


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[dict[str, Series], list[tuple[list[str], np.ndarray]]]:
    """Two sensors' series; mixed, out of order within the watermark, with repeats, cut into batches."""
    sensors = {name: draw(series(most=20)) for name in ("a", "b")}
    rows = np.concatenate([rows_of(made) for made in sensors.values()])
    names = [name for name, made in sensors.items() for _ in made.date]
    delay = np.array(draw(st.lists(st.integers(0, WATERMARK), min_size=len(rows), max_size=len(rows))))
    order = np.argsort(rows["date"] + delay, kind="stable")
    again = draw(st.lists(st.integers(0, len(rows) - 1), max_size=5))
    places = sorted([*range(len(rows)), *again])
    order = order[np.array(places)]
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=6)))
    parts = [part for part in np.split(order, cuts) if len(part)]
    return sensors, [([names[i] for i in part], rows[part]) for part in parts]


@given(deliveries())
def test_the_last_flags_are_those_of_the_whole_series(
    given: tuple[dict[str, Series], list[tuple[list[str], np.ndarray]]],
) -> None:
    sensors, batches = given
    expected: Flagged = {}
    for name, made in sensors.items():
        expected |= whole(name, made)
    stored, _, _ = taken(batches)
    assert without_anomaly(stored) == expected


def day_of_readings(days: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Two sensors every 10 minutes, with a daily course and noise."""
    noise = np.random.default_rng(seed)
    date = 1_780_000_000_000 + 600_000 * np.arange(144 * days)
    rows = []
    for _ in range(2):
        value = 20 + 5 * np.sin(2 * np.pi * date / 86_400_000) + noise.normal(0, 0.1, len(date))
        rows.append(rows_of(Series(date, value.round(2), np.full(len(date), 10.0), np.full(len(date), 10.0))))
    return ["a"] * len(date) + ["b"] * len(date), np.concatenate(rows)


def mixed(ids: list[str], rows: np.ndarray, size: int, seed: int) -> list[tuple[list[str], np.ndarray]]:
    shake = np.random.default_rng(seed).integers(0, WATERMARK, len(rows))
    order = np.argsort(rows["date"] + shake, kind="stable")
    names = np.array(ids, object)
    return [(list(names[part]), rows[part]) for part in np.array_split(order, max(1, len(rows) // size))]


def test_scores_do_not_depend_on_batches_or_order() -> None:
    ids, rows = day_of_readings(4, seed=1)
    _, _, once = taken(mixed(ids, rows, len(rows), seed=2))
    _, _, bit_by_bit = taken(mixed(ids, rows, 7, seed=3))
    assert once.keys() == bit_by_bit.keys()
    np.testing.assert_array_equal([once[key] for key in once], [bit_by_bit[key] for key in once])
    assert np.isfinite(list(once.values())).sum() > 1000


def test_what_is_too_late_is_not_told_and_changes_nothing() -> None:
    ids, rows = day_of_readings(1, seed=1)
    stored, bucket, _ = taken([(ids, rows)])
    late = rows[:1].copy()
    told = control(bucket, arrived(["a"], late, 10_000), LIMITS, WATERMARK)
    assert len(told.rows) == 0
    assert len(stored) == len(rows)


@pytest.mark.parametrize(("newer", "told"), [(MOST_OPEN - 1, 1), (MOST_OPEN, 0)])
def test_a_reading_finds_its_place_behind_so_many_newer_ones_and_no_more(newer: int, told: int) -> None:
    ids, rows = day_of_readings(1, seed=1)
    rows["date"] = 1_780_000_000_000 + 1000 * np.arange(len(rows))
    bucket = Bucket.decode(None)
    control(bucket, arrived(ids[1 : newer + 1], rows[1 : newer + 1], 0), LIMITS, WATERMARK)
    late = control(bucket, arrived(ids[:1], rows[:1], 1000), LIMITS, WATERMARK)
    assert [int(row["date"]) for row in late.rows].count(int(rows["date"][0])) == told


def test_state_is_bounded() -> None:
    date = 1_780_000_000_000 + 10 * np.arange(5000)
    made = Series(date, np.full(5000, 20.0), np.full(5000, 1.0), np.full(5000, 1.0))
    _, bucket, _ = taken([(["a"] * 5000, rows_of(made))])
    assert MOST_OPEN <= len(bucket.rows) < MOST_OPEN + 20


def test_state_of_another_version_is_named() -> None:
    state = b"\x63" + Bucket.decode(None).encode()[1:]
    with pytest.raises(OldState, match="version 99"):
        Bucket.decode(state)
