"""`boards flash` writes the sketch through the real boot loaders; another board is told, not written."""

import json
import re
from pathlib import Path

import pytest

from firmware.simulated_board.new_board import new_board
from tests.firmware.boards.desk import boards, boards_on_terminal

pytestmark = pytest.mark.usefixtures("built")


def test_a_new_mega_is_written_and_answers(tmp_path: Path) -> None:
    """Through stk500v2, the loader that it is sold with; the Uno is in tests/local/test_up_chips.py."""
    with new_board("mega", tmp_path) as board:
        done, drawn = boards_on_terminal("flash", "--port", str(board.port), "--board", "mega")
        assert done.returncode == 0, drawn
        assert re.search(r"writing .* (\d|[1-9]\d) %", drawn), "progress is shown"
        assert re.search(r"checking .* (\d|[1-9]\d) %", drawn)
        assert "bytes written and checked" in done.stdout
        (found,) = json.loads(boards("list", "--port", str(board.port), "--json").stdout)
    assert found["hello"]["board"] == "mega"


def test_the_wrong_board_is_one_sentence(tmp_path: Path) -> None:
    with new_board("mega", tmp_path) as board:
        done = boards("flash", "--port", str(board.port), "--board", "uno")
        lines = done.stderr.strip().splitlines()
    assert done.returncode == 1
    assert lines[-1] == f"farmstream: The board on {board.port} is a Mega, not an Uno: look at --board."


def test_a_missing_tool_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "port").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    done = boards("flash", "--port", str(tmp_path / "port"), "--board", "uno")
    assert (done.returncode, "`avrdude` is missing: install avrdude" in done.stderr) == (1, True)
