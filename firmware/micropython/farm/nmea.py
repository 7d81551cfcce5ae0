"""Positions from NMEA 0183 (GGA, RMC), in whole 1e-5 degrees: a board's floats have 24 bits only."""

FIRST = {"GGA": 2, "RMC": 3}


class NmeaError(Exception):
    """The sentence is broken: `checksum` or `format`."""


class NoFix(Exception):
    """The receiver works and has no position yet."""


def parse(line):
    """(lon, lat) in 1e-5 degrees from one sentence without its end; None for other kinds."""
    star = line.rfind(b"*")
    if line[:1] != b"$" or star < 0 or len(line) - star != 3:
        raise NmeaError("format")
    check = 0
    for byte in line[1:star]:
        check ^= byte
    if ("%02X" % check).encode() != line[star + 1 :].upper():
        raise NmeaError("checksum")
    fields = line[1:star].decode().split(",")
    kind = fields[0][2:] if len(fields[0]) == 5 else ""
    if kind not in FIRST:
        return None
    if len(fields) < 7:
        raise NmeaError("format")
    good = fields[6] in ("1", "2", "3", "4", "5") if kind == "GGA" else fields[2] == "A"
    if not good:
        raise NoFix("no-fix")
    at = FIRST[kind]
    return _degrees(fields[at + 2], 3, fields[at + 3], "EW"), _degrees(fields[at], 2, fields[at + 1], "NS")


def _degrees(text, digits, hemisphere, signs):
    whole, minutes, fraction = text[:digits], text[digits : digits + 2], text[digits + 2 :]
    if not (len(hemisphere) == 1 and hemisphere in signs):
        raise NmeaError("format")
    if not (_digits(whole, digits) and _digits(minutes, 2) and fraction[:1] in ("", ".")):
        raise NmeaError("format")
    if fraction[1:] and not fraction[1:].isdigit():
        raise NmeaError("format")
    micro_minutes = int(minutes) * 1000000 + int((fraction[1:] + "000000")[:6])
    value = int(whole) * 100000 + (micro_minutes + 300) // 600
    beyond = int(whole) * 60000000 + micro_minutes > (90 if digits == 2 else 180) * 60000000
    if int(minutes) >= 60 or beyond:
        raise NmeaError("format")
    return -value if hemisphere == signs[1] else value


def _digits(text, count):
    return len(text) == count and text.isdigit()
