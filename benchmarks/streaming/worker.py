"""A process of its own that does the jobs it is given, so that contestants do not share a process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from compose.local.logs import tail
from telemetry.errors import FarmstreamError

__all__ = ["Worker", "serve", "worker"]

_ANSWER = "answer "
"""Before each answer: libraries print what they like beside it."""


class Worker:
    """Does a job for each JSON object that it is given; made by `worker`."""

    def __init__(self, name: str, process: "subprocess.Popen[str]", log: Path) -> None:
        self.name, self.pid = name, process.pid
        self._process, self._log = process, log

    def ask(self, **job: Any) -> Any:
        """The answer to the job; FarmstreamError where the process ended over it."""
        assert self._process.stdin  # noqa: S101 - both are pipes
        assert self._process.stdout  # noqa: S101
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended, which its output says too
        for line in self._process.stdout:
            if line.startswith(_ANSWER):
                return json.loads(line.removeprefix(_ANSWER))
        raise FarmstreamError(f"The benchmark of {self.name} ended: {' | '.join(tail(self._log, 6))}")


@contextmanager
def worker(name: str, argv: Sequence[str], env: Mapping[str, str], folder: Path) -> Iterator[Worker]:
    """Run `argv` for the length of the block, with its log in `folder`."""
    path = folder / f"{name}.log"
    with path.open("ab") as log:
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=os.environ | env, text=True
        )
        try:
            yield Worker(name, process, path)
        finally:
            _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def serve(do: Callable[[dict[str, Any]], Any]) -> None:
    """In the process: `do` each job of stdin, and answer."""
    for line in sys.stdin:
        sys.stdout.write(f"{_ANSWER}{json.dumps(do(json.loads(line)))}\n")
        sys.stdout.flush()
