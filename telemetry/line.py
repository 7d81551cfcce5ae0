r"""The serial line protocol: ASCII lines, at most 200 bytes, readable in any serial monitor.

Up, from a board::

    R id=1851632 boot=3 seq=42 t=1764000000 lat=35.33012 lon=139.36010 temp=20.31 hum=50.1 \
      ph=6.41 vwc=31.2*ABCD                    a reading (one line); `age=<ms>` without a clock
    H id=1851632 fw=1.0.0 boot=3 reset=power interval=30000    hello, after a reset
    L any text                                                 log

Down, to a board::

    A 3 42            exactly that reading is safe: forget it
    N ABCD            a line was refused and its bytes are safe; ABCD is the CRC-16 of the whole line
    T 1764000000123   the time, in epoch milliseconds
    C interval=30000  set a key;  C ?  shows all

`*ABCD` is CRC-16/CCITT-FALSE over the bytes before `*` (poly 0x1021, init 0xFFFF). Unknown keys are
ignored, so that firmware and gateway can be updated one after the other.
"""

import math
from binascii import crc_hqx
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from telemetry.clock import from_epoch_ms, to_epoch_ms
from telemetry.errors import Refused
from telemetry.quantities import QUANTITIES
from telemetry.reading import Reading, normalised

__all__ = [
    "MAX_LINE", "Hello", "Log", "ack", "crc16", "decode_line", "encode_line", "refusal", "set_time",
]  # fmt: skip

MAX_LINE = 200
"""Bytes, without the line's end."""


@dataclass(frozen=True)
class Hello:
    """What a board says after a reset: its fields as sent."""

    fields: dict[str, str]


@dataclass(frozen=True)
class Log:
    """A line of text from a board, for its operator."""

    text: str


def crc16(body: bytes) -> int:
    """CRC-16/CCITT-FALSE; `crc16(b"123456789") == 0x29B1`."""
    return crc_hqx(body, 0xFFFF)


def decode_line(line: bytes) -> Reading | Hello | Log:
    """Parse one line from a board, without its end; Refused with the reason where it is broken."""
    if len(line) > MAX_LINE:
        raise Refused(f"line of {len(line)} bytes is longer than {MAX_LINE}")
    kind = line[:2]
    if kind == b"R ":
        return _reading(_fields(_checked(line)[2:]))
    if kind == b"H ":
        return Hello(_fields(line[2:]))
    if kind == b"L ":
        return Log(line[2:].decode("ascii", "replace"))
    raise Refused("line is neither a reading (R), a hello (H) nor a log (L)")


def encode_line(reading: Reading) -> bytes:
    r"""The reading's line with CRC and `\r\n`; whole seconds, `age` in place of an absent date."""
    parts = [f"R id={reading.id}"]
    if reading.seq is not None:
        parts.append(f"boot={reading.boot} seq={reading.seq}")
    parts.append(f"t={to_epoch_ms(reading.date) // 1000}" if reading.date else f"age={reading.age or 0}")
    if reading.coord:
        parts.append(f"lat={reading.coord.lat:.5f} lon={reading.coord.lon:.5f}")
    for q in QUANTITIES:
        value = getattr(reading.main, q.name)
        shown = f"{value:.{q.decimals}f}" if value is not None else "!" + reading.faults.get(q.name, "absent")
        parts.append(f"{q.line_key}={shown}")
    body = " ".join(parts).encode("ascii")
    return b"%s*%04X\r\n" % (body, crc16(body))


def ack(boot: int, seq: int) -> bytes:
    """The downlink that lets the board forget one reading."""
    return b"A %d %d\r\n" % (boot, seq)


def refusal(line: bytes) -> bytes:
    """The downlink that says: this very line was refused, and its bytes are recorded."""
    return b"N %04X\r\n" % crc16(line)


def set_time(epoch_ms: int) -> bytes:
    """The downlink that sets the board's clock."""
    return b"T %d\r\n" % epoch_ms


def _checked(line: bytes) -> bytes:
    body, star, crc = line.rpartition(b"*")
    if not star or len(crc) != 4:
        raise Refused("line has no CRC")
    if b"%04X" % crc16(body) != crc.upper():
        raise Refused("line has a wrong CRC")
    return body


def _fields(text: bytes) -> dict[str, str]:
    try:
        pairs = (word.partition("=") for word in text.decode("ascii").split())
    except UnicodeDecodeError as why:
        raise Refused("line is not ASCII") from why
    return {key: value for key, _, value in pairs}


def _reading(fields: dict[str, str]) -> Reading:
    faults: dict[str, str] = {}
    values = {q.name: _value(fields.get(q.line_key), q.name, faults) for q in QUANTITIES}
    raw: dict[str, Any] = {"id": fields.get("id"), "main": values, "faults": faults}
    if ("boot" in fields) != ("seq" in fields):
        raise Refused("boot and seq come together or not at all")
    raw |= {key: _integer(fields[key], key) for key in ("boot", "seq", "age") if key in fields}
    if "t" in fields:
        raw["date"] = _instant(fields["t"])
    if "lat" in fields and "lon" in fields:
        position = [_value(fields[key], "coord", faults) for key in ("lon", "lat")]
        raw["coord"] = None if None in position else dict(zip(("lon", "lat"), position, strict=True))
    try:
        return normalised(msgspec.convert(raw, Reading))
    except msgspec.ValidationError as why:
        raise Refused(f"not a reading: {why}") from why


def _value(text: str | None, name: str, faults: dict[str, str]) -> float | None:
    if text is None:
        return None
    if text.startswith("!"):
        faults[name] = text[1:]
        return None
    try:
        value = float(text)
    except ValueError as why:
        raise Refused(f"{name} '{text[:20]}' is not a number") from why
    if not math.isfinite(value):
        raise Refused(f"{name} '{text[:20]}' is not a finite number")
    return value


def _integer(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Refused(f"{name} '{text[:20]}' is not a whole number")
    return int(text)


def _instant(text: str) -> datetime:
    whole, _, fraction = text.partition(".")
    try:
        return from_epoch_ms(_integer(whole, "t") * 1000 + int((fraction + "000")[:3]))
    except (OverflowError, ValueError) as why:
        raise Refused(f"t '{text[:20]}' is not an epoch second") from why
