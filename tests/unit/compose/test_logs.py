"""Logs: found by name, their end, and as they grow."""

from pathlib import Path

import pytest

from compose.local.logs import follow, last_line, log_of, tail
from telemetry.errors import FarmstreamError


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    file = tmp_path / "logs" / "kafka.log"
    file.write_text("one\ntwo\nthree\n\n")
    return file


def test_by_name_and_nothing_outside_of_the_folder(tmp_path: Path, log: Path) -> None:
    (tmp_path / "state.log").write_text("")
    assert log_of(tmp_path, "kafka") == log
    for name in ("../state", "kafak", ""):
        with pytest.raises(FarmstreamError, match=r"There is no log of '.*' under .*; there are: kafka\."):
            log_of(tmp_path, name)


def test_the_end(log: Path) -> None:
    assert tail(log, 2) == ["three", ""]
    assert tail(log, 0) == []
    assert last_line(log) == "three"
    assert not last_line(log, since=log.stat().st_size)
    assert not last_line(log.with_name("none.log"))


def test_grows_and_is_put_aside(log: Path) -> None:
    def add(text: str, aside: bool = False) -> None:
        if aside:
            log.replace(log.with_name("kafka.log.1"))
        with log.open("a") as file:
            file.write(text)

    happens = [lambda: add("four\n"), lambda: add("five\n", aside=True)]
    pieces = follow(log, lambda seconds: happens.pop(0)())
    assert next(pieces) == "four\n"
    assert next(pieces) == "five\n"
