"""Past seasons of the fleet: what its boards would have sent, had they stood there.

The same physics, probes and wire format as the fleet that runs now, with two differences:

- The water balance begins on one day for all, and boards measure on a grid of whole intervals since 1970,
  so that a reading depends on the fleet alone: the same past again, or a longer one, has the same readings.
- A field is irrigated only when somebody comes by, on two fixed days of the week, and only if its soil is
  near the threshold then. In a hot week it falls below: that is what a forecast is for.
"""

from collections.abc import Iterator

from msgspec import structs

from firmware.simulator.board import Board
from firmware.simulator.distortion import LASTING
from firmware.simulator.errors import SimulatorError
from firmware.simulator.faults import Faults
from firmware.simulator.fleet import Fleet
from firmware.simulator.ground import HOUR_MS, Ground
from firmware.simulator.probes import Probes
from firmware.simulator.settings import SimulatorSettings
from firmware.simulator.weather import Weather
from firmware.simulator.wiring import fleet_of
from telemetry.clock import from_epoch_ms
from telemetry.payload import encode_payload

__all__ = ["BEGIN_MS", "BOOT", "Past"]

BEGIN_MS = 1_451_606_400_000
"""2016-01-01T00:00Z: no past goes back further."""

BOOT = 0
"""The boot number of all readings of the past; boards that run have begun theirs later."""

GATEWAY = "history"
"""What stands in their column `gateway`."""

_VISITS = (0, 3)
_KINDS = {"dropout", "spike", *LASTING}


class _Visited(Ground):
    """A field that is irrigated on its days of the week alone."""

    def _is_visited(self, hour: int) -> bool:
        return self._weather.weekday(hour) in _VISITS


class Past:
    """The boards of `settings`, every `settings.interval`; of its faults those that change no identity."""

    def __init__(self, settings: SimulatorSettings) -> None:
        if strange := set(settings.faults) - _KINDS:
            raise SimulatorError(
                f"A past has no fault '{min(strange)}': choose among {', '.join(sorted(_KINDS))}."
            )
        self.settings, self.fleet = settings, fleet_of(settings)
        self.weather = Weather(settings.seed, self.fleet.lon, self.fleet.lat, BEGIN_MS // HOUR_MS - 128 * 24)
        self._grounds: dict[str, Ground] = {
            field.field_id: _Visited(settings.seed, field, self.weather, BEGIN_MS, dry=False)
            for field in self.fleet.fields()
        }

    def ground(self, field_id: str) -> Ground:
        """The truth of a field."""
        return self._grounds[field_id]

    def part(self, begin_ms: int, end_ms: int) -> "Stretch":
        """The readings from `begin_ms` to just before `end_ms`."""
        first, last = begin_ms // HOUR_MS, end_ms // HOUR_MS + 1
        grounds = {name: ground.part(first, last) for name, ground in self._grounds.items()}
        return Stretch(self.settings, self.fleet, grounds, (begin_ms, end_ms))


class Stretch:
    """A part of a past that another process can take over."""

    def __init__(
        self, settings: SimulatorSettings, fleet: Fleet, grounds: dict[str, Ground], span: tuple[int, int]
    ) -> None:
        self._settings, self._grounds, self._span = settings, grounds, span
        self._sensors = fleet.sensors()

    def payloads(self, number: int) -> Iterator[tuple[int, bytes]]:
        """What board `number` sends and when (ms since 1970), in order; canonical JSON as of a gateway."""
        board, interval = self._board(number), round(self._settings.interval * 1000)
        offset = number * interval // self._settings.boards
        begin, end = self._span
        board.seq = -((offset - begin) // interval)
        while (at := offset + board.seq * interval) < end:
            reading, received = board.measure(at).reading, from_epoch_ms(at)
            marked = structs.replace(reading, gateway=GATEWAY, received=received, time_source="board")
            yield at, encode_payload(marked)

    def _board(self, number: int) -> Board:
        sensor, seed = self._sensors[number], self._settings.seed
        ground = self._grounds[str(sensor.field_id)]
        probes, faults = Probes(seed, sensor.sensor_id), Faults(self._settings.faults)
        return Board(sensor, "json", ground, probes, faults, seed, 0, BOOT)
