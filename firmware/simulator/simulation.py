"""A run: boards measure when their time comes, frames go out and are kept until acknowledged.

One thread and one selector: nothing here depends on scheduling but the moments at which frames go out.
"""

import resource
import selectors
import threading
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from firmware.simulator.board import Board, Measured
from firmware.simulator.delivery import Delivery, Item
from firmware.simulator.errors import SimulatorError
from firmware.simulator.manifest import Manifest
from firmware.simulator.pace import Pace
from firmware.simulator.port import Port
from firmware.simulator.settings import SimulatorSettings
from firmware.simulator.state import Kept, load_state, save_state
from firmware.simulator.stats import Summary, write_stats
from firmware.simulator.wire import broken, encoder
from firmware.simulator.wiring import fleet_of, make_boards, make_wires
from telemetry.clock import to_epoch_ms, utc_now
from telemetry.line import crc16
from telemetry.rejected import reject_id

__all__ = ["Simulation", "run"]

_BATCH = 64
_LONGEST_WAIT = 0.1
_FIRMWARE = "sim-1"


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
        self._begun, self._next_stats, self._dirty = time.monotonic(), 0.0, False
        start_ms = to_epoch_ms(_start(settings))
        self._saved = load_state(settings.state)
        self._boards = make_boards(settings, fleet_of(settings), start_ms, self._saved.boots)
        self._pace = Pace(start_ms, settings.interval, len(self._boards), settings.accelerate,
                          settings.duration, time.time)  # fmt: skip
        zone = ZoneInfo(settings.legacy_time_zone)
        self._encoders = {form: encoder(form, zone) for form in ("json", "flat", "line")}
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> "Simulation":
        settings = self._settings
        _allow_files(3 * len(self._boards) + 100)
        self._wires = make_wires(settings, self._boards, self._selector, self._on_ack)
        self._delivery = Delivery(
            self._wires.lines, settings.window, settings.per_board, settings.resend, self._on_first
        )
        self._restore()
        self._save_boots()
        for board in self._boards:
            self._hello(board)
            board.on_boot = self._on_boot
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._wires.connections:
            connection.close()
        for port in self._wires.ports:
            port.close()
        self._selector.close()

    @property
    def finished(self) -> bool:
        """Whether the last instant has been measured."""
        return self._pace.finished

    def turn(self) -> None:
        """Measure what is due, send what may be sent, and wait for the next event."""
        wait = self._measure_due()
        self._exchange(wait)

    def finish(self) -> Summary:
        """Wait for what is in flight, save what remains, and say what was done."""
        for board in self._boards:
            board.offline_until = 0
        until = time.monotonic() + self._settings.drain
        while self._delivery.open and time.monotonic() < until:
            self._exchange(_LONGEST_WAIT)
        self._saved.kept = [*self._unknown, *map(_kept, self._delivery.unacked())]
        save_state(self._settings.state, self._saved)
        summary = self.summary()
        self._manifest.close_with({name: getattr(summary, name) for name in summary.__struct_fields__})
        self._write_stats(summary)
        return summary

    def summary(self) -> Summary:
        """The counts so far."""
        problems = [c.problem for c in self._wires.connections if c.problem]
        seconds = time.monotonic() - self._begun
        return Summary.of(
            self._delivery.counts, self._delivery.in_flight, self._delivery.open, seconds,
            self._pace.next_ms, _wall_ms(), problems,
        )  # fmt: skip

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
            self._add(board, board.measure(pace.next_ms))
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

    def _add(self, board: Board, measured: Measured) -> None:
        reading = measured.reading
        frame = self._encoders[board.form](reading)
        own_ack = board.form != "flat"
        key = (reading.boot, reading.seq) if own_ack else ("flat", measured.epoch_ms)
        kept = frame if reading.date else None
        item = Item(board, measured.epoch_ms, key, kept, reading, measured.labels, own_ack)
        self._delivery.add(item)
        if measured.malformed is not None:
            self._add_broken(board, measured.epoch_ms, broken(frame, board.form, measured.malformed), False)

    def _add_broken(self, board: Board, epoch_ms: int, raw: bytes, listed: bool) -> None:
        source = self._wires.source(board.sensor.sensor_id)
        key = f"{crc16(raw):04X}" if board.form == "line" else reject_id(source, raw)
        self._delivery.add(Item(board, epoch_ms, key, raw, labels=("malformed",), listed=listed))

    def _exchange(self, wait: float) -> None:
        now = time.monotonic()
        for connection in self._wires.connections:
            connection.tick(now)
        if self._dirty:
            self._save_boots()
        self._delivery.pump(now)
        wait = min(wait, _LONGEST_WAIT, self._delivery.next_timeout(now))
        if self._selector.get_map():
            for key, mask in self._selector.select(wait):
                key.data(mask)
        else:
            time.sleep(wait)
        if now >= self._next_stats:
            self._next_stats = now + 1.0
            self._write_stats(self.summary())

    def _on_first(self, item: Item) -> None:
        board = item.board.sensor.sensor_id
        self._manifest.add(item, self._wires.lines[board].via, self._wires.source(board), _wall_ms())

    def _on_ack(self, board: str, key: object) -> bool:
        return self._delivery.acked(board, key)

    def _on_boot(self, board: Board) -> None:
        self._saved.boots[board.sensor.sensor_id] = board.boot
        self._dirty = True
        self._hello(board)

    def _hello(self, board: Board) -> None:
        line = self._wires.lines[board.sensor.sensor_id]
        if isinstance(line, Port):
            interval = int(self._settings.interval * 1000)
            said = f"H id={board.sensor.sensor_id} fw={_FIRMWARE} boot={board.boot} reset=power"
            line.write(f"{said} interval={interval}\r\n".encode("ascii"))

    def _save_boots(self) -> None:
        self._saved.boots |= {board.sensor.sensor_id: board.boot for board in self._boards}
        save_state(self._settings.state, self._saved)
        self._dirty = False

    def _restore(self) -> None:
        """Take up what the last run kept; what belongs to boards that do not run now stays in the file."""
        boards = {board.sensor.sensor_id: board for board in self._boards}
        self._unknown = [kept for kept in self._saved.kept if kept.id not in boards]
        for kept in self._saved.kept:
            if board := boards.get(kept.id):
                self._restore_one(board, kept)

    def _restore_one(self, board: Board, kept: Kept) -> None:
        if kept.reading is None:
            self._add_broken(board, kept.measured, kept.raw or b"", kept.listed)
            return
        own_ack = kept.reading.seq is not None
        key = (kept.reading.boot, kept.reading.seq) if own_ack else ("flat", kept.measured)
        frame = self._encoders[board.form](kept.reading) if kept.reading.date else None
        item = Item(board, kept.measured, key, frame, kept.reading, kept.labels, own_ack, kept.listed)
        self._delivery.add(item)

    def _write_stats(self, summary: Summary) -> None:
        self._manifest.flush()
        if self._settings.stats:
            write_stats(self._settings.stats, summary)


def _start(settings: SimulatorSettings) -> datetime:
    """The first instant: as set, or so that the run ends now where it is faster than the clock."""
    now = utc_now()
    if settings.start:
        if settings.start > now:
            raise SimulatorError("The start lies in the future: boards cannot measure there.")
        return settings.start
    if settings.accelerate == 1:
        return now
    return now - timedelta(seconds=settings.duration or 3600.0)


def _kept(item: Item) -> Kept:
    return Kept(
        id=item.board.sensor.sensor_id, measured=item.measured, listed=item.listed, labels=item.labels,
        reading=item.reading, raw=item.frame if item.malformed else None,
    )  # fmt: skip


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _allow_files(count: int) -> None:
    """A port takes two descriptors; the soft limit is often 1,024 or, on macOS, 256."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
