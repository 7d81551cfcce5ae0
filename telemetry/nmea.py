"""NMEA 0183 from a GPS receiver: the position in GGA and RMC sentences, checked by their checksum.

A sentence is `$ttGGA,…*hh`: two letters of talker (GP, GN, …), three of kind, `hh` the XOR of all bytes
between `$` and `*`. Latitude is `ddmm.mmmm`, longitude `dddmm.mmmm`, each followed by its hemisphere.
"""

import re
from functools import reduce
from operator import xor

from telemetry.errors import FarmstreamError
from telemetry.reading import Coord

__all__ = ["NmeaError", "NoFix", "checksum", "parse_nmea", "sentence"]


_FIRST = {"GGA": 2, "RMC": 3}
"""Index of the latitude's field."""


class NmeaError(FarmstreamError):
    """The sentence is broken; `reason` is `checksum` or `format`."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class NoFix(FarmstreamError):
    """The receiver works and has no position yet; a reading carries the fault `no-fix`."""


def checksum(body: bytes) -> int:
    """XOR of the bytes between `$` and `*`."""
    return reduce(xor, body, 0)


def sentence(body: str) -> bytes:
    """`body` with `$`, checksum and line end."""
    return b"$%s*%02X\r\n" % (body.encode("ascii"), checksum(body.encode("ascii")))


def parse_nmea(line: bytes) -> Coord | None:
    """The position in one sentence (without its end), None for other kinds; NoFix, NmeaError."""
    body, star, check = line[1:].rpartition(b"*")
    if line[:1] != b"$" or not star or len(check) != 2:
        raise NmeaError("format", "Not an NMEA sentence: it lacks `$` or its checksum.")
    if b"%02X" % checksum(body) != check.upper():
        raise NmeaError("checksum", "The NMEA sentence has a wrong checksum.")
    fields = body.decode("ascii", "replace").split(",")
    kind = fields[0][2:] if len(fields[0]) == 5 else ""
    if kind not in _FIRST:
        return None
    if len(fields) < 7:
        raise NmeaError("format", f"The {kind} sentence is too short.")
    if fields[6] not in tuple("12345") if kind == "GGA" else fields[2] != "A":
        raise NoFix("The GPS has no fix yet: give it a view of the sky.")
    lat, north, lon, east = fields[_FIRST[kind] : _FIRST[kind] + 4]
    return Coord(lon=_degrees(lon, 3, east, "EW"), lat=_degrees(lat, 2, north, "NS"))


def _degrees(text: str, digits: int, hemisphere: str, signs: str) -> float:
    whole, minutes = text[:digits], text[digits:]
    shaped = re.fullmatch(r"\d\d(\.\d*)?", minutes, re.ASCII) and re.fullmatch(r"\d+", whole, re.ASCII)
    if not shaped or hemisphere not in signs or len(hemisphere) != 1:
        raise NmeaError("format", f"'{text},{hemisphere}' is not a position of NMEA.")
    degrees = int(whole) + float(minutes) / 60.0
    if float(minutes) >= 60.0 or degrees > (90.0 if digits == 2 else 180.0):
        raise NmeaError("format", f"'{text}' is off the globe.")
    return -degrees if hemisphere == signs[1] else degrees
