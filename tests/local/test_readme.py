"""The README's commands on the real servers, as written, by the bootstrap script itself.

On one pipeline, which it starts in the background: that comes first, then its other commands, in its order.
"""

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.readme import ROOT, commands

pytestmark = pytest.mark.servers

ELSEWHERE = {"./farmstream test", "./farmstream test --unit", "./farmstream up"}
"""What runs this very test, and what runs for ever: the background is all the same."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    run("./farmstream down", tmp_path / "home")


def run(command: str, home: Path) -> str:
    words = shlex.split(command)
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=os.environ | {"FARMSTREAM_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def wait_for_readings(home: Path, command: str) -> None:
    deadline = monotonic() + 120
    while not json.loads(run(f"{command} --json", home)):
        assert monotonic() < deadline, f"{command} shows nothing"
        sleep(1)


def test_runs_as_written(home: Path) -> None:
    (start,) = (command for command in commands() if command.startswith("./farmstream up --detach"))
    run(start, home)
    for command in commands():
        if command in {start, *ELSEWHERE}:
            continue
        if command.startswith("./farmstream readings"):
            wait_for_readings(home, command)
        run(command, home)
