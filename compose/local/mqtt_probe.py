"""Asks whether an MQTT broker is there: sends a CONNECT without a user, expects any CONNACK."""

import socket

__all__ = ["answers"]

_CONNECT = bytes((0x10, 12, 0, 4)) + b"MQTT" + bytes((4, 2, 0, 5, 0, 0))
"""MQTT 3.1.1, section 3.1: protocol level 4, clean session, keep alive 5 s, no client id."""

_CONNACK = 0x20


def answers(host: str, port: int, timeout: float = 5.0) -> bool:
    """Whether a broker greets us, be it with a refusal."""
    try:
        with socket.create_connection((host, port), timeout=timeout) as client:
            client.sendall(_CONNECT)
            return client.recv(1) == bytes((_CONNACK,))
    except OSError:
        return False
