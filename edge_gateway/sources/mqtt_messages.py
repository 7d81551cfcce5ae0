"""MQTT messages in, and what is owed for them: a PUBACK to the broker, `farm/<id>/ack` to the board."""

from zoneinfo import ZoneInfo

from paho.mqtt.client import MQTTMessage

from edge_gateway.intake import Intake
from edge_gateway.sources.mqtt_packets import puback, publish
from telemetry.errors import Refused
from telemetry.payload import decode_payload
from telemetry.topics import ack_topic, board_of

__all__ = ["Messages"]


class Messages:
    """Hands messages in; `answers` are the packets to send once the batch is committed."""

    def __init__(self, intake: Intake, legacy_time_zone: ZoneInfo) -> None:
        self.answers: list[bytes] = []
        self._intake, self._zone = intake, legacy_time_zone

    def take(self, message: MQTTMessage) -> None:
        """Take a reading, or refuse what is none."""
        topic, payload = _topic(message), bytes(message.payload)
        board = board_of(topic)
        try:
            self._reading(board, payload)
        except Refused as why:
            reject_id = self._intake.refused(f"mqtt:{topic}", payload, why.reason)
            self._answer(board, b'{"rejected":"%s"}' % reject_id.encode())
        if message.qos:
            self.answers.append(puback(message.mid))

    def _reading(self, board: str, payload: bytes) -> None:
        reading = decode_payload(payload, self._zone)
        if reading.id != board:
            raise Refused(f"id '{reading.id}' is not the one in the topic, '{board}'")
        self._intake.reading(reading)
        if reading.boot is not None and reading.seq is not None:
            self._answer(board, b'{"boot":%d,"seq":%d}' % (reading.boot, reading.seq))

    def _answer(self, board: str, payload: bytes) -> None:
        if board:
            self.answers.append(publish(ack_topic(board), payload))


def _topic(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:  # against the specification; it is refused, and not sent again and again
        return "not UTF-8"
