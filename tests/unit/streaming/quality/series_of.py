"""Series of one sensor for the tests of quality control: drawn, and as rows."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from msgspec.structs import replace

from streaming.quality.limits import Limits
from streaming.quality.series import ROW, Around, around
from streaming.quality.values import Before, Values

__all__ = ["LIMITS", "NUMBER", "Series", "around_all", "rows_of", "series"]

NUMBER = 3
"""The quantity that the tests look at: moisture."""

_MONTHS = tuple((10.0 + month, 14.0 + month, 30.0 + month, 40.0 + month) for month in range(12))
LIMITS = replace(
    Limits(),
    gap=1800.0,
    moved=500.0,
    temperature=replace(Limits().temperature, flat=(3, 5)),
    humidity=replace(Limits().humidity, flat=(3, 5)),
    ph=replace(Limits().ph, flat=(3, 5)),
    moisture=replace(
        Limits().moisture, climatology=_MONTHS, spike=(2.0, 6.0), rate=(0.01, 0.1), flat=(3, 5), tolerance=0.3
    ),
)
DAY = 86_400_000
_START = 1_780_000_000_000


@dataclass(frozen=True)
class Series:
    """Dates in ms since 1970, ascending; moisture and position of each."""

    date: np.ndarray
    values: np.ndarray
    lon: np.ndarray
    lat: np.ndarray

    @property
    def times(self) -> np.ndarray:
        return self.date.astype("datetime64[ms]").astype("datetime64[ns]")


@st.composite
def series(draw: st.DrawFn, least: int = 1, most: int = 30) -> Series:
    """Values that are often equal, off or missing; intervals of less than a second to a month."""
    size = draw(st.integers(least, most))
    steps = st.sampled_from([400, 1000, 10_000, 10_000, 10_500, 60_000, 1_800_000, 1_801_000, 30 * DAY])
    values = st.sampled_from([20.0, 20.0, 20.1, 20.25, 22.5, 27.0, 41.0, 61.0, -1.0, 101.0, np.nan])
    degrees = st.sampled_from([10.0, 10.0, 10.001, 10.1, 91.0, 181.0, np.nan])

    def of(cells: st.SearchStrategy[float]) -> np.ndarray:
        return np.array(draw(st.lists(cells, min_size=size, max_size=size)), float)

    date = _START + np.cumsum(draw(st.lists(steps, min_size=size, max_size=size)))
    return Series(date, of(values), of(degrees), of(degrees))


def rows_of(made: Series, sensor: int = 0) -> np.ndarray:
    rows = np.zeros(len(made.date), ROW)
    rows["sensor"], rows["date"], rows["seq"] = sensor, made.date, np.arange(len(made.date))
    rows["lon"], rows["lat"], rows["parts"] = made.lon, made.lat, 4
    rows["value"] = np.nan
    rows["value"][:, NUMBER] = made.values
    return rows


def around_all(made: Series, limits: Limits = LIMITS) -> Around:
    rows = rows_of(made)
    values = Values(rows, Before.nothing(1, limits.reach))
    return around(rows, values, np.arange(len(rows)), limits.reach)
