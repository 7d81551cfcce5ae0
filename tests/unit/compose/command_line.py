"""What a command line comes to, and the one sentence for what a person can mend."""

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Farmstream", "Told", "sentence"]


class Told(NamedTuple):
    """What a command came to."""

    returncode: int
    stdout: str
    stderr: str


Farmstream = Callable[..., Told]


def sentence(result: Told) -> str:
    assert result.returncode == 1, result
    assert not result.stdout
    line, end, more = result.stderr.partition("\n")
    assert line.startswith("farmstream: ")
    assert line.endswith(".")
    assert end == "\n"
    assert not more
    return line
