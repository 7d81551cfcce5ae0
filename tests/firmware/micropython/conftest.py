"""Fixtures: one TLS broker a module, one gateway behind it, a fresh flash a test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from firmware.simulated_board.micropython import MicroPythonBoard
from firmware.simulated_board.micropython.board import interpreter
from firmware.simulated_board.micropython.flash import flash
from telemetry.errors import FarmstreamError
from tests.firmware.micropython.bench import Broker, Watch, gateway, settings, watching

MakeBoard = Callable[..., MicroPythonBoard]


@pytest.fixture(scope="session")
def micropython() -> Path:
    """The interpreter."""
    try:
        return interpreter()
    except FarmstreamError as why:
        pytest.skip(str(why))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A TLS broker."""
    broker = Broker(tmp_path_factory.mktemp("broker"), trustme.CA())
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(scope="module")
def acknowledging(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The gateway."""
    with gateway(tmp_path_factory.mktemp("gateway") / "home", broker.plain_port):
        yield


@pytest.fixture
def watch(broker: Broker) -> Iterator[Watch]:
    """An eye on the topics."""
    with watching(broker.plain_port) as watch:
        yield watch


@pytest.fixture
def make_board(
    micropython: Path, broker: Broker, tmp_path: Path, request: pytest.FixtureRequest
) -> MakeBoard:
    """A board with an id of its own, not powered yet; keyword arguments change its settings."""

    def make(
        files: dict[str, bytes] | None = None, pace: int = 1, chip: str = "rp2", **changes: Any
    ) -> MicroPythonBoard:
        number = len(list(tmp_path.iterdir()))
        name = f"{request.node.name[5:22].rstrip('_[')}-{number}".replace("[", "-")
        changes.setdefault("id", name)
        flash(tmp_path / name, settings(broker, **changes), {"ca.der": broker.der()} | (files or {}))
        return MicroPythonBoard(tmp_path / name, pace=pace, chip=chip)

    return make
