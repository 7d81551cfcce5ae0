"""CPU per message and messages/s of the gateway, against the non-durable script it replaces, in one run.

    python benchmarks/gateway.py [--messages 40000] [--json]

A mosquitto of its own on loopback, a persistent QoS 1 session for each contestant, all messages queued before
it starts, and a far end that acknowledges. CPU is user + system of the contestant's process, less what it
used before the first message. The baseline: paho-mqtt, `json.loads`, fluent-logger's `emit`.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgpack
import psutil
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from telemetry.clock import utc_now
from telemetry.payload import encode_payload
from telemetry.reading import Coord, Main, Reading

BASELINE = """
import json, sys
from fluent.sender import FluentSender
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
sender = FluentSender("farm", host="127.0.0.1", port=int(sys.argv[2]))
client = Client(CallbackAPIVersion.VERSION2, client_id="baseline", clean_session=False)
client.on_connect = lambda c, *_: c.subscribe("farm/+/reading", 1)
client.on_message = lambda c, _, m: sender.emit("reading", json.loads(m.payload))
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_forever()
"""

GATEWAY = """
import sys
from pathlib import Path
from edge_gateway.daemon import main
sys.exit(main(Path(sys.argv[1])))
"""


class Sink:
    """Counts the entries that come, and acknowledges chunks; a process of its own would only add noise."""

    def __init__(self) -> None:
        self.entries = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])

    def serve(self) -> None:
        while True:
            sock, _ = self._server.accept()
            with sock:
                self._connection(sock)

    def _connection(self, sock: socket.socket) -> None:
        unpacker = msgpack.Unpacker(max_buffer_size=1 << 26)
        while data := sock.recv(1 << 18):
            unpacker.feed(data)
            for message in unpacker:
                option = message[-1] if isinstance(message[1], bytes) else {}
                self.entries += option.get("size", 1)
                if "chunk" in option:
                    sock.sendall(msgpack.packb({"ack": option["chunk"]}))


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """A mosquitto that delivers as fast as its clients take; its port."""
    port = _free_port()
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0\n"
    )
    exe = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")
    if exe is None:
        sys.exit(
            "This benchmark needs mosquitto: install it (apt install mosquitto, brew install mosquitto)."
        )
    with (folder / "mosquitto.log").open("w") as log:
        child = subprocess.Popen([exe, "-c", str(config)], stdout=log, stderr=log)
    try:
        _until(lambda: _answers(port))
        yield port
    finally:
        child.terminate()
        child.wait()


def measure(
    command: list[str], client_id: str, broker_port: int, sink: Sink, messages: int
) -> dict[str, float]:
    """Run one contestant over `messages` queued readings; µs of CPU each, and readings/s."""
    _subscribe(client_id, broker_port)
    _publish(broker_port, messages)
    before = sink.entries
    child = subprocess.Popen([sys.executable, "-c", *command], stderr=subprocess.DEVNULL)
    process = psutil.Process(child.pid)
    try:
        _until(lambda: sink.entries > before)
        first, cpu = sink.entries, _cpu(process)
        began = time.perf_counter()
        _until(lambda: sink.entries >= before + messages)
        seconds, used = time.perf_counter() - began, _cpu(process) - cpu
        memory = process.memory_info().rss
    finally:
        child.terminate()
        child.wait()
    counted = before + messages - first
    return {
        "us_cpu_per_message": round(used / counted * 1e6, 1),
        "messages_per_s": round(counted / seconds),
        "rss_mib": round(memory / 2**20, 1),
    }


def _subscribe(client_id: str, port: int) -> None:
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False)
    done: list[bool] = []
    client.on_connect = lambda c, *_: c.subscribe("farm/+/reading", 1)
    client.on_subscribe = lambda *_: done.append(True)
    client.connect("127.0.0.1", port)
    client.loop_start()
    _until(lambda: bool(done))
    client.disconnect()
    client.loop_stop()


def _publish(port: int, messages: int) -> None:
    client = Client(CallbackAPIVersion.VERSION2, client_id="boards")
    sent: list[int] = []
    client.on_publish = lambda _c, _u, mid, *_: sent.append(mid)
    client.max_inflight_messages_set(10_000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    now, boot = utc_now(), int(time.time()) & 0xFFFFFF
    for i in range(messages):
        reading = Reading(
            id=f"board-{i % 1000}",
            boot=boot,
            seq=i // 1000,
            date=now,
            coord=Coord(139.36, 35.33),
            main=Main(20.31, 50.1, 6.41, 31.2),
        )
        client.publish(f"farm/{reading.id}/reading", encode_payload(reading), qos=1)
    _until(lambda: len(sent) >= messages)
    client.disconnect()
    client.loop_stop()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _until(done: Callable[[], bool], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            sys.exit("The benchmark waited too long; is the machine overloaded?")
        time.sleep(0.01)


def main() -> None:
    """Print both contestants as a table, or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=40_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sink = Sink()
    threading.Thread(target=sink.serve, daemon=True).start()
    results = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = folder / "gateway.toml"
        for contestant in ("baseline", "gateway"):
            with broker(folder) as port:
                config.write_text(
                    f'name = "gateway"\n[spool]\npath = "spool.db"\n[forward]\nport = {sink.port}\n'
                    f"[http]\nport = 0\n[mqtt]\nport = {port}\n"
                )
                command = (
                    [GATEWAY, str(config)]
                    if contestant == "gateway"
                    else [BASELINE, str(port), str(sink.port)]
                )
                results[contestant] = measure(command, contestant, port, sink, options.messages)
    if options.json:
        sys.stdout.write(json.dumps(results) + "\n")
        return
    for contestant, figures in results.items():
        sys.stdout.write(f"{contestant:10}" + "".join(f"  {k} {v:g}" for k, v in figures.items()) + "\n")


if __name__ == "__main__":
    main()
