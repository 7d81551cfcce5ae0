"""The commands of a page under docs/, run as written but for ports, hosts and folders."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from compose.local.home import Home
from tests.firmware.boards.desk import Guided
from tests.local.pipeline import farmstream
from tests.readme import ROOT

__all__ = ["Page", "calibrated"]

_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Page:
    """One block of shell commands; `instead` is what the text becomes here."""

    name: str
    block: int
    instead: Mapping[str, str]

    def commands(self) -> Iterator[str]:
        """Line by line, as written."""
        blocks = _BLOCK.findall((ROOT / "docs" / self.name).read_text())
        yield from blocks[self.block].replace("\\\n", " ").splitlines()

    def run(self, command: str, home: Home) -> str:
        """Run it, which must end well; what it printed."""
        if not command.startswith("./farmstream"):
            done = subprocess.run(
                self._here(command), shell=True, capture_output=True, text=True, check=False
            )
        elif "calibrate" in command:
            return ""  # by `calibrated`
        else:
            done = farmstream(home, *self.words(command))
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def words(self, command: str) -> list[str]:
        """What follows `./farmstream`."""
        return shlex.split(self._here(command))[1:]

    def _here(self, command: str) -> str:
        everything = {".venv/bin/python": sys.executable, **self.instead}
        for text, other in everything.items():
            command = re.sub(rf"(?<![\w./]){re.escape(text)}", lambda _, other=other: other, command)  # type: ignore[misc]
        return command


def calibrated(words: list[str], hold: Callable[[str, str], int]) -> None:
    """Go through a guided calibration; `hold(what, point)` puts the probe there and tells its mV."""
    what = words[-1]
    guide = Guided(*words[1:])
    for point in ("6.86", "4.01") if what == "ph" else ("dry", "saturated"):
        guide.until(f"buffer of pH {point}" if what == "ph" else point)
        guide.settle(hold(what, point))
        guide.enter()
    assert guide.finish() == 0, guide.said
