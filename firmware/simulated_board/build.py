"""Compiles the simulator program (C on libsimavr) on demand."""

import shutil
import subprocess
from pathlib import Path

from firmware.arduino.build import BuildError, ToolMissing, one_at_a_time, output_folder

__all__ = ["simulator_program"]

_SOURCES = Path(__file__).parent / "avr"
_FLAGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra"]


def simulator_program() -> Path:
    """Compile `farmstream-board` where its sources are newer; BuildError says what is missing."""
    out = output_folder(Path(__file__).parent)
    program = out / "farmstream-board"
    with one_at_a_time(out):
        sources = [*_SOURCES.glob("*.c"), *_SOURCES.glob("*.h")]
        newest = max(source.stat().st_mtime for source in sources)
        if not program.exists() or program.stat().st_mtime < newest:
            _compile([str(s) for s in sources if s.suffix == ".c"], program)
    return program


def _compile(sources: list[str], program: Path) -> None:
    compiler = shutil.which("cc")
    if not compiler:
        raise ToolMissing("`cc` is missing: install gcc (Debian: apt install gcc).")
    command = [compiler, *_FLAGS, "-o", str(program), *sources, "-lsimavr", "-lelf", "-lm"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode and "simavr" in made.stderr:
        raise ToolMissing("libsimavr is missing: apt install libsimavr-dev libelf-dev.")
    if made.returncode:
        raise BuildError(f"The board simulator was not built: {made.stderr.strip().splitlines()[-1]}")
