"""Rows onto a text stream: a JSON array, JSON lines, CSV, or a table for people."""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

import msgspec
from rich.console import Console
from rich.table import Table

__all__ = ["print_csv", "print_json_array", "print_json_line", "print_table", "until_closed"]


@contextmanager
def until_closed(out: TextIO) -> Iterator[None]:
    """End quietly when the reader of a pipe is gone, as with `| head`; also at exit, when Python flushes."""
    try:
        yield
        out.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, out.fileno())
        os.close(nowhere)


def print_json_array(out: TextIO, objects: Iterable[Mapping[str, Any]]) -> None:
    """One array, an object a line, written as the objects come."""
    out.write("[")
    for number, each in enumerate(objects):
        out.write(",\n" if number else "\n")
        out.write(_json(each))
    out.write("\n]\n")


def print_json_line(out: TextIO, each: Mapping[str, Any]) -> None:
    """One object on a line of its own, at once."""
    out.write(_json(each) + "\n")
    out.flush()


def print_csv(out: TextIO, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A header and rows; None is an empty cell."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)


def print_table(out: TextIO, header: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> None:
    """A table in the width of the terminal; None is a dash. Off a terminal no line is folded."""
    console = Console(file=out) if out.isatty() else Console(file=out, width=250)
    table = Table(caption=caption or None, caption_justify="left")
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("–" if cell is None else str(cell) for cell in row))
    console.print(table)


def _json(each: Mapping[str, Any]) -> str:
    return msgspec.json.encode(each).decode()
