"""Colours, as the eyes of some people have them (Machado, Oliveira and Fernandes 2009, severity 1.0)."""

from itertools import combinations

import numpy as np
import pytest

from notebooks.look import ALARM, BAD, GOOD, LINES, QUIET, moisture_colour, rgb

EYES = {
    "all cones": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no red": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "no green": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "no blue": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}  # fmt: skip
D65 = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
SEEN, CLEAR = 10.0, 15.0
"""Distances in CIELAB; 2.3 is a just noticeable one."""


def lab(colour: str, eyes: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    value = np.array(list(rgb(colour))) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    xyz = np.array(D65) @ np.clip(np.array(EYES[eyes]) @ linear, 0, 1) / [0.9505, 1, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def apart(one: str, other: str, eyes: str) -> float:
    return float(np.linalg.norm(lab(one, eyes) - lab(other, eyes)))


@pytest.mark.parametrize("eyes", EYES)
def test_colours_that_mean_something_else_look_different(eyes: str) -> None:
    for meant in ((GOOD, ALARM, BAD, QUIET), LINES):
        assert min(apart(*pair, eyes) for pair in combinations(meant, 2)) > SEEN
    for same_shape in ((GOOD, QUIET), (ALARM, BAD), (moisture_colour(-0.5), moisture_colour(0.5))):
        assert apart(*same_shape, eyes) > CLEAR
