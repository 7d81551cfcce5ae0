"""The options of `farmstream simulate`: their types and what their help says."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from typer import Option
from typer.models import OptionInfo

from firmware.simulator.faults import KINDS

__all__ = [
    "Accelerate", "AsJson", "Boards", "BoardsPerPort", "Connections", "Drain", "DryFields", "Duration",
    "Faults", "Fields", "Flat", "IdPrefix", "Interval", "Manifest", "Master", "MaxSkew", "Mqtt",
    "OfflineFor", "PasswordFile", "Resend", "Seed", "Serial", "SerialShare", "Start", "State", "Stats",
    "TimeZone", "User", "Window",
]  # fmt: skip


def _panel(name: str) -> Callable[[str], OptionInfo]:
    def option(text: str) -> OptionInfo:
        made: OptionInfo = Option(help=text, rich_help_panel=name)
        return made

    return option


_fleet, _wire, _time, _file = map(_panel, ("Fleet", "Where boards send", "Time", "Files"))

Boards = Annotated[int, _fleet("How many boards.")]
Fields = Annotated[int | None, _fleet("How many fields; default: one for 4 boards, at most 40.")]
Seed = Annotated[int, _fleet("Same seed and start: same readings.")]
IdPrefix = Annotated[str, _fleet("Put before each id.")]
DryFields = Annotated[int, _fleet("How many fields stand below their threshold.")]
TimeZone = Annotated[str, _fleet("The farm's, an IANA name.")]
Faults = Annotated[
    str, _fleet(f"Rates, as dropout=0.01,spike=0.005 or all=0.002; kinds: {', '.join(KINDS)}.")
]
OfflineFor = Annotated[str, _fleet("Longest interruption of the fault offline (simulated time).")]

Mqtt = Annotated[str | None, _wire("mqtt://host:port")]
User = Annotated[str | None, _wire("User at the broker.")]
PasswordFile = Annotated[Path | None, _wire("File with the password, mode 0600.")]
Connections = Annotated[int, _wire("Connections that the MQTT boards share.")]
Flat = Annotated[float, _wire("Share of the MQTT boards that send the old flat JSON.")]
Serial = Annotated[Path | None, _wire("Folder for the links to the pseudo-terminals.")]
SerialShare = Annotated[float, _wire("Share of boards on serial lines, where both are given.")]
BoardsPerPort = Annotated[int, _wire("Boards on one serial port.")]

Interval = Annotated[str, _time("Between two readings of a board.")]
Start = Annotated[
    str | None, _time("First instant, ISO 8601 with its zone; default: now, or now - duration.")
]
Duration = Annotated[str | None, _time("Simulated time to run; default: until stopped.")]
Accelerate = Annotated[str, _time("Simulated seconds per second; max: as fast as acknowledgements come.")]
MaxSkew = Annotated[str, _time("Faster than real time: how far ahead of the oldest unacknowledged reading.")]
Resend = Annotated[str, _time("Pause before an unacknowledged frame is sent again.")]
Window = Annotated[int, _time("Unacknowledged frames of all boards together.")]
Drain = Annotated[str, _time("How long to wait for acknowledgements at the end.")]

Manifest = Annotated[Path | None, _file("Append JSON lines of all that was sent.")]
State = Annotated[Path | None, _file("Keep boot counters and unacknowledged readings here.")]
Stats = Annotated[Path | None, _file("Write the counts as JSON each second.")]
Master = Annotated[Path | None, _file("Write sensors.csv and fields.csv to this folder.")]
AsJson = Annotated[bool, Option("--json", help="Print the summary as JSON.")]
