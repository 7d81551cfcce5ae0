"""docs/boards.md and docs/micropython.md as written: settings that a board takes, commands that exist.

The commands are run by tests/local/test_up_chips.py, but for those that write MicroPython itself.
"""

import json
import re
import shlex
from pathlib import Path

import pytest

from firmware.boards.settings import board_settings
from tests.firmware.boards.desk import boards

DOCS = Path(__file__).parents[3] / "docs"
TEXT = (DOCS / "boards.md").read_text() + (DOCS / "micropython.md").read_text()
COMMANDS = re.findall(r"^\./farmstream boards (.*)$", TEXT.replace(" \\\n", " "), re.MULTILINE)


@pytest.mark.parametrize("text", re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL))
def test_a_board_takes_these_settings(text: str) -> None:
    link = {"id": "x", "wifi": {"ssid": "barn"}, "mqtt": {"host": "broker.farm.lan", "ca": "ca.der"}}
    assert board_settings(json.loads(text), link)["ph"]["gain"] == 2.0


@pytest.mark.parametrize("command", [command for command in COMMANDS if "--firmware" in command])
def test_the_command_line_is_right(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "RPI_PICO_W.uf2").touch()
    words = [word.replace("/dev/ttyACM0", str(tmp_path / "no-port")) for word in shlex.split(command)]
    done = boards(*words)
    assert done.returncode == 1  # 2 is a wrong command line
    assert done.stderr.startswith("farmstream: The Pico W does not show its drive"), done.stderr


def test_every_sub_command_is_shown() -> None:
    shown = {command.split()[0] for command in COMMANDS}
    assert shown == {"list", "flash", "provision", "calibrate", "monitor", "update"}
