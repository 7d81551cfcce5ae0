"""Boards on MQTT: a few connections that many boards share, driven by one selector.

paho's external-loop interface, so that thousands of boards need neither a thread nor a lock. QoS 1 up;
the board's own acknowledgements (`farm/+/ack`) come over the first connection, at QoS 0: what gets lost
of them, a repeat brings again.
"""

import errno
import selectors
import time
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from firmware.simulator.delivery import Item
from firmware.simulator.frames import frame_of
from telemetry.reading import Reading
from telemetry.topics import ack_topic, board_of, reading_topic

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

__all__ = ["Connection"]

OnAck = Callable[[str, Hashable], bool]
_KEEP_ALIVE = 30
_MAX_BACK_OFF = 5.0


class _Ack(Struct, frozen=True):
    boot: int | None = None
    seq: int | None = None
    rejected: str | None = None


_ack = msgspec.json.Decoder(_Ack)


class Connection:
    """One connection, as a `Line` for the boards on it; reconnects with a growing pause.

    `encoders` gives each board's encoder; `on_ack` is told of board and key of each acknowledgement.
    """

    via = "mqtt"

    def __init__(  # noqa: PLR0913 - three of them are the broker's
        self,
        broker: tuple[str, int],
        client_id: str,
        selector: selectors.BaseSelector,
        encoders: dict[str, Callable[[Reading], bytes]],
        on_ack: OnAck,
        *,
        user: str | None = None,
        password: str | None = None,
        listens: bool = True,
    ) -> None:
        self._broker, self._selector, self._encoders, self._on_ack = broker, selector, encoders, on_ack
        self._listens, self._connected = listens, False
        self._flat: dict[int, tuple[str, Hashable]] = {}
        self._next_try, self._back_off, self._misc_at = 0.0, 0.1, 0.0
        self.problem = "not connected yet"
        self._client = Client(CallbackAPIVersion.VERSION2, client_id)
        self._client.max_inflight_messages_set(0)
        self._client.connect_timeout = 3.0
        if user is not None:
            self._client.username_pw_set(user, password)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_publish = self._on_publish
        self._client.on_socket_open = self._on_open
        self._client.on_socket_close = self._on_close
        self._client.on_socket_register_write = self._wants_write
        self._client.on_socket_unregister_write = self._wants_no_write

    def ready(self) -> bool:
        """Whether the broker has accepted the connection."""
        return self._connected

    def send(self, item: Item) -> None:
        """Publish at QoS 1 on the board's topic."""
        board = item.board.sensor.sensor_id
        frame = frame_of(item, self._encoders[board], time.time_ns() // 1_000_000)
        mid = self._client.publish(reading_topic(board), frame, 1).mid
        if not item.own_ack:
            self._flat[mid] = board, item.key

    def tick(self, now: float) -> None:
        """Connect where it is not, and keep the connection alive; `now` in monotonic seconds."""
        if self._client.socket() is None:
            if now >= self._next_try:
                self._connect(now)
        elif now >= self._misc_at:
            self._misc_at = now + 1.0
            self._client.loop_misc()

    def close(self) -> None:
        """Say goodbye, so that the broker does not take it for a crash."""
        self._client.disconnect()
        while self._client.want_write() and self._client.loop_write() == MQTTErrorCode.MQTT_ERR_SUCCESS:
            pass
        self._client.loop_misc()
        if open_socket := self._client.socket():
            self._on_close(self._client, None, open_socket)
            open_socket.close()

    def on_event(self, mask: int) -> None:
        """The selector found the socket readable or writable."""
        if mask & selectors.EVENT_READ:
            self._client.loop_read()
        if mask & selectors.EVENT_WRITE and self._client.socket() is not None:
            self._client.loop_write()

    def _connect(self, now: float) -> None:
        self._next_try, self._back_off = now + self._back_off, min(2 * self._back_off, _MAX_BACK_OFF)
        try:
            if self._client.host:
                self._client.reconnect()
            else:
                self._client.connect(*self._broker, keepalive=_KEEP_ALIVE)
        except OSError as why:
            self.problem = why.strerror or errno.errorcode.get(why.errno or 0, str(why))

    def _on_connect(
        self, client: Client, _: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self.problem = str(reason)
            return
        self._connected, self._back_off, self.problem = True, 0.1, ""
        if self._listens:
            client.subscribe(ack_topic("+"), 0)

    def _on_disconnect(self, *_: Any) -> None:
        self._connected = False
        self.problem = self.problem or "the connection was closed"

    def _on_message(self, _: Client, userdata: Any, message: MQTTMessage) -> None:
        try:
            ack = _ack.decode(message.payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        key = ack.rejected if ack.rejected is not None else (ack.boot, ack.seq)
        self._on_ack(board_of(message.topic), key)

    def _on_publish(self, _: Client, userdata: Any, mid: int, *rest: Any) -> None:
        if known := self._flat.pop(mid, None):
            self._on_ack(*known)

    def _on_open(self, _: Client, userdata: Any, opened: "SocketLike") -> None:
        self._selector.register(opened, selectors.EVENT_READ, self.on_event)

    def _on_close(self, _: Client, userdata: Any, closed: "SocketLike") -> None:
        self._connected = False
        if closed in self._selector.get_map():
            self._selector.unregister(closed)

    def _wants_write(self, _: Client, userdata: Any, opened: "SocketLike") -> None:
        both = selectors.EVENT_READ | selectors.EVENT_WRITE
        self._selector.modify(opened, both, self.on_event)

    def _wants_no_write(self, _: Client, userdata: Any, opened: "SocketLike") -> None:
        if opened in self._selector.get_map():
            self._selector.modify(opened, selectors.EVENT_READ, self.on_event)
