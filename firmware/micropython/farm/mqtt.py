"""MQTT 3.1.1 without I/O: packets to bytes, bytes to packets (OASIS standard, chapters 2 and 3)."""

from micropython import const

CONNACK = const(2)
PUBLISH = const(3)
PUBACK = const(4)
SUBACK = const(9)
PINGRESP = const(13)

MAX_PACKET = const(16384)
"""Bytes; an update's chunk is the largest that a board is sent."""

REFUSALS = {
    1: "the broker does not speak MQTT 3.1.1",
    2: "the broker refuses this client id",
    3: "the broker is not available",
    4: "wrong user name or password",
    5: "this user may not connect",
}


class ProtocolError(Exception):
    """The peer does not speak MQTT, or sends more than a board can hold."""


def connect(client_id, keepalive, user=None, password=None, will=None):
    """A CONNECT with a persistent session; `will` is (topic, payload), sent retained at QoS 1."""
    flags, tail = 0, _text(client_id)
    if will:
        flags |= 0x04 | 0x08 | 0x20
        tail += _text(will[0]) + _text(will[1])
    if user is not None:
        flags |= 0x80
        tail += _text(user)
    if password is not None:
        flags |= 0x40
        tail += _text(password)
    return _packet(0x10, b"\x00\x04MQTT\x04" + bytes((flags,)) + _number(keepalive) + tail)


def publish(topic, payload, packet_id, retain=False, again=False):
    """A PUBLISH at QoS 1."""
    first = 0x32 | (0x08 if again else 0) | (0x01 if retain else 0)
    return _packet(first, _text(topic) + _number(packet_id) + payload)


def subscribe(packet_id, topics):
    """A SUBSCRIBE at QoS 1 to every topic."""
    return _packet(0x82, _number(packet_id) + b"".join(_text(t) + b"\x01" for t in topics))


def puback(packet_id):
    """A PUBACK."""
    return _packet(0x40, _number(packet_id))


PING = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"


class Decoder:
    """Feed it bytes in any pieces; it gives whole packets as (kind, flags, body)."""

    def __init__(self):
        self._buffer = b""

    def feed(self, data):
        """The packets that `data` completes; ProtocolError where it can be none."""
        self._buffer += data
        packets = []
        while True:
            head = self._head()
            if head is None or len(self._buffer) < sum(head):
                return packets
            start, length = head
            first, body = self._buffer[0], self._buffer[start : start + length]
            self._buffer = self._buffer[start + length :]
            packets.append((first >> 4, first & 15, body))

    def _head(self):
        length = 0
        for index in range(1, min(len(self._buffer), 5)):
            byte = self._buffer[index]
            length |= (byte & 127) << (7 * (index - 1))
            if not byte & 128:
                if length > MAX_PACKET:
                    raise ProtocolError("packet of %d bytes is too large" % length)
                return index + 1, length
        if len(self._buffer) >= 5:
            raise ProtocolError("the peer does not speak MQTT")
        return None


def message(flags, body):
    """(topic, payload, packet id or None) of a PUBLISH."""
    end = 2 + (body[0] << 8 | body[1]) if len(body) >= 2 else 1
    id_size = 2 if flags & 6 else 0
    if len(body) < end + id_size:
        raise ProtocolError("a PUBLISH is cut short")
    topic = body[2:end].decode()
    packet_id = body[end] << 8 | body[end + 1] if id_size else None
    return topic, body[end + id_size :], packet_id


def packet_id_of(body):
    """The packet id that starts a PUBACK or SUBACK."""
    if len(body) < 2:
        raise ProtocolError("an acknowledgement is cut short")
    return body[0] << 8 | body[1]


def _number(value):
    return bytes((value >> 8, value & 255))


def _text(value):
    data = value.encode() if isinstance(value, str) else value
    return _number(len(data)) + data


def _packet(first, body):
    length, size = b"", len(body)
    while True:
        size, digit = size >> 7, size & 127
        length += bytes((digit | (128 if size else 0),))
        if not size:
            return bytes((first,)) + length + body
