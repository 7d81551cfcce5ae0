"""`boards flash` writes the sketch through the real boot loaders; another board is told, not written."""

import json
from pathlib import Path

import pytest

from firmware.simulated_board.new_board import new_board
from tests.firmware.boards.desk import boards

pytestmark = pytest.mark.usefixtures("built")


def test_a_new_uno_is_written_and_answers(tmp_path: Path) -> None:
    with new_board("uno", tmp_path) as board:
        done = boards("flash", "--port", str(board.port), "--board", "uno")
        assert done.returncode == 0, done.stderr
        assert "bytes written and checked" in done.stdout
        (found,) = json.loads(boards("list", "--port", str(board.port), "--json").stdout)
    assert found["hello"]["board"] == "uno"


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
