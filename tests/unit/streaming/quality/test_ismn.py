"""The flags of the ISMN equal those of its own program on the same hourly series."""

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from flagit import flagit
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.signal import savgol_coeffs

from streaming.quality import ismn as module
from streaming.quality.hourly import judge
from streaming.quality.ismn import CURVE, ISMN, SLOPE
from streaming.quality.limits import Limits

SATURATION = 46.0


def theirs(hourly: np.ndarray, highest: float) -> list[set[str]]:
    index = pd.date_range("2026-06-01", periods=len(hourly), freq="h")
    frame = pd.DataFrame({"soil_moisture": hourly.copy(), "highest_sm": highest}, index=index)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = flagit.Interface(frame, sat_point=SATURATION)
        program.run(name=["C01", "C02", "C03", "D06", "D07", "D09", "D10"])
    found = program.data["qflag"]
    return [found[at] if at in found.index and isinstance(found[at], set) else set() for at in index]


@pytest.fixture(scope="module", autouse=True)
def same_filters() -> Iterator[None]:
    """Bit by bit those of this machine's scipy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SLOPE", savgol_coeffs(3, 2, 1))
        patch.setattr(module, "CURVE", savgol_coeffs(3, 2, 2))
        yield


def ours(hourly: np.ndarray) -> list[set[str]]:
    """As query `hourly` judges a span: high plateaus by the largest mean of that span."""
    [names] = judge(hourly[None], SATURATION, Limits()).names
    return [set(hour.split()) for hour in names]


Piece = tuple[str, int, float]


def course(pieces: list[Piece], seed: int) -> np.ndarray:
    """A series of plateaus, trends, noise, spikes, drops to zero and gaps, two decimals as boards send."""
    noise, values, level = np.random.default_rng(seed), [], 25.0
    for kind, hours, size in pieces:
        if kind == "level":
            level = size
        if kind == "gap":
            part = np.full(hours % 4 + 1, np.nan)
        elif kind == "spike":
            part = np.full(hours % 2 + 1, level * size / 25)
        elif kind == "zero":
            part = np.zeros(hours)
        elif kind == "noise":
            part = level + noise.normal(0, abs(size) / 20, hours)
        else:
            part = np.full(hours, level) if kind == "level" else level + size / 100 * np.arange(hours)
        values.append(part)
    return np.concatenate(values).round(2)


pieces = st.tuples(
    st.sampled_from(["level", "level", "trend", "noise", "spike", "zero", "gap"]),
    st.integers(1, 30),
    st.sampled_from([0.5, 5.0, 10.0, 20.0, 25.0, 32.0, 41.0, 41.5, 44.0, 48.0, 61.0, -2.0]),
)


@settings(max_examples=50)  # each of several spans
@given(st.lists(pieces, min_size=2, max_size=9), st.integers(0, 1000), st.integers(30, 90))
@example([("level", 20, 20.0), ("level", 20, 41.5), ("level", 20, 10.0)], 0, 60)
@example([("level", 20, 44.0), ("level", 20, 20.0), ("level", 20, 42.5), ("level", 20, 10.0)], 0, 60)
@example([("noise", 20, 20.0), ("zero", 20, 0.5), ("noise", 15, 5.0)], 0, 60)
@example([("noise", 30, 0.5), ("spike", 1, 48.0), ("noise", 30, 0.5)], 1, 90)
def test_equal_to_the_networks_own_program_as_the_trailing_span_moves(
    given: list[Piece], seed: int, span: int
) -> None:
    """Both are given the hours of a span and the largest mean below 60 % of that span, for D10."""
    hourly = course(given, seed)
    for end in range(len(hourly), 0, -span // 2):
        series = hourly[max(0, end - span) : end]
        if np.isfinite(series).any():
            usual = series[series < 60]
            assert ours(series) == theirs(series, usual.max() if len(usual) else np.nan)


def test_the_trailing_span_decides_what_is_a_high_plateau() -> None:
    hourly = course([("level", 20, 44.0), ("level", 20, 20.0), ("level", 20, 40.0), ("level", 20, 10.0)], 0)
    wide, narrow = ours(hourly), ours(hourly[20:])
    assert not any("D10" in hour for hour in wide[40:60])
    assert sum("D10" in hour for hour in narrow[20:40]) >= 12


def test_the_filters_are_scipys() -> None:
    assert np.allclose(SLOPE, savgol_coeffs(3, 2, 1), rtol=0, atol=1e-15)
    assert np.allclose(CURVE, savgol_coeffs(3, 2, 2), rtol=0, atol=1e-15)


@pytest.mark.parametrize("flag", ISMN)
def test_each_flag_is_given(flag: str) -> None:
    found = set()
    for seed in range(30):
        noise = np.random.default_rng(seed)
        made: list[Piece] = [("noise", 30, 0.5), ("spike", 0, 40.0), ("noise", 30, 0.5), ("level", 15, -2.0)]
        made += [("level", 30, 30.0), ("level", 20, 41.5), ("level", 20, 12.0), ("level", 9, 61.0)]
        made += [("level", int(noise.integers(5, 30)), float(noise.integers(5, 40))) for _ in range(4)]
        made += [("zero", 20, 0.0), ("noise", 20, 5.0)]
        found |= set().union(*ours(course(made, seed)))
    assert flag in found
