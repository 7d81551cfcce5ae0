import logging

import pytest

from edge_gateway.notes import LINES_A_SECOND, MAX_BOARDS, MAX_LINES, Notes


def test_hellos_and_lines_are_kept_in_short_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    notes = Notes()
    with caplog.at_level(logging.INFO):
        notes.hello("serial:a", {"id": "7", "fw": "1.0"})
        notes.log("serial:a", "warm\x1b[2J")
    assert notes.boards == {"7": {"id": "7", "fw": "1.0", "source": "serial:a"}}
    assert "hello of board 7" in caplog.text
    assert "\x1b" not in caplog.text


def test_a_talkative_port_fills_neither_memory_nor_log(caplog: pytest.LogCaptureFixture) -> None:
    notes = Notes(clock=lambda: 1.0)
    with caplog.at_level(logging.INFO):
        for i in range(MAX_BOARDS + 500):
            notes.hello("serial:a", {"id": str(i)})
            notes.log("serial:a", str(i))
    assert len(notes.boards) == MAX_BOARDS
    assert len(notes.lines) == MAX_LINES
    assert len(caplog.records) == LINES_A_SECOND
