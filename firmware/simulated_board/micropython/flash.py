"""A board's flash as a folder: the firmware as it is flashed, settings, certificates, stimuli."""

import json
import shutil
from pathlib import Path
from typing import Any

__all__ = ["DEFAULT_STIMULI", "flash", "write_stimuli"]

_FIRMWARE = Path(__file__).parents[2] / "micropython"

DEFAULT_STIMULI: dict[str, Any] = {"adc": {"26": 1650, "27": 1900}, "sht3x": "6666938000A2", "nmea": None}
"""pH 7 at the amplifier's zero, soil half wet, 25 °C and 50 %RH."""


def flash(folder: Path, settings: dict[str, Any], files: dict[str, bytes] | None = None) -> None:
    """Write firmware, `settings` and further `files` (certificates) as a first flashing does."""
    (folder / "a").mkdir(parents=True, exist_ok=True)
    for name in ("boot.py", "main.py", "switch.py"):
        shutil.copy(_FIRMWARE / name, folder / name)
    shutil.copytree(_FIRMWARE / "farm", folder / "a" / "farm", dirs_exist_ok=True)
    path = folder / "settings.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(settings))
    for name, data in (files or {}).items():
        (folder / name).write_bytes(data)
    if not (folder / "stimuli.json").exists():
        write_stimuli(folder, DEFAULT_STIMULI)


def write_stimuli(folder: Path, stimuli: dict[str, Any]) -> None:
    """Replace the stimuli in one step; the stand-ins read them at each use."""
    new = folder / "stimuli.json.new"
    new.write_text(json.dumps(stimuli))
    new.replace(folder / "stimuli.json")
