"""A process that does jobs: its answers, and its end."""

import sys
from pathlib import Path

import pytest

from benchmarks.streaming.worker import worker
from telemetry.errors import FarmstreamError

JOBS = """
from benchmarks.streaming.worker import serve
def do(job):
    print("a library's words")
    return 1 / job["by"]
serve(do)
"""


def test_answers_come_in_turn_and_a_death_quotes_the_log(tmp_path: Path) -> None:
    with worker("halves", [sys.executable, "-c", JOBS], {}, tmp_path) as one:
        assert one.ask(by=2) == 0.5
        assert one.ask(by=4) == 0.25
        with pytest.raises(FarmstreamError, match=r"The benchmark of halves ended: .*ZeroDivisionError"):
            one.ask(by=0)
