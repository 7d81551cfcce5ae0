"""An MQTT broker as a source: QoS 1 with a persistent session, acknowledged only after the commit.

paho-mqtt speaks the protocol, on the gateway's event loop (no thread of its own, no locks between). Two
acknowledgements follow a commit: the PUBACK to the broker, and `farm/<id>/ack` to the board.
"""

import logging
import struct
import threading
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector
from typing import Any
from zoneinfo import ZoneInfo

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge_gateway.forward import Backoff
from edge_gateway.intake import Intake
from edge_gateway.settings import MqttSettings
from edge_gateway.sources.mqtt_packets import puback, publish
from edge_gateway.sources.mqtt_socket import BufferedSocket
from telemetry.clock import duration
from telemetry.errors import Refused
from telemetry.payload import decode_payload
from telemetry.settings import Secret
from telemetry.topics import ack_topic, board_of

__all__ = ["MqttSource"]

log = logging.getLogger(__name__)

MAX_UNSENT = 1 << 20
"""Bytes of acknowledgements that the broker has not taken yet; beyond, nothing more is read from it."""


class _Client(Client):
    def _create_socket(self) -> Any:
        return BufferedSocket(super()._create_socket())


class MqttSource:
    """One connection to one broker; a Source."""

    def __init__(
        self,
        settings: MqttSettings,
        client_id: str,
        password: Secret | None,
        selector: BaseSelector,
        intake: Intake,
        legacy_time_zone: ZoneInfo,
    ) -> None:
        self._settings, self._selector, self._intake = settings, selector, intake
        self._zone = legacy_time_zone
        self._name = f"mqtt:{settings.host}:{settings.port}"
        self._state, self._paused, self._next_try = "connecting", False, 0.0
        self._backoff = Backoff(0.2, duration(settings.retry_max))
        self._unsettled: list[bytes] = []
        self._socket: BufferedSocket | None = None
        self._connecting: threading.Thread | None = None
        self._client = self._make_client(client_id, password)

    def tick(self, now: float) -> None:
        if self._socket is not None:
            self._client.loop_misc()
            self._after_turn(now)
        elif self._connecting is not None:
            self._take_connection(now)
        elif not self._paused and now >= self._next_try:
            # Name look-up, connect and TLS handshake block: not on the loop that reads the serial ports.
            self._connecting = threading.Thread(target=self._connect, name="mqtt-connect", daemon=True)
            self._connecting.start()

    def settle(self) -> None:
        if self._socket is not None and self._unsettled:
            self._socket.send(b"".join(self._unsettled))
            self._unsettled.clear()
            self._after_turn(None)

    def pause(self) -> None:
        # The session stays with the broker, and so does all that was not acknowledged.
        self._paused = True
        self._lost("paused: the spool is full", None)

    def resume(self) -> None:
        self._paused, self._next_try = False, 0.0

    def states(self) -> dict[str, str]:
        return {self._name: self._state}

    def close(self) -> None:
        if self._socket is not None:
            self._client.disconnect()
            self._flush()
        self._lost("closed", None)

    def _make_client(self, client_id: str, password: Secret | None) -> Client:
        client = _Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, manual_ack=True
        )
        if self._settings.username is not None:
            client.username_pw_set(self._settings.username, password)
        client.on_connect, client.on_message = self._on_connect, self._on_message
        client.on_subscribe = self._on_subscribe
        keepalive = max(1, round(duration(self._settings.keepalive)))
        client.connect_async(self._settings.host, self._settings.port, keepalive)
        return client

    def _connect(self) -> None:
        try:
            self._client.reconnect()
        except OSError as why:
            self._state = f"cannot connect: {why}"

    def _take_connection(self, now: float) -> None:
        if self._connecting is not None and not self._connecting.is_alive():
            self._connecting = None
            made = self._client.socket()
            if isinstance(made, BufferedSocket) and not self._paused:
                self._socket = made
                self._selector.register(made, EVENT_READ | EVENT_WRITE, self._ready)
            else:
                self._lost(self._state, now)

    def _ready(self, events: int) -> None:
        sock = self._socket
        if sock is not None and events & EVENT_READ:
            try:
                sock.refill()
                while sock.pending() and self._client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS:
                    pass
            except (OSError, ValueError, IndexError, struct.error) as why:
                self._lost(f"connection broken: {why}", None)  # a packet that is none, or a reset
        self._after_turn(None)

    def _after_turn(self, now: float | None) -> None:
        """Send what the turn left; notice a closed connection; listen for what can go on."""
        self._flush()
        sock = self._socket
        if sock is None:
            return
        if self._client.socket() is not sock:  # paho has closed it
            self._lost("connection lost" if self._state == "ok" else self._state, now)
            return
        reading = 0 if sock.unsent() > MAX_UNSENT else EVENT_READ
        self._selector.modify(sock, reading | (EVENT_WRITE if sock.unsent() else 0), self._ready)

    def _flush(self) -> None:
        if self._socket is not None:
            try:
                self._socket.flush()
            except OSError as why:
                self._lost(f"connection broken: {why}", None)
