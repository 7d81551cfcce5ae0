"""The simulated boards: half of them on the broker, half on pseudo-terminals under HOME/serial."""

import sys
from pathlib import Path

from compose.local.component import Command, Component
from compose.local.stack import Stack
from firmware.simulator.fleet import Fleet

__all__ = ["fleet", "simulator", "stats_file"]


def fleet(stack: Stack) -> Fleet:
    """The fields and boards that will be simulated: for the master."""
    return Fleet(boards=stack.options.wanted["simulated"])


def stats_file(stack: Stack) -> Path:
    """Where it tells what it has sent."""
    return stack.home.run / "simulator.json"


def simulator(stack: Stack) -> Component:
    """Ready when it has told its counts for the first time."""
    return Component(
        name="simulator",
        log=stack.home.log("simulator"),
        needs=("gateway", "cassandra"),
        prepare=lambda: _prepare(stack),
        ready=stats_file(stack).exists,
        start_timeout=60,
        stop_grace=40,
    )


def _prepare(stack: Stack) -> Command:
    stats_file(stack).unlink(missing_ok=True)
    boards, options = stack.options.wanted["simulated"], stack.options
    words = {
        "--boards": boards,
        "--interval": options.interval,
        "--mqtt": f"mqtt://{stack.address('mqtt')}",
        "--user": stack.credentials["mqtt"].user,
        "--password-file": stack.password_file("mqtt", "simulator"),
        "--serial": stack.home.serial,
        "--faults": options.faults,
        "--state": stack.home.data("simulator") / "boards.json",
        "--stats": stats_file(stack),
        "--drain": "20s",
    }
    argv = [str(word) for pair in words.items() if pair[1] != "" for word in pair]
    return Command((sys.executable, "-m", "firmware.simulator", *argv, *options.simulate))
