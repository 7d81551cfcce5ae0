"""One child process as a context manager: started when entered and ready, gone when left.

ProcessFailed          it ended, or did not answer in time; quotes the end of its log
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Protocol

from compose.local.component import Command
from compose.local.logs import tail
from compose.local.processes import family, stop_family
from telemetry.errors import FarmstreamError

__all__ = ["MAX_LOG", "ProcessFailed", "Service", "open_log", "run_command", "running", "wait_until"]

MAX_LOG = 32 * 2**20
"""Bytes: a log that is larger when its process starts is put aside, over the one put aside before."""

_POLL = 0.1


class ProcessFailed(FarmstreamError):
    """The process `name` ended or never answered; the text has the last lines of its `log`."""

    def __init__(self, name: str, what: str, log: Path) -> None:
        last = " | ".join(line.strip() for line in tail(log, 5) if line.strip())
        quoted = f"; its last lines were: {last[-600:]}" if last else ""
        super().__init__(f"{name} {what}; its log {log} says more{quoted}")
        self.name, self.log = name, log


class Service(Protocol):
    """What can be run: Kafka, Cassandra, a broker. Members as in `compose.local.component`."""

    @property
    def name(self) -> str: ...
    @property
    def log(self) -> Path: ...
    @property
    def stop_grace(self) -> float: ...
    @property
    def start_timeout(self) -> float: ...
    def prepare(self) -> Command: ...
    def ready(self) -> bool: ...


def open_log(path: Path) -> IO[bytes]:
    """Open the log for appending; a large one is put aside as NAME.log.1 first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > MAX_LOG:
        path.replace(path.with_name(path.name + ".1"))
    return path.open("ab")


@contextmanager
def running(service: Service) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the service: ready inside the block, ended with its children after it."""
    process = _start(service.prepare(), service.log)
    try:
        wait_until(process, service.ready, service)
        yield process
    finally:
        stop_family(family(process.pid), service.stop_grace)
        process.wait()


def wait_until(process: "subprocess.Popen[bytes]", done: Callable[[], bool], service: Service) -> None:
    """Poll until `done`; ProcessFailed as soon as the process is dead, or when its time is over."""
    deadline = monotonic() + service.start_timeout
    while not done():
        if (code := process.poll()) is not None:
            raise ProcessFailed(service.name, f"ended with {_how(code)} before it was ready", service.log)
        if monotonic() > deadline:
            what = f"was not ready after {service.start_timeout:.0f} s"
            raise ProcessFailed(service.name, what, service.log)
        sleep(_POLL)


def run_command(
    name: str, command: Command, log: Path, timeout: float, watch: Callable[[], None] = lambda: None
) -> None:
    """Run a command that ends by itself, calling `watch` meanwhile.

    ProcessFailed where it fails, or takes over `timeout` seconds.
    """
    process = _start(command, log)
    deadline = monotonic() + timeout
    try:
        while (code := process.poll()) is None:
            if monotonic() > deadline:
                raise ProcessFailed(name, f"did not end within {timeout:.0f} s", log)
            watch()
            sleep(_POLL)
    finally:
        stop_family(family(process.pid), 0)
        process.wait()
    watch()
    if code:
        raise ProcessFailed(name, f"ended with {_how(code)}", log)


def _start(command: Command, log: Path) -> "subprocess.Popen[bytes]":
    with open_log(log) as out:
        return subprocess.Popen(
            command.argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=command.cwd,
            env={**os.environ, **command.env},
            start_new_session=True,
        )


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"
