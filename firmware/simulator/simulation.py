"""A run: boards measure when their time comes, frames go out and are kept until acknowledged.

One thread and one selector: nothing here depends on scheduling but the moments at which frames go out.
"""

import selectors
import threading
import time
from typing import Self
from zoneinfo import ZoneInfo

import msgspec

from firmware.simulator.delivery import Delivery, Item
from firmware.simulator.errors import SimulatorError
from firmware.simulator.items import ItemMaker, kept_of
from firmware.simulator.manifest import Manifest
from firmware.simulator.memory import Memory
from firmware.simulator.pace import Pace, first_instant
from firmware.simulator.settings import SimulatorSettings
from firmware.simulator.stats import Summary, write_stats
from firmware.simulator.wires import make_wires
from firmware.simulator.wiring import fleet_of, make_boards
from telemetry.clock import to_epoch_ms, utc_now

__all__ = ["Simulation", "run"]

_BATCH = 64
_LONGEST_WAIT = 0.1


def run(settings: SimulatorSettings, stop: threading.Event | None = None) -> Summary:
    """Run until the duration is over or `stop` is set; then wait for acknowledgements and save the rest."""
    stop = stop or threading.Event()
    with Manifest(settings.manifest) as manifest, Simulation(settings, manifest) as simulation:
        while not simulation.finished and not stop.is_set():
            simulation.turn()
        return simulation.finish()


class Simulation:
    """The fleet with its wires open; a context manager."""

    def __init__(self, settings: SimulatorSettings, manifest: Manifest) -> None:
        if settings.mqtt is None and settings.serial is None:
            raise SimulatorError("Say where the boards send: --mqtt mqtt://host:port, --serial DIR or both.")
        self._settings, self._manifest = settings, manifest
        self._begun, self._next_stats = time.monotonic(), 0.0
        start_ms = to_epoch_ms(first_instant(settings, utc_now()))
        self._memory = Memory(settings.state)
        self._boards = make_boards(settings, fleet_of(settings), start_ms, self._memory.boots)
        self._pace = Pace(settings, start_ms, time.time)
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        settings = self._settings
        self._wires = make_wires(settings, self._boards, self._selector, self._on_ack)
        self._items = ItemMaker(self._wires, ZoneInfo(settings.legacy_time_zone))
        self._delivery = Delivery(
            self._wires.lines, settings.window, settings.per_board, settings.resend, self._on_first
        )
        for board, kept in self._memory.take_up(self._boards):
            self._delivery.add(self._items.kept(board, kept))
        for board in self._boards:
            board.on_boot = self._memory.booted
            self._memory.booted(board)
        return self

    def __exit__(self, *_: object) -> None:
        self._wires.close()
        self._selector.close()

    @property
    def finished(self) -> bool:
        """Whether the last instant has been measured."""
        return self._pace.finished

    def turn(self) -> None:
        """Measure what is due, send what may be sent, and wait for the next event."""
        self._exchange(self._measure_due())

    def finish(self) -> Summary:
        """Wait for what is in flight, save what remains, and say what was done."""
        for board in self._boards:
            board.offline_until = 0
        until = time.monotonic() + self._settings.drain
        while self._delivery.open and time.monotonic() < until:
            self._exchange(_LONGEST_WAIT)
        self._memory.save([kept_of(item) for item in self._delivery.unacked()])
        summary = self.summary()
        self._manifest.close_with(msgspec.structs.asdict(summary))
        self._publish(summary)
        return summary

    def summary(self) -> Summary:
        """The counts so far."""
        problems = [c.problem for c in self._wires.connections if c.problem]
        seconds = time.monotonic() - self._begun
        return Summary.of(self._delivery, problems, seconds, self._pace.next_ms, _wall_ms())

    def _measure_due(self) -> float:
        """Seconds until the next turn is due; at most a batch at once, so that acknowledgements get in."""
        pace = self._pace
        for _ in range(_BATCH):
            if pace.finished:
                return 0.0
            if (wait := pace.wait()) > 0:
                return wait
            if not self._may_go_on():
                return _LONGEST_WAIT
            board = self._boards[pace.board]
            for item in self._items.measured(board, board.measure(pace.next_ms)):
                self._delivery.add(item)
            pace.step()
        return 0.0

    def _may_go_on(self) -> bool:
        """Faster than real time, boards wait for acknowledgements: a repeat must not come days late."""
        settings = self._settings
        if settings.accelerate == 1:
            return True
        if settings.flat_out and self._delivery.open >= settings.window:
            return False
        oldest = self._delivery.oldest()
        return oldest is None or self._pace.next_ms - oldest <= settings.max_skew * 1000

    def _exchange(self, wait: float) -> None:
        now = time.monotonic()
        for connection in self._wires.connections:
            connection.tick(now)
        for board in self._memory.save_boots():
            self._wires.hello(board, self._settings.interval)
        self._delivery.pump(now)
        wait = min(wait, _LONGEST_WAIT, self._delivery.next_timeout(now))
        if self._selector.get_map():
            for key, mask in self._selector.select(wait):
                key.data(mask)
        else:
            time.sleep(wait)
        if now >= self._next_stats:
            self._next_stats = now + 1.0
            self._publish(self.summary())

    def _on_first(self, item: Item) -> None:
        board = item.board.sensor.sensor_id
        self._manifest.add(item, self._wires.lines[board].via, self._wires.source(board), _wall_ms())

    def _on_ack(self, board: str, key: object) -> bool:
        return self._delivery.acked(board, key)

    def _publish(self, summary: Summary) -> None:
        self._manifest.flush()
        if self._settings.stats:
            write_stats(self._settings.stats, summary)


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
