"""Readings and refused records put straight into `sensor-data`, noted as in a simulator's manifest."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from confluent_kafka import Producer

from tests.local.reconcile_facts import Row

__all__ = ["Feed"]

_COORD = {"lon": 139.36, "lat": 35.33}
_SOURCE = "kafka:sensor-data"


class Feed:
    """Boards of one field, whose readings somebody puts into Kafka himself; `entries` is their manifest.

    `sensors` send canonical JSON, canonical JSON without a date, and flat JSON. `probe` is a sensor of a
    field of its own, of which nothing is noted.
    """

    def __init__(self, name: str, field_id: str, bootstrap: str) -> None:
        self.sensors = tuple(f"{name}9999{n}" for n in range(3))
        self.probe, self.entries = f"probe-{name}", list[Row]()
        self._name, self.field_id, self._random, self._seq = name, field_id, Random(name), 0
        self._producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "linger.ms": 5})

    def readings(self, count: int, since: datetime, until: datetime) -> None:
        """Send `count` readings of each sensor with dates from `since` to `until`."""
        since, step = since.replace(microsecond=0), (until - since) / count
        for n in range(count):
            at = (since + n * step).replace(microsecond=0)
            self._canonical(at)
            self._dateless(at)
            self._flat(at)
            self._seq += 1
        self._flush()

    def malformed(self) -> None:
        """Send what is no reading, each with the beginning of the reason that it must get."""
        board = self.sensors[0]
        for text, reason in (
            (f"{board} is no JSON", "not JSON"),
            (f'{{"id": "{board}", "main": {{"ph": 7', "not JSON"),
            (f'{{"id": "{board}", "date": "2026-01-01T00:00:00Z"}}', "not a reading: main is missing"),
            (f'{{"id": "{board}", "boot": 1, "date": "2026-01-01T00:00:00Z", "main": {{}}}}', "boot and seq"),
            (
                f'{{"id": {board}, "date": "01.06.2020 12:00", "main": {{}}}}',
                "date '01.06.2020 12:00' is not",
            ),
            (f'["{board}"]', "not a reading"),
        ):
            self._refused(text, reason)
        self._flush()

    def future(self) -> None:
        """Send a reading dated 2035."""
        board = self.sensors[0]
        text = json.dumps(
            {"id": board, "boot": 9, "seq": 9, "date": "2035-01-01T00:00:00Z", "main": {"ph": 7}}
        )
        self._refused(text, "date 2035-01-01 00:00:00 is more than 10m after its arrival")
        self._flush()

    def send_probe(self) -> None:
        """Send a reading of the probe, dated so that event time stays behind that of the boards to come."""
        date = _iso(datetime.now(UTC) - timedelta(seconds=160))
        self._send(self.probe, {"id": self.probe, "date": date, "main": {"ph": 7.0}})
        self._flush()

    def _canonical(self, at: datetime) -> None:
        board, main = self.sensors[0], self._main() | {"humidity": None}
        counted = {"id": board, "boot": 7, "seq": self._seq, "date": _iso(at), "coord": _COORD}
        faults = {"humidity": "timeout"}
        self._send(board, counted | {"main": main, "faults": faults})
        self._note(counted, main, faults)

    def _dateless(self, at: datetime) -> None:
        """Sent 1.5 s after it was measured."""
        board, main = self.sensors[1], self._main()
        counted = {"id": board, "boot": 7, "seq": self._seq, "coord": None}
        self._send(board, counted | {"age": 1500, "main": main}, at + timedelta(seconds=1.5))
        self._note(counted | {"date": None, "measured": _iso(at)}, main, {"coord": "absent"})

    def _flat(self, at: datetime) -> None:
        board, main = self.sensors[2], self._main()
        old = {"whc": main["moisture"]} | {name: main[name] for name in ("temperature", "humidity", "ph")}
        date = at.strftime("%Y/%m/%d %H:%M:%S")
        self._send(board, {"id": int(board), "date": date, "coord": _COORD, "main": old})
        self._note({"id": board, "boot": None, "seq": None, "date": _iso(at), "coord": _COORD}, main, {})

    def _main(self) -> dict[str, Any]:
        draw = self._random.uniform
        bounds = {"temperature": (5, 35), "humidity": (20, 90), "ph": (5, 8), "moisture": (20, 45)}
        return {name: round(draw(*between), 2) for name, between in bounds.items()}

    def _note(self, reading: Row, main: Row, faults: Row) -> None:
        noted = {"kind": "reading", "via": "kafka", "source": _SOURCE, "field_id": self.field_id}
        self.entries.append(noted | reading | {"main": main, "faults": faults})

    def _refused(self, text: str, reason: str) -> None:
        raw = text.encode()
        self._producer.produce("sensor-data", raw, b"x")
        entry = {"kind": "malformed", "via": "kafka", "source": _SOURCE, "raw": b64encode(raw).decode()}
        self.entries.append(entry | {"reasons": (reason,)})

    def _send(self, key: str, value: Row, at: datetime | None = None) -> None:
        came = int(at.timestamp() * 1000) if at else 0  # 0: now
        self._producer.produce("sensor-data", json.dumps(value).encode(), key.encode(), timestamp=came)

    def _flush(self) -> None:
        assert self._producer.flush(30) == 0


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
