"""The shell commands of the README, in its order."""

import re
from pathlib import Path

__all__ = ["ROOT", "commands"]

ROOT = Path(__file__).parents[1]

_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Each line of each shell block that calls `./farmstream`, its comment left out."""
    blocks = _BLOCK.findall((ROOT / "README.md").read_text())
    lines = (line.split("  #")[0].strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line.startswith("./farmstream")]
