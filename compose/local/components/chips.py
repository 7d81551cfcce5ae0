"""Real firmware: Arduinos in simavr on HOME/serial, MicroPython boards on the broker.

What their sensors give is the weather, or what a person writes into HOME/stimuli.json (see
`firmware.simulated_board.stimuli`).
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from compose.local.component import Command, Component
from compose.local.stack import Stack
from firmware.arduino.build import BOARDS, build
from firmware.simulated_board.build import simulator_program
from firmware.simulated_board.micropython.board import interpreter
from firmware.simulated_board.site import Site, sensors

__all__ = ["check_chips", "chips", "site"]


def site(stack: Stack) -> Site:
    """The boards with real firmware and their field: for the master."""
    return Site(stack.options.wanted)


def check_chips(stack: Stack) -> None:
    """Build what they need where it is not built yet; FarmstreamError says which tool is missing."""
    if count := _count(stack, "avr"):
        simulator_program()
        for kind in [*BOARDS][:count]:
            build(kind)
    if _count(stack, "micropython"):
        interpreter()


def chips(stack: Stack) -> list[Component]:
    """One component for each kind of board that is wanted."""
    made = (("avr", _avr), ("micropython", _micropython))
    return [component(stack) for kind, component in made if _count(stack, kind)]


def _avr(stack: Stack) -> Component:
    """Ready when each board is at its port."""
    words = {"--serial": stack.home.serial}
    links = [stack.home.serial / sensor.sensor_id for sensor in sensors("avr", _count(stack, "avr"))]
    return _component(stack, "avr", "firmware.simulated_board", words, links)


def _micropython(stack: Stack) -> Component:
    """Ready when each board feeds its watchdog."""
    data = stack.home.data("micropython")
    words = {
        "--mqtt": stack.address("mqtt"),
        "--user": stack.credentials["mqtt"].user,
        "--password-file": stack.password_file("mqtt", "micropython"),
    }
    wanted = sensors("micropython", _count(stack, "micropython"))
    beats = [data / sensor.sensor_id / "heartbeat" for sensor in wanted]
    return _component(stack, "micropython", "firmware.simulated_board.micropython", words, beats)


def _component(
    stack: Stack, kind: str, module: str, words: Mapping[str, object], signs: list[Path]
) -> Component:
    """The boards of one kind as one process; ready when all `signs` are there."""
    all_words = {
        **words,
        "--count": _count(stack, kind),
        "--state": stack.home.data(kind),
        "--interval": stack.options.interval,
        "--stimuli": stack.home.path / "stimuli.json",
    }
    argv = [str(word) for pair in all_words.items() for word in pair]

    def prepare() -> Command:
        for sign in signs:
            sign.unlink(missing_ok=True)
        return Command((sys.executable, "-m", module, *argv))

    return Component(
        name=kind,
        log=stack.home.log(kind),
        needs=("gateway", "cassandra"),
        prepare=prepare,
        ready=lambda: all(sign.exists() for sign in signs),
        start_timeout=120,
        stop_grace=40,
    )


def _count(stack: Stack, kind: str) -> int:
    return stack.options.wanted.get(kind, 0)
