"""What the gateway is measured against: the script that people write, which loses what it holds.

    python -m benchmarks.baseline BROKER_PORT FLUENTD_PORT

paho-mqtt, `json.loads`, fluent-logger's `emit`: no spool, no acknowledgement from Fluentd.
"""

import json
import sys
from typing import Any

from fluent.sender import FluentSender
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

__all__ = ["main"]


def main(broker_port: int, fluentd_port: int) -> None:
    """Run until killed."""
    sender = FluentSender("farm", host="127.0.0.1", port=fluentd_port)
    client = Client(CallbackAPIVersion.VERSION2, client_id="baseline", clean_session=False)

    def on_message(_: Client, userdata: Any, message: Any) -> None:
        sender.emit("reading", json.loads(message.payload))

    client.on_connect = lambda c, *_: c.subscribe("farm/+/reading", 1)
    client.on_message = on_message
    client.connect("127.0.0.1", broker_port)
    client.loop_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
