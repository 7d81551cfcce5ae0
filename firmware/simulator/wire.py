"""The three forms in which a board sends: canonical JSON, the flat JSON of old boards, the serial line.

Encoding is the contract's (`telemetry.payload`, `telemetry.line`); here are only the flat form, which
nothing else writes, and frames broken on purpose: cut off, with a flipped bit, or garbage.
"""

from collections.abc import Callable
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from telemetry.errors import Refused
from telemetry.line import MAX_LINE, decode_line, encode_line
from telemetry.payload import LEGACY_DATE, decode_payload, encode_payload
from telemetry.quantities import QUANTITIES
from telemetry.reading import Reading

__all__ = ["FORMS", "Form", "broken", "encoder"]

Form = Literal["json", "flat", "line"]
FORMS: tuple[Form, ...] = ("json", "flat", "line")


def encoder(form: Form, legacy_zone: ZoneInfo) -> Callable[[Reading], bytes]:
    """The function that turns a reading into this form's bytes."""
    if form == "flat":
        return lambda reading: _flat(reading, legacy_zone)
    return encode_line if form == "line" else encode_payload


def broken(frame: bytes, form: Form, bits: int) -> bytes:
    """A frame that no gateway may accept, without a line's end; unique where `frame` is, by `bits`."""
    body = frame.rstrip(b"\r\n")
    for turn in range(bits, bits + 8):
        made = _BREAKERS[turn % len(_BREAKERS)](body, bits)
        if _is_refused(made, form):
            return made
    return _garbage(body, bits)


def _flat(reading: Reading, zone: ZoneInfo) -> bytes:
    """Integer id, `yyyy/MM/dd HH:mm:ss` without its zone, moisture as `whc`."""
    if reading.date is None:
        raise ValueError("a board that sends the flat form has a clock")
    main = {q.legacy_key: getattr(reading.main, q.name) for q in QUANTITIES}
    date = reading.date.astimezone(zone).strftime(LEGACY_DATE)
    return msgspec.json.encode({"id": int(reading.id), "date": date, "coord": reading.coord, "main": main})


def _cut_off(body: bytes, bits: int) -> bytes:
    """The first 60 to 90 %, in which id and time of the reading still stand."""
    return body[: len(body) * (60 + bits % 31) // 100].rstrip()


def _flipped(body: bytes, bits: int) -> bytes:
    """One byte with its highest bit set: neither ASCII nor UTF-8, nor does the CRC hold."""
    at = len(body) // 2 + bits % (len(body) // 2)
    return body[:at] + bytes([body[at] ^ 0x80]) + body[at + 1 :]


def _garbage(_: bytes, bits: int) -> bytes:
    """What a line with a wrong speed looks like: bytes without sense, none of them a line's end."""
    noise = b"".join(((bits * k) % 2**64).to_bytes(8, "big") for k in (3, 5, 7))
    return b"~" + bytes(b | 0x80 for b in noise) + b"%016x~" % bits


_BREAKERS: tuple[Callable[[bytes, int], bytes], ...] = (_cut_off, _flipped, _garbage)


def _is_refused(frame: bytes, form: Form) -> bool:
    if form == "line" and len(frame) > MAX_LINE:
        return False
    try:
        _ = decode_line(frame) if form == "line" else decode_payload(frame)
    except Refused:
        return True
    return False
