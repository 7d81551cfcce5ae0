"""Readings that wait at a broker for a client: a mosquitto of its own, a session, messages in it."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from compose.local.broker import find_mosquitto
from compose.local.mqtt_probe import answers
from compose.local.ports import LOOPBACK
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError
from telemetry.payload import encode_payload
from telemetry.reading import Coord, Main, Reading
from telemetry.topics import reading_topic

__all__ = ["broker", "fill", "until"]

_BOARDS = 1000


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """A mosquitto that delivers as fast as its clients take; its port."""
    program = find_mosquitto()
    if program is None:
        raise FarmstreamError(
            "This benchmark needs mosquitto: install it (apt install mosquitto, brew install mosquitto)."
        )
    with socket.create_server((LOOPBACK, 0)) as probe:
        port = int(probe.getsockname()[1])
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} {LOOPBACK}\nallow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0\n"
    )
    with (folder / "mosquitto.log").open("w") as log:
        child = subprocess.Popen(
            [str(program), "-c", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        until(lambda: answers(LOOPBACK, port))
        yield port
    finally:
        child.terminate()
        child.wait()


def fill(port: int, client_id: str, messages: int) -> None:
    """Open a persistent session of `client_id` on all readings, leave it, and publish `messages` into it."""
    _subscribe(port, client_id)
    sent: list[int] = []
    with _connected(port, Client(CallbackAPIVersion.VERSION2, client_id="boards")) as client:
        client.on_publish = lambda _client, _userdata, mid, *_: sent.append(mid)
        for reading in _readings(messages):
            client.publish(reading_topic(reading.id), encode_payload(reading), qos=1)
        until(lambda: len(sent) >= messages)


def until(done: Callable[[], bool], seconds: float = 300.0) -> None:
    """Poll; FarmstreamError if it takes longer."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise FarmstreamError(f"The benchmark waited {seconds:.0f} s in vain: is the machine overloaded?")
        time.sleep(0.01)


def _subscribe(port: int, client_id: str) -> None:
    done: list[bool] = []
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False)
    client.on_connect = lambda c, *_: c.subscribe(reading_topic("+"), 1)
    client.on_subscribe = lambda *_: done.append(True)
    with _connected(port, client):
        until(lambda: bool(done))


@contextmanager
def _connected(port: int, client: Client) -> Iterator[Client]:
    client.max_inflight_messages_set(0)  # a bound makes paho look at all of them at each acknowledgement
    client.connect(LOOPBACK, port)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def _readings(count: int) -> Iterator[Reading]:
    now, boot = utc_now(), int(time.time()) & 0xFFFFFF
    for number in range(count):
        yield Reading(
            id=f"board-{number % _BOARDS}",
            boot=boot,
            seq=number // _BOARDS,
            date=now,
            coord=Coord(139.36, 35.33),
            main=Main(20.31, 50.1, 6.41, 31.2),
        )
