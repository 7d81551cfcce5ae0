"""The golden vectors through the C++ core: on this machine, and as machine code on the simulated chips."""

import re
import subprocess
from pathlib import Path

from firmware.arduino.build import Firmware, build
from firmware.arduino.generate import ARDUINO, vectors
from firmware.simulated_board import Conversation, SimulatedBoard

COUNT = vectors().count("\n  X(")
"""Vectors in all tables."""


def passed(said: str) -> int:
    """How many vectors were run and held, from what the runner says at its end."""
    found = re.fullmatch(r"vectors (\d+) failed 0", said.strip().splitlines()[-1])
    assert found, said
    return int(found[1])


def test_on_this_machine(tmp_path: Path, firmwares: dict[str, Firmware]) -> None:
    program = tmp_path / "vectors"
    sources = [*ARDUINO.glob("vectors/[hr]*.cpp"), *ARDUINO.glob("farmstream/src/core/*.cpp")]
    flags = ["-std=gnu++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsanitize=undefined"]
    subprocess.run(["c++", *flags, "-o", program, *sources], check=True)
    run = subprocess.run([program], capture_output=True, text=True, check=True)
    assert passed(run.stdout) == COUNT > 100
    assert run.stderr == ""


def test_on_the_chip(kind: str, tmp_path: Path) -> None:
    runner = build(kind, "vectors")
    with SimulatedBoard(kind, tmp_path / kind, firmware=runner.elf) as board, Conversation(board) as line:
        lines: list[str] = []
        while not any(text.startswith("vectors ") for text in lines) and board.time() < 60.0:
            lines += line.run(0.25)
    assert passed("\n".join(lines)) == COUNT
