"""The lines of a fleet: MQTT connections that boards share, and serial ports."""

import os
import resource
import selectors
from collections.abc import Callable, Hashable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from firmware.simulator.board import Board
from firmware.simulator.delivery import Line
from firmware.simulator.mqtt import Connection
from firmware.simulator.port import Port
from firmware.simulator.settings import SimulatorSettings
from firmware.simulator.wire import encoder
from telemetry.settings import read_secret
from telemetry.topics import reading_topic

__all__ = ["Wires", "make_wires"]

_FIRMWARE = "sim-1"
OnAck = Callable[[str, Hashable], bool]


class Wires(NamedTuple):
    """The lines by board, and each line once."""

    lines: dict[str, Line]
    connections: list[Connection]
    ports: list[Port]

    def source(self, board: str) -> str:
        """The name of the board's line as a gateway records it."""
        line = self.lines[board]
        return f"serial:{line.link.name}" if isinstance(line, Port) else f"mqtt:{reading_topic(board)}"

    def hello(self, board: Board, interval: float) -> None:
        """What a board says after a boot; on MQTT it says nothing."""
        line = self.lines[board.sensor.sensor_id]
        if isinstance(line, Port):
            said = f"H id={board.sensor.sensor_id} fw={_FIRMWARE} boot={board.boot} reset=power"
            line.write(f"{said} interval={int(interval * 1000)}\r\n".encode("ascii"))

    def close(self) -> None:
        """Say goodbye to the broker, and remove the ports."""
        for connection in self.connections:
            connection.close()
        for port in self.ports:
            port.close()


def make_wires(
    settings: SimulatorSettings, boards: list[Board], selector: selectors.BaseSelector, on_ack: OnAck
) -> Wires:
    """Open the ports and prepare the connections; SimulatorError or SettingsError where that fails."""
    wires = Wires({}, [], [])
    _add_connections(settings, [board for board in boards if board.form != "line"], selector, on_ack, wires)
    _add_ports(settings, [board for board in boards if board.form == "line"], selector, on_ack, wires)
    return wires


def _add_connections(
    settings: SimulatorSettings, boards: list[Board], selector: selectors.BaseSelector, on_ack: OnAck,
    wires: Wires,
) -> None:  # fmt: skip
    if settings.broker is None:
        return
    zone = ZoneInfo(settings.legacy_time_zone)
    encoders = {board.sensor.sensor_id: encoder(board.form, zone) for board in boards}
    password = read_secret(settings.password_file) if settings.password_file else None
    for number in range(min(settings.connections, len(boards))):
        name = f"simulator-{os.getpid()}-{os.urandom(3).hex()}-{number}"
        link = Connection(
            settings.broker, name, selector, encoders, on_ack,
            user=settings.user, password=password, listens=number == 0,
        )  # fmt: skip
        wires.connections.append(link)
    for number, board in enumerate(boards):
        wires.lines[board.sensor.sensor_id] = wires.connections[number % len(wires.connections)]


def _add_ports(
    settings: SimulatorSettings, boards: list[Board], selector: selectors.BaseSelector, on_ack: OnAck,
    wires: Wires,
) -> None:  # fmt: skip
    if settings.serial is None:
        return
    ids, size = [board.sensor.sensor_id for board in boards], settings.boards_per_port
    _allow_files(2 * len(ids) // size + 100)
    for group in (ids[at : at + size] for at in range(0, len(ids), size)):
        name = f"board-{group[0]}" if len(group) == 1 else f"boards-{group[0]}-to-{group[-1]}"
        port = Port(settings.serial / name, group, selector, on_ack)
        wires.ports.append(port)
        wires.lines.update(dict.fromkeys(group, port))


def _allow_files(count: int) -> None:
    """A port takes two descriptors; the soft limit is often 1,024 or, on macOS, 256."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
