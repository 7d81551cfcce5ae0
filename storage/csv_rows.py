"""CSV files with a header, checked cell by cell: every bad cell is found before anything is used.

UTF-8, with or without a byte order mark; cells divided by commas, as RFC 4180 has it. Columns may
stand in any order, but all of them must be there (but for those that are `optional`) and no others.
"""

import csv
import io
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from storage.errors import ImportRefused

__all__ = ["Bad", "Cell", "Row", "read_rows"]

Cell = Callable[[str], Any]
"""The value of a cell's text; raises Bad."""


class Bad(Exception):
    """A cell's text cannot be taken; the text says why."""


class Row(NamedTuple):
    """One row: the line on which it starts, and its values by column."""

    line: int
    values: dict[str, Any]


def read_rows(
    path: Path, columns: Mapping[str, Cell], key: str, optional: Container[str] = ()
) -> tuple[list[Row], list[str]]:
    """All good rows of the file, and all problems found; `key` is the column that may not repeat.

    ImportRefused where the file cannot be read at all, or its header is wrong.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[Row] = []
    problems: list[str] = []
    lines: dict[str | None, int] = {}
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header, columns, optional)
        line = reader.line_num + 1
        for cells in reader:
            row, bad = _row(line, dict(zip(header, cells, strict=False)), columns, len(cells), len(header))
            if cells and any(cells):
                rows.append(row)
                problems += bad
                first = lines.setdefault(row.values.get(key), line)
                if key in row.values and first != line:
                    problems.append(
                        f"line {line}, column {key}: '{row.values[key]}' is in line {first} already"
                    )
            line = reader.line_num + 1
    except csv.Error as why:
        raise ImportRefused(str(path), [f"line {reader.line_num}: {why}"]) from why
    return rows, problems


def _row(
    line: int, cells: dict[str, str], columns: Mapping[str, Cell], width: int, wanted: int
) -> tuple[Row, list[str]]:
    values, problems = {}, []
    if width != wanted:
        return Row(line, {}), [f"line {line}: it has {width} cells, the header has {wanted}"]
    for name, text in cells.items():
        try:
            values[name] = columns[name](text.strip())
        except Bad as why:
            problems.append(f"line {line}, column {name}: {why}")
    return Row(line, values), problems


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as why:
        raise ImportRefused(str(path), [f"cannot be read ({why.strerror})"]) from why
    except UnicodeDecodeError as why:
        line = why.object[: why.start].count(b"\n") + 1
        raise ImportRefused(str(path), [f"line {line}: not UTF-8; save it as UTF-8"]) from why


def _check_header(
    path: Path, header: list[str], columns: Mapping[str, Cell], optional: Container[str]
) -> None:
    wanted = ",".join(columns)
    for name in columns:
        if name not in header and name not in optional:
            raise ImportRefused(str(path), [f"line 1: column {name} is missing; the header is {wanted}"])
    for at, name in enumerate(header):
        if name not in columns or name in header[:at]:
            raise ImportRefused(
                str(path), [f"line 1: column '{name}' is one too many; the header is {wanted}"]
            )
