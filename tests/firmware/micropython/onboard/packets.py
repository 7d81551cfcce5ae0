"""Run by MicroPython: packets survive any cutting of the stream, and garbage is told. argv: firmware."""

import sys

sys.path.insert(0, sys.argv[1])
from farm import mqtt

long = b"y" * 300
stream = (
    b"\x20\x02\x00\x00"
    + mqtt.publish("farm/1/ack", b'{"boot":1}', 7)
    + mqtt.publish("t", long, 8)
    + b"\xd0\x00"
)
for size in range(1, len(stream)):
    decoder, packets = mqtt.Decoder(), []
    for at in range(0, len(stream), size):
        packets += decoder.feed(stream[at : at + size])
    assert [p[0] for p in packets] == [mqtt.CONNACK, mqtt.PUBLISH, mqtt.PUBLISH, mqtt.PINGRESP], (
        size,
        packets,
    )
    assert mqtt.message(*packets[1][1:]) == ("farm/1/ack", b'{"boot":1}', 7)
    assert mqtt.message(*packets[2][1:]) == ("t", long, 8)
for garbage in (b"\x30\xff\xff\xff\xff\x7f", b"\x30\xff\xff\x7f"):
    try:
        mqtt.Decoder().feed(garbage)
        raise AssertionError(garbage)
    except mqtt.ProtocolError:
        pass
try:
    mqtt.message(2, b"\x00\x09short")
    raise AssertionError
except mqtt.ProtocolError:
    pass
# OASIS MQTT 3.1.1, figure 3.6: a CONNECT with will, user and password
expected = b"\x10\x1d\x00\x04MQTT\x04\xec\x00\x0a\x00\x01i\x00\x01w\x00\x01p\x00\x01u\x00\x01s"
got = mqtt.connect("i", 10, "u", "s", ("w", "p"))
assert got == expected[:1] + bytes((len(expected) - 2,)) + expected[2:], got
print("ok")
