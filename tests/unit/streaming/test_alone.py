"""One application to a checkpoint folder, and no JVM of an earlier one."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from streaming.alone import AlreadyRunning, alone, marker_of


def test_the_folder_is_held_and_let_go(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    with alone(folder):
        in_use = pytest.raises(AlreadyRunning, match=f"Another streaming application works on {folder}")
        with in_use, alone(folder):
            pass
        with alone(tmp_path / "other"):
            pass
    with alone(folder):
        pass


def test_what_an_earlier_application_left_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.alone._PATIENCE", 1.0)
    mine, other = sleeper(tmp_path), sleeper(tmp_path / "other")
    try:
        with alone(tmp_path):
            assert not psutil.pid_exists(mine.pid)
            assert other.poll() is None
    finally:
        for process in (mine, other):
            process.kill()
            process.wait()


def sleeper(checkpoints: Path) -> "subprocess.Popen[bytes]":
    word = f"-Dfarmstream={marker_of(checkpoints)}"
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", word])
