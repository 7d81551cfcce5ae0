"""The firmware's figures: sizes from the build, cycles and bytes from simulated chips, energy estimated.

Nothing here depends on the speed of this machine: time is the chip's own.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.energy import SOURCES, energy_mj
from firmware.arduino.build import BOARDS, build
from firmware.simulated_board import Conversation, SimulatedBoard
from firmware.simulated_board.provision import provision
from firmware.simulated_board.site import sensors
from telemetry.errors import Refused
from telemetry.line import decode_line
from telemetry.reading import Reading

__all__ = ["BoardFigures", "FirmwareReport", "run_firmware", "show_firmware"]

BAUD = 115200
BITS_PER_BYTE = 10
_ACKNOWLEDGED_S = 0.2
_WATCHED_S = 60
_FLOOD_S = 60


class BoardFigures(Struct, frozen=True, kw_only=True):
    """One target.

    `awake_1hz` is the share of cycles not asleep while it measures, sends and is acknowledged once a second;
    `awake_ms_per_reading` what one reading adds to a board that measures none. `line_share` is of the
    11,520 bytes/s that 115200 baud carries; `bad_frames` were not whole or had a wrong checksum.
    """

    awake_1hz: float
    awake_idle: float
    awake_ms_per_reading: float
    energy_mj_per_reading: float
    energy_mj_per_reading_30s: float
    frames_per_s: float
    line_share: float
    bad_frames: int


class FirmwareReport(Struct, frozen=True, kw_only=True):
    """Bytes of flash and of static RAM; `line_share` is the lower one of the boards'."""

    uno_flash: int
    uno_ram: int
    mega_flash: int
    mega_ram: int
    uno_flash_size: int
    uno_ram_size: int
    mega_flash_size: int
    mega_ram_size: int
    line_share: float
    boards: Mapping[str, BoardFigures]
    sources: tuple[str, ...] = SOURCES


class _Flood(NamedTuple):
    frames: int
    bytes_per_s: float
    bad: int


def run_firmware(seconds: int = _FLOOD_S) -> FirmwareReport:
    """Build, run and measure both boards; the flood lasts `seconds` of board time."""
    built = {kind: build(kind) for kind in BOARDS}
    measured = {kind: _measure(kind, seconds) for kind in BOARDS}
    sizes = {f"{kind}_{what}": getattr(it, what) for kind, it in built.items() for what in _SIZES}
    share = min(figures.line_share for figures in measured.values())
    return FirmwareReport(**sizes, line_share=share, boards=measured)


_SIZES = ("flash", "ram", "flash_size", "ram_size")


def show_firmware(report: FirmwareReport, console: Console) -> None:
    """Print it as a table."""
    table = Table("", title="Firmware, on simulated chips")
    for kind in report.boards:
        table.add_column(kind, justify="right")
    for what in ("flash", "ram"):
        cells = [(getattr(report, f"{k}_{what}"), getattr(report, f"{k}_{what}_size")) for k in report.boards]
        table.add_row(
            f"{what}, bytes", *(f"{used:,} of {size:,} ({used / size:.0%})" for used, size in cells)
        )
    for label, key, form in _ROWS:
        table.add_row(label, *(form.format(getattr(figures, key)) for figures in report.boards.values()))
    console.print(table)
    for source in report.sources:
        console.print(f"- {source}", highlight=False)


def _size(report: FirmwareReport, name: str) -> str:
    used, room = getattr(report, name), getattr(report, f"{name}_size")
    return f"{used:,} of {room:,} ({used / room:.0%})"


_ROWS = (
    ("CPU awake at 1 Hz", "awake_1hz", "{:.2%}"),
    ("CPU awake, not measuring", "awake_idle", "{:.2%}"),
    ("awake per reading, ms", "awake_ms_per_reading", "{:.2f}"),
    ("energy per reading at 1 Hz, mJ", "energy_mj_per_reading", "{:.1f}"),
    ("energy per reading at 30 s, mJ", "energy_mj_per_reading_30s", "{:.0f}"),
    ("frames/s at 115200 baud", "frames_per_s", "{:.1f}"),
    ("share of the line", "line_share", "{:.1%}"),
    ("bad frames", "bad_frames", "{}"),
)


def _measure(kind: str, flood_s: int) -> BoardFigures:
    with _board(kind) as (board, line):
        idle = _awake(line, interval_ms=86_400_000)
        busy = _awake(line, interval_ms=1000)
        flood = _flood(board, line, flood_s)
    return BoardFigures(
        awake_1hz=round(busy, 5),
        awake_idle=round(idle, 5),
        awake_ms_per_reading=round((busy - idle) * 1000, 3),
        energy_mj_per_reading=round(energy_mj(kind, 1.0, busy), 2),
        energy_mj_per_reading_30s=round(energy_mj(kind, 30.0, idle + (busy - idle) / 30), 1),
        frames_per_s=round(flood.frames / flood_s, 1),
        line_share=round(flood.bytes_per_s * BITS_PER_BYTE / BAUD, 4),
        bad_frames=flood.bad,
    )


@contextmanager
def _board(kind: str) -> Iterator[tuple[SimulatedBoard, Conversation]]:
    with TemporaryDirectory() as folder, SimulatedBoard(kind, Path(folder)) as board:
        provision(board, sensors("avr", 1)[0], 30000)
        board.voltage(0, 2600)
        board.voltage(1, 2000)
        with Conversation(board) as line:
            line.until("H ")
            yield board, line


def _awake(line: Conversation, interval_ms: int) -> float:
    """The share of cycles awake over a minute in which each reading is acknowledged at once."""
    line.ask(f"interval {interval_ms}")
    line.ask("forget")
    before, began = line.board.counts().cycles_asleep, line.board.time()
    until = began + _WATCHED_S
    while line.board.time() < until:
        for reading in _whole(line.run(_ACKNOWLEDGED_S)):
            line.send(f"A {reading.boot} {reading.seq}")
    cycles = (line.board.time() - began) * 16e6
    return 1.0 - (line.board.counts().cycles_asleep - before) / cycles


def _flood(board: SimulatedBoard, line: Conversation, seconds: int) -> _Flood:
    line.ask("interval 86400000")
    line.ask(f"flood {seconds + 2}", 1.0)
    frames, bad, sent, began = 0, 0, board.counts().bytes_sent, board.time()
    while board.time() < began + seconds:
        lines = line.run(0.25)
        whole = sum(1 for _ in _whole(lines))
        frames, bad = frames + whole, bad + len(lines) - whole
    return _Flood(frames, (board.counts().bytes_sent - sent) / (board.time() - began), bad)


def _whole(lines: list[str]) -> Iterator[Reading]:
    for text in lines:
        try:
            said = decode_line(text.encode("ascii", "replace"))
        except Refused:
            continue
        if isinstance(said, Reading):
            yield said
