"""An MQTT broker as a source: QoS 1 with a persistent session, acknowledged only after the commit.

paho-mqtt speaks the protocol, on the gateway's event loop (no thread of its own, no locks between). Two
acknowledgements follow a commit: the PUBACK to the broker, and `farm/<id>/ack` to the board.
"""

import logging
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector
from typing import Any, cast
from zoneinfo import ZoneInfo

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge_gateway.backoff import Backoff
from edge_gateway.intake import Intake
from edge_gateway.settings import MqttSettings
from edge_gateway.sources.mqtt_messages import Messages
from edge_gateway.sources.mqtt_packets import DISCONNECT
from edge_gateway.sources.mqtt_socket import BufferedSocket
from telemetry.clock import duration
from telemetry.settings import read_secret

__all__ = ["MqttSource"]

log = logging.getLogger(__name__)

MAX_UNSENT = 1 << 20
"""Bytes of acknowledgements that the broker has not taken yet; beyond, nothing more is read from it."""

PAUSED = "paused: the spool is full"


class _Client(Client):
    def _create_socket(self) -> Any:
        return BufferedSocket(cast(socket.socket, super()._create_socket()))


class MqttSource:
    """One connection to one broker; a Source."""

    def __init__(
        self,
        settings: MqttSettings,
        selector: BaseSelector,
        intake: Intake,
        legacy_time_zone: ZoneInfo,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._selector, self._clock = settings, selector, clock
        self._name = f"mqtt:{settings.host}:{settings.port}"
        self._state, self._paused, self._next_try = "connecting", False, 0.0
        self._refusal = "cannot connect"
        self._backoff = Backoff(0.2, duration(settings.retry_max))
        self._messages = Messages(intake, legacy_time_zone)
        self._socket: BufferedSocket | None = None
        self._events = 0
        self._connecting: threading.Thread | None = None
        self._client = self._make_client()

    def tick(self, now: float) -> None:
        if self._socket is not None:
            self._client.loop_misc()
            self._after_turn()
        elif self._connecting is not None:
            self._take_connection(self._connecting)
        elif not self._paused and now >= self._next_try:
            # Name look-up, connect and TLS handshake block: not on the loop that reads the serial ports.
            self._connecting = threading.Thread(target=self._connect, name="mqtt-connect", daemon=True)
            self._connecting.start()

    def settle(self) -> None:
        answers = self._messages.answers
        if self._socket is not None and answers:
            self._socket.send(b"".join(answers))
            answers.clear()
            self._after_turn()

    def pause(self) -> None:
        # The session stays with the broker, and so does all that was not acknowledged.
        self._paused = True
        self._lost(PAUSED)

    def resume(self) -> None:
        self._paused, self._next_try = False, 0.0

    def states(self) -> dict[str, str]:
        return {self._name: self._state}

    def close(self) -> None:
        if self._socket is not None:
            self._socket.send(DISCONNECT)
            self._flush()
        self._lost("closed")

    def _make_client(self) -> Client:
        settings = self._settings
        client = _Client(
            CallbackAPIVersion.VERSION2, client_id=settings.client_id, clean_session=False, manual_ack=True
        )
        if settings.username is not None:
            password = read_secret(Path(settings.password_file)) if settings.password_file else None
            client.username_pw_set(settings.username, password)
        client.on_connect = self._on_connect
        client.on_message = lambda _client, _data, message: self._messages.take(message)
        client.on_subscribe = self._on_subscribe
        keepalive = max(1, round(duration(settings.keepalive)))
        client.connect_async(settings.host, settings.port, keepalive)
        return client

    def _connect(self) -> None:
        try:
            self._client.reconnect()
        except OSError as why:
            self._refusal = f"cannot connect: {why}"

    def _take_connection(self, attempt: threading.Thread) -> None:
        if attempt.is_alive():
            return
        self._connecting = None
        made = self._client.socket()
        if isinstance(made, BufferedSocket):
            self._socket, self._events = made, EVENT_READ | EVENT_WRITE
            self._selector.register(made, self._events, self._ready)
        if self._paused:
            self._lost(PAUSED)
        elif made is None:
            self._lost(self._refusal)

    def _ready(self, events: int) -> None:
        sock = self._socket
        if sock is not None and events & EVENT_READ:
            try:
                sock.refill()
                while sock.pending() and self._client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS:
                    pass
            except (OSError, ValueError, IndexError, struct.error) as why:
                self._lost(f"connection broken: {why}")  # a packet that is none, or a reset
        self._after_turn()

    def _after_turn(self) -> None:
        """Send what the turn left; notice a closed connection; listen for what can go on."""
        if self._client.want_write():  # paho leaves here what callbacks send
            self._client.loop_write()
        self._flush()
        sock = self._socket
        if sock is None:
            return
        closed_by_paho = self._client.socket() is not cast(object, sock)
        if closed_by_paho:
            self._lost("connection lost" if self._state == "ok" else self._state)
            return
        unsent = sock.unsent()
        events = (EVENT_READ if unsent <= MAX_UNSENT else 0) | (EVENT_WRITE if unsent else 0)
        if events != self._events:
            self._events = events
            self._selector.modify(sock, events, self._ready)

    def _flush(self) -> None:
        if self._socket is not None:
            try:
                self._socket.flush()
            except OSError as why:
                self._lost(f"connection broken: {why}")

    def _lost(self, state: str) -> None:
        """Close, and try again after a while. What was not acknowledged will be sent again."""
        self._become(state)
        self._messages.answers.clear()
        if self._socket is not None:
            self._selector.unregister(self._socket)
            self._socket.close()
            self._socket = None
        self._next_try = self._clock() + self._backoff.failed()

    def _become(self, state: str) -> None:
        if state != self._state:
            log.log(
                logging.INFO if state in ("ok", "closed") else logging.WARNING, "%s: %s", self._name, state
            )
            self._state = state

    def _on_connect(
        self,
        client: Client,
        _data: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _more: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._become(f"refused by the broker: {reason}")
        else:
            client.subscribe([(topic, 1) for topic in self._settings.topics])

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _more: Properties | None
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._become(f"may not subscribe to {', '.join(self._settings.topics)}")
        else:
            self._backoff.succeeded()
            self._become("ok")
