"""One thing to tell: an alert in a state, with what a person reads."""

from typing import Any

import msgspec
from msgspec import Struct

__all__ = ["Notice", "notice_of"]


class Notice(Struct, frozen=True, kw_only=True):
    """`alert` is the whole value from the topic; `key` is the same whenever this is told again."""

    alert_id: str
    state: str
    severity: str
    rule: str
    alert: dict[str, Any]

    @property
    def key(self) -> str:
        """For those who receive it, to know a repeat by."""
        return f"{self.alert_id}-{self.state}"

    @property
    def message(self) -> str:
        """One sentence for people."""
        evidence = self.alert.get("evidence")
        told = evidence.get("message") if isinstance(evidence, dict) else None
        return str(told or f"Alert {self.rule}")

    @property
    def title(self) -> str:
        """For a subject line: no line breaks, whatever a field is called."""
        where = self.alert.get("sensor_id") or self.alert.get("field_id") or ""
        return " ".join(f"[{self.severity}] {self.rule} {self.state}: {where}".split())


def notice_of(value: bytes) -> Notice | None:
    """The notice in a record of `sensor-alerts`; None where it is no alert."""
    try:
        alert = msgspec.json.decode(value, type=dict[str, Any])
        names = ("alert_id", "state", "severity", "rule")
        return msgspec.convert({n: alert[n] for n in names} | {"alert": alert}, Notice)
    except (msgspec.MsgspecError, KeyError, UnicodeDecodeError):
        return None
