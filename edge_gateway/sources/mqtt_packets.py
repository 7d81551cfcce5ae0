"""The MQTT 3.1.1 packets that the gateway sends thousands of times a second, as bytes; and its farewell.

http://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html, sections 3.3, 3.4 and 3.14.
"""

import struct

__all__ = ["DISCONNECT", "puback", "publish"]


DISCONNECT = b"\xe0\x00"


def puback(packet_id: int) -> bytes:
    """The acknowledgement of a QoS 1 message."""
    return struct.pack("!BBH", 0x40, 2, packet_id)


def publish(topic: str, payload: bytes) -> bytes:
    """A message at QoS 0, not retained."""
    name = topic.encode()
    body = struct.pack("!H", len(name)) + name + payload
    return b"\x30" + _length(len(body)) + body


def _length(size: int) -> bytes:
    out = bytearray()
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    out.append(size)
    return bytes(out)
