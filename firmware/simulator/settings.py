"""Everything that a run of the simulator can be told, checked once."""

from datetime import datetime
from math import inf
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from firmware.simulator.errors import SimulatorError
from firmware.simulator.faults import check_faults

__all__ = ["SimulatorSettings"]

_POSITIVE = (
    "boards", "interval", "accelerate", "max_skew", "connections", "boards_per_port", "resend", "per_board",
    "window",
)  # fmt: skip


class SimulatorSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Spans are seconds; those marked (simulated) are of the boards' time, the rest of the wall clock.

    `accelerate` is simulated seconds per second; `inf` sends as fast as acknowledgements come.
    SimulatorError says in one sentence what does not fit.
    """

    boards: int = 12
    fields: int | None = None
    seed: int = 1
    id_prefix: str = ""
    dry_fields: int = 1
    time_zone: str = "Asia/Tokyo"
    legacy_time_zone: str = "UTC"

    interval: float = 10.0  # (simulated) between two readings of a board
    start: datetime | None = None  # default: now, or now - duration
    duration: float | None = None  # (simulated); None goes on until stopped
    accelerate: float = 1.0
    max_skew: float = 240.0  # (simulated) most that time runs ahead of the oldest unacknowledged frame

    mqtt: str | None = None  # mqtt://host:port
    user: str | None = None
    password_file: Path | None = None
    connections: int = 4
    flat: float = 0.0  # share of the MQTT boards that send the flat JSON of old boards

    serial: Path | None = None  # folder for the links to the pseudo-terminals
    serial_share: float = 0.5  # share of boards on serial lines where both are given
    boards_per_port: int = 1

    faults: dict[str, float] = {}
    offline_for: float = 120.0  # (simulated) at most; at least half of it

    resend: float = 5.0  # after which an unacknowledged frame is sent again
    per_board: int = 16  # unacknowledged frames of one board
    window: int = 1000  # unacknowledged frames of all boards
    drain: float = 10.0  # to wait for acknowledgements at the end

    manifest: Path | None = None
    state: Path | None = None
    stats: Path | None = None

    def __post_init__(self) -> None:
        positive = (
            "boards",
            "interval",
            "accelerate",
            "connections",
            "boards_per_port",
            "resend",
            "per_board",
        )
        for name in (*positive, "window", "max_skew"):
            _require(getattr(self, name) > 0, f"`{name}` must be greater than 0.")
        _require(
            self.fields is None or 0 < self.fields <= self.boards, "`fields` must be between 1 and `boards`."
        )
        _require(self.duration is None or self.duration > 0, "`duration` must be greater than 0.")
        _require(0 <= self.flat <= 1 and 0 <= self.serial_share <= 1, "A share must lie between 0 and 1.")
        _require(self.boards_per_port <= 32, "At most 32 boards can share a port.")
        _require(self.start is None or self.start.tzinfo is not None, "`start` needs a zone, such as Z.")
        check_faults(self.faults)
        self._check_flat()
        if self.accelerate != 1:
            _require(self.offline_for < self.max_skew, "`offline_for` must be shorter than `max_skew`.")
        for zone in (self.time_zone, self.legacy_time_zone):
            _check_zone(zone)
        _ = self.broker

    @property
    def broker(self) -> tuple[str, int] | None:
        """Host and port of the broker."""
        if self.mqtt is None:
            return None
        url = urlsplit(self.mqtt)
        good = url.scheme == "mqtt" and url.hostname and not url.username and url.path in ("", "/")
        _require(
            bool(good), f"'{self.mqtt}' is not a broker: write mqtt://host:port; user and password apart."
        )
        return str(url.hostname), url.port or 1883

    @property
    def flat_out(self) -> bool:
        """Whether only acknowledgements set the pace."""
        return self.accelerate == inf

    def _check_flat(self) -> None:
        if self.flat == 0:
            return
        _require(self.interval >= 1, "Flat JSON has whole seconds only: `interval` must be at least 1 s.")
        digits = not self.id_prefix or (self.id_prefix.isdigit() and not self.id_prefix.startswith("0"))
        _require(digits, "Flat JSON has integer ids: with `flat`, `id_prefix` must be a number.")


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise SimulatorError(sentence)


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as why:
        raise SimulatorError(f"There is no time zone '{name}': use an IANA name such as Asia/Tokyo.") from why
