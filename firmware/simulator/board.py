"""One simulated board: measures at an instant, counts boots and readings, and has its faults.

It is sequential only in what a real board keeps in memory (counters, a bad probe, a lost clock, an
interruption); everything drawn depends on seed, board and instant alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware.simulator.distortion import LASTING, Distortion, distortion
from firmware.simulator.faults import Faults
from firmware.simulator.ground import Ground
from firmware.simulator.probes import Probes, Values
from firmware.simulator.randomness import key_of, uniform, word
from firmware.simulator.wire import Form
from telemetry.clock import from_epoch_ms
from telemetry.master import Sensor
from telemetry.quantities import FAULTS, QUANTITIES
from telemetry.reading import Coord, Main, Reading

__all__ = ["Board", "Measured"]

_REASONS = tuple(reason for reason in FAULTS if reason not in ("absent", "no-fix", "unknown"))
_SPIKES = (25.0, -40.0, 4.0, 35.0)
_JUMPS = ("reboot", "clock-loss")


class Measured(NamedTuple):
    """A reading, the instant it was taken, its labels, and the bits that its malformed twin is made of."""

    reading: Reading
    epoch_ms: int
    labels: tuple[str, ...]
    malformed: int | None


@dataclass(eq=False, slots=True)
class Board:
    """`form` is what it speaks; boots step by `boot_step`, so that boards on one line share none."""

    sensor: Sensor
    form: Form
    ground: Ground
    probes: Probes
    faults: Faults
    seed: int
    offline_ms: int
    boot: int
    boot_step: int = 1
    on_boot: Callable[["Board"], None] = lambda board: None
    seq: int = 0
    offline_until: int = 0
    _clockless: int = 0
    _distortion: Distortion | None = None
    _coord: Coord | None = None
    _key: int = field(init=False)

    def __post_init__(self) -> None:
        self._key = key_of(self.seed, "faults", self.sensor.sensor_id)
        if self.sensor.lon is not None and self.sensor.lat is not None:
            self._coord = Coord(lon=self.sensor.lon, lat=self.sensor.lat)

    def measure(self, epoch_ms: int) -> Measured:
        """Take one reading; instants go forward."""
        values = self.probes.measure(self.ground.at(epoch_ms), epoch_ms)
        kind = self.faults.draw(uniform(self._key, epoch_ms))
        if kind is None and not (self._distortion or self._clockless or self.offline_until):
            return Measured(self._reading(Main(*values), epoch_ms, {}), epoch_ms, (), None)
        return self._with_faults(kind, values, epoch_ms)

    def _with_faults(self, kind: str | None, values: Values, epoch_ms: int) -> Measured:
        bits = word(self._key ^ 1, epoch_ms)
        labels = [kind] if kind and self._begin(kind, values, epoch_ms, bits) else []
        main, faults = self._distorted(labels, values, bits)
        if epoch_ms < self.offline_until:
            labels.append("offline")
        else:
            self.offline_until = 0
        clock = not self._clockless
        if self._clockless:
            self._clockless -= 1
            labels.append("clockless")
        reading = self._reading(Main(*main), epoch_ms, faults, clock)
        named = tuple(dict.fromkeys(labels))
        return Measured(reading, epoch_ms, named, bits if "malformed" in named else None)

    def _begin(self, kind: str, values: Values, epoch_ms: int, bits: int) -> bool:
        """Start a fault that lasts; False for what this board cannot have (an old board counts no boots)."""
        if kind in LASTING:
            self._distortion = distortion(kind, values, bits)
        elif kind == "offline":
            self.offline_until = epoch_ms + 1 + int(self.offline_ms * (0.5 + (bits >> 8) % 512 / 1024))
        elif kind in _JUMPS:
            if self.form == "flat":
                return False
            self.boot, self.seq = self.boot + self.boot_step, 0
            self._clockless = 3 + (bits >> 8) % 8 if kind == "clock-loss" else 0
            self.on_boot(self)
        return True

    def _distorted(
        self, labels: list[str], values: Values, bits: int
    ) -> tuple[list[float | None], dict[str, str]]:
        main: list[float | None] = list(values)
        if bad := self._distortion:
            main[bad.which] = bad.distorted(values[bad.which], bits)
            labels.append(bad.kind)
            self._distortion = None if bad.over else bad
        which = bits % len(QUANTITIES)
        q = QUANTITIES[which]
        if "spike" in labels:
            main[which] = round(values[which] + _SPIKES[which], q.decimals)
        if "dropout" in labels:
            main[which] = None
            reason = "absent" if self.form == "flat" else _REASONS[(bits >> 8) % len(_REASONS)]
            return main, {q.name: reason}
        return main, {}

    def _reading(self, main: Main, epoch_ms: int, faults: dict[str, str], clock: bool = True) -> Reading:
        """What goes out: whole seconds and no counters where the form has no room for more."""
        at = epoch_ms if self.form == "json" else epoch_ms // 1000 * 1000
        date = from_epoch_ms(at) if clock else None
        if self.form == "flat":
            return Reading(id=self.sensor.sensor_id, date=date, coord=self._coord, main=main, faults=faults)
        seq, self.seq = self.seq, self.seq + 1
        return Reading(
            id=self.sensor.sensor_id, boot=self.boot, seq=seq, date=date, coord=self._coord,
            main=main, faults=faults,
        )  # fmt: skip
