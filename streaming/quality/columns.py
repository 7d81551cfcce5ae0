"""Arrays as few bytes: state goes from RocksDB to Python and back with every batch, and each byte costs.

A whole number takes as many bytes as the span of its array needs, and none where all are equal. So does a
decimal with up to seven digits after its point, which is what boards send: such numbers come back exactly,
and an array with any other number is kept as it is.
"""

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from streaming.quality.flags import Bools, Floats, Ints

__all__ = ["Reader", "decimals", "whole"]

_HEAD = struct.Struct("<BBq")
"""Bytes of a number; how it is to be read; the least, which the others are told from."""

_EXACT, _HOLES = 0x7F, 0x80
"""In the second: numbers as they are, else digits after the point; the least stands for a missing one."""

_DIGITS = (2, 4, 7)
_MOST = 2.0**52
"""Below it doubles tell whole numbers apart."""


def whole(numbers: NDArray[np.integer]) -> Iterator[bytes]:
    """Whole numbers of any shape."""
    return _entries(numbers.astype(np.int64), 0)


def decimals(numbers: Floats) -> Iterator[bytes]:
    """Numbers of any shape, NaN among them."""
    missing = np.isnan(numbers)
    holes = bool(missing.any())
    for digits in _DIGITS:
        with np.errstate(over="ignore"):
            scaled = np.rint(numbers * 10.0**digits)
        same = (scaled / 10.0**digits == numbers) & (np.abs(scaled) < _MOST)
        if (same | missing).all():
            return _entries(_filled(scaled, missing) if holes else scaled.astype(np.int64), digits, holes)
    return iter((_HEAD.pack(8, _EXACT, 0), numbers.astype("<f8").tobytes()))


def _filled(scaled: Floats, missing: Bools) -> Ints:
    least = 0.0 if missing.all() else np.fmin.reduce(scaled, axis=None) - 1
    filled: Ints = np.where(missing, least, scaled).astype(np.int64)
    return filled


def _entries(numbers: Ints, digits: int, holes: bool = False) -> Iterator[bytes]:
    least, most = (int(numbers.min()), int(numbers.max())) if numbers.size else (0, 0)
    size = next(size for size in (0, 1, 2, 4, 8) if most - least < 1 << 8 * size)
    yield _HEAD.pack(size, digits | _HOLES * holes, least)
    if size:
        yield (numbers - least).astype(f"<u{size}").tobytes()


class Reader:
    """Takes arrays out of bytes, in the order in which they were put there."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def plain(self, kind: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
        """What `tobytes` gave; not to be written to."""
        count = int(np.prod(shape))
        found = np.frombuffer(self._data, kind, count, self._at)
        self._at += count * kind.itemsize
        return found.reshape(shape)

    def numbers(self, *shape: int) -> np.ndarray:
        """What `whole` or `decimals` gave."""
        size, how, least = _HEAD.unpack_from(self._data, self._at)
        self._at += _HEAD.size
        if how == _EXACT:
            return self.plain(np.dtype("<f8"), shape)
        zeros = np.zeros(shape, np.int64)
        above = self.plain(np.dtype(f"<u{size}"), shape).astype(np.int64) if size else zeros
        numbers: np.ndarray = above + least
        if digits := how & ~_HOLES:
            numbers = numbers / 10.0**digits
        return np.where(above == 0, np.nan, numbers) if how & _HOLES else numbers
