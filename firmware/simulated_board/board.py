"""One simulated Arduino: real machine code in simavr, its pins and its cable in our hands."""

import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, NamedTuple, Self

from firmware.arduino.build import BOARDS, build
from firmware.simulated_board.build import simulator_program
from telemetry.errors import FarmstreamError

__all__ = ["BoardError", "Counts", "Pace", "SimulatedBoard"]

Pace = Literal["hold", "real", "free"]
"""How board time goes: only in `step`, as wall time does, or as fast as it can."""

PH_CHANNEL, MOISTURE_CHANNEL = 0, 1


class BoardError(FarmstreamError):
    """The simulated board stopped or did not take a command; the text names its log."""


class Counts(NamedTuple):
    """EEPROM writes, bytes sent on the line, bytes of RAM that the stack never reached, cycles asleep."""

    eeprom_writes: int
    bytes_sent: int
    untouched_ram: int
    cycles_asleep: int


class SimulatedBoard:
    """A context manager; `state` is a folder for its EEPROM and its log, `port` its serial port.

    `firmware` is an .elf (the sketch, unless given) or the .hex of a boot loader, which then waits for
    an upload. With `dtr_reset`, opening the port resets the board, as a real Uno does.
    """

    def __init__(
        self,
        kind: str,
        state: Path,
        *,
        pace: Pace = "hold",
        firmware: Path | None = None,
        dtr_reset: bool = False,
    ) -> None:
        self.kind, self.state, self.port = kind, state, Path()
        self._pace, self._firmware, self._dtr_reset = pace, firmware, dtr_reset
        self._process: subprocess.Popen[str] | None = None

    @property
    def eeprom(self) -> Path:
        """The file that the EEPROM is kept in over a loss of power; written then, and at the end."""
        return self.state / "eeprom.bin"

    def __enter__(self) -> Self:
        self.state.mkdir(parents=True, exist_ok=True)
        firmware = self._firmware or build(self.kind).elf
        command = [str(simulator_program()), BOARDS[self.kind], str(firmware), str(self.eeprom)]
        with (self.state / "board.log").open("a") as log:
            self._process = subprocess.Popen(
                [*command, "dtr"] if self._dtr_reset else command,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1,
            )  # fmt: skip
        self.port = Path(self._answer())
        self.pace(self._pace)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process, self._process = self._process, None
        if process:
            process.terminate()
            process.communicate(timeout=30)

    def pace(self, pace: Pace) -> None:
        """Change how board time goes."""
        self.command(f"pace {pace}")

    def step(self, seconds: float) -> bool:
        """Let so much board time pass, as fast as it can; False where the power went in it."""
        return self.command(f"step {1000 * seconds:.3f}").startswith("ok")

    def time(self) -> float:
        """Board time since the start, in seconds."""
        return float(self.command("time").split()[1]) / 1000.0

    def voltage(self, channel: int, millivolts: float) -> None:
        """Put so many mV, 0 to 5000, on an analog pin."""
        self.command(f"adc {channel} {round(millivolts)}")

    def climate(self, temperature: float, humidity: float) -> None:
        """What the SHT3x measures, °C and %RH."""
        self.command(f"climate {temperature} {humidity}")

    def climate_fault(self, fault: Literal["absent", "crc", "busy"]) -> None:
        """No SHT3x on the bus; one with wrong checksums; one that never has its measurement ready."""
        self.command(f"climate {fault}")

    def gps(self, text: bytes) -> None:
        """What the GPS says each second; nothing: it is silent."""
        self.command(f"gps {text.hex()}")

    def reset(self) -> None:
        """Press the reset button."""
        self.command("reset")

    def power(self, on: bool) -> None:
        """Pull the plug, or put it in: RAM loses its content, the EEPROM does not."""
        self.command("power on" if on else "power off")

    def cut_power_at_write(self, number: int) -> None:
        """Pull the plug in the middle of the EEPROM write with that number from now; 0: do not."""
        self.command(f"cut {number}")

    def counts(self) -> Counts:
        """The counters of the simulator."""
        return Counts(*map(int, self.command("counts").split()[1:]))

    def save(self) -> None:
        """Write the EEPROM to its file now."""
        self.command("save")

    def command(self, text: str) -> str:
        """One command of the simulator program and its answer."""
        stdin = self._running().stdin
        if not stdin:
            raise BoardError("The simulated board has no control channel.")
        try:
            stdin.write(text + "\n")
            stdin.flush()
        except BrokenPipeError as why:
            raise self._stopped() from why
        answer = self._answer()
        if answer.startswith("error"):
            raise BoardError(f"The simulated board did not take `{text}`.")
        return answer

    def _answer(self) -> str:
        stdout: IO[str] | None = self._running().stdout
        answer = stdout.readline() if stdout else ""
        if not answer:
            raise self._stopped()
        return answer.rstrip("\n")

    def _running(self) -> subprocess.Popen[str]:
        if not self._process:
            raise BoardError("The simulated board is not running: use it as a context manager.")
        return self._process

    def _stopped(self) -> BoardError:
        return BoardError(f"The simulated board stopped: {self.state / 'board.log'} tells why.")
