"""What a board says, a line each: for people with values and units, for programs as objects."""

from datetime import UTC, datetime, timedelta
from typing import Any

from telemetry.errors import Refused
from telemetry.line import Hello, Log, decode_line
from telemetry.quantities import QUANTITIES
from telemetry.reading import Reading

__all__ = ["as_object", "as_text"]


def as_text(line: str, now: datetime) -> str:
    """The line as a person reads it; `now` dates the readings of a board without a clock."""
    said = _decoded(line)
    if isinstance(said, Reading):
        return _reading(said, now)
    if isinstance(said, Hello):
        return "hello    " + "  ".join(f"{key} {value}" for key, value in said.fields.items())
    if isinstance(said, Log):
        return f"says     {said.text}"
    return f"broken   {said}: {line!r}" if line.startswith(("R ", "H ")) else f"text     {line}"


def as_object(line: str, now: datetime) -> dict[str, Any]:
    """The line for programs: `kind` is reading, hello, log, broken or text; `line` has it as it came."""
    said = _decoded(line)
    told: dict[str, Any] = {"received": now.isoformat(), "line": line}
    if isinstance(said, Reading):
        values = {q.name: getattr(said.main, q.name) for q in QUANTITIES}
        coord = {"lon": said.coord.lon, "lat": said.coord.lat} if said.coord else None
        own = {"id": said.id, "boot": said.boot, "seq": said.seq, "date": _date(said, now).isoformat()}
        return told | {"kind": "reading", **own, "coord": coord, "main": values, "faults": dict(said.faults)}
    if isinstance(said, Hello):
        return told | {"kind": "hello", "fields": said.fields}
    if isinstance(said, Log):
        return told | {"kind": "log", "text": said.text}
    return told | ({"kind": "broken", "reason": said} if line.startswith(("R ", "H ")) else {"kind": "text"})


def _decoded(line: str) -> Reading | Hello | Log | str:
    try:
        return decode_line(line.encode("ascii", "replace"))
    except Refused as why:
        return str(why)


def _reading(reading: Reading, now: datetime) -> str:
    values = []
    for q in QUANTITIES:
        value = getattr(reading.main, q.name)
        missing = reading.faults.get(q.name, "absent")
        values.append(
            f"{q.name} {value:.{q.decimals}f} {q.unit}" if value is not None else f"{q.name} – ({missing})"
        )
    place = f"{reading.coord.lat:.5f}, {reading.coord.lon:.5f}" if reading.coord else "no position"
    number = f"{reading.boot}/{reading.seq}" if reading.seq is not None else ""
    date = _date(reading, now).strftime("%H:%M:%S")
    return f"{date}  {reading.id} {number}  " + "  ".join(values) + f"  {place}"


def _date(reading: Reading, now: datetime) -> datetime:
    return reading.date or now.astimezone(UTC) - timedelta(milliseconds=reading.age or 0)
