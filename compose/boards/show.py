"""`boards list` and `boards monitor` on a terminal, or as JSON."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal, TextIO

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from firmware.boards.monitor import as_object, as_text
from firmware.boards.ports import Found
from firmware.boards.talk import Talk
from telemetry.clock import duration

__all__ = ["Form", "run_monitor", "show_ports"]

Form = Literal["text", "json", "raw"]


def show_ports(found: list[Found], as_json: bool, out: TextIO) -> None:
    """A table of ports, or one JSON array."""
    if as_json:
        out.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")
        return
    if not found:
        out.write(
            "No board is on USB: plug one in with a cable that carries data, or name a port with --port.\n"
        )
        return
    table = Table("port", "USB", "looks like", "what answers", box=None, pad_edge=False)
    for port in found:
        usb = " ".join(filter(None, (port.usb, port.description)))
        table.add_row(port.port, usb or "–", port.looks_like or "–", Text(_answer(port)))
    Console(file=out, highlight=False).print(table)
    for port in found:
        if port.problem:
            out.write(port.problem + "\n")


def run_monitor(path: str, form: Form, span: str | None) -> None:
    """Print the board's lines until Ctrl-C, or for so long."""
    with suppress(KeyboardInterrupt), Talk(path) as talk:
        for line in talk.lines(duration(span) if span else None):
            now = datetime.now(UTC)
            if form == "raw":
                typer.echo(line)
            elif form == "json":
                typer.echo(msgspec.json.encode(as_object(line, now)).decode())
            else:
                typer.echo(as_text(line, now))


def _answer(port: Found) -> str:
    if port.state != "answers":
        return port.state
    said = port.hello
    kept = ("id", "board", "fw", "boot", "interval")
    return "  ".join(f"{key} {said[key]}" for key in kept if key in said)
