"""A field's hours judged together: ISMN flags, neighbours, and the worst of both."""

import numpy as np

from streaming.quality.hourly import judge
from streaming.quality.ismn import ISMN, ismn
from streaming.quality.limits import Limits


def field() -> np.ndarray:
    """Three sensors, 100 hours: a spike, a sensor that goes far off, an hour without a mean."""
    hourly = np.tile(25 + 0.01 * (np.arange(100) % 24), (3, 1))
    hourly[0, 50] = 34.0
    hourly[1, 90:] = 50.0
    hourly[2, 60] = np.nan
    return hourly


def test_flags_of_the_ismn_are_those_of_each_series() -> None:
    hourly = field()
    judged = judge(hourly, saturation=46.0, limits=Limits())
    for series, names in zip(hourly, judged.names, strict=True):
        highest = np.nanmax(series[series < 60])
        expected = ismn(series, 46.0, highest)
        found = [[name in hour.split() for name in ISMN] for hour in names]
        assert found == expected.tolist()
    assert judged.names[0, 50] == "D06"
    assert "C03" in judged.names[1, 95]


def test_the_worst_of_flags_and_neighbours() -> None:
    judged = judge(field(), saturation=46.0, limits=Limits())
    assert (judged.quality[0, 50], judged.neighbours[0, 50]) == (3, 1)
    assert (judged.quality[1, 95], judged.neighbours[1, 95]) == (4, 3)
    assert (judged.quality[0, 95], judged.neighbours[0, 95]) == (1, 1)
    assert (judged.quality[2, 60], judged.neighbours[2, 60]) == (9, 9)
    assert judged.neighbours[0, 60] == 2  # one neighbour is too few


def test_a_sensor_that_moves_alone_is_suspect_and_all_together_are_not() -> None:
    hourly = field()
    hourly[0, 20:40] += 12.0  # it stays within 15 % of its neighbours
    hourly[:, 70:] += 12.0  # rain
    judged = judge(hourly, saturation=None, limits=Limits())
    assert judged.neighbours[0, 18:42].tolist() == [1, 1, 3, *[1] * 19, 3, 1]
    assert (judged.neighbours[0, 65:75] == 1).all()
    assert judged.quality[0, 20] == 3


def test_without_a_known_soil_nothing_is_above_saturation() -> None:
    assert "C03" not in judge(field(), saturation=None, limits=Limits()).names[1, 95]
    assert judge(np.full((1, 30), np.nan), None, Limits()).quality.tolist() == [[9] * 30]
