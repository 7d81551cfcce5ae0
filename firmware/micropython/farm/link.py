"""The connection to the broker: sockets and TLS without blocking for long, MQTT by `farm.mqtt`.

Nothing here waits longer than `patience_ms` in all, and `feed` (the watchdog) is called while it does.
The server's certificate is always verified: against the given CA, and its name against the host.
"""

import errno
import select
import socket
import ssl

from farm import mqtt

BUSY = (errno.EAGAIN, errno.EINPROGRESS)


class LinkError(Exception):
    """The broker cannot be reached or does not accept us; one sentence."""


def tls_context(ca, cert=None, key=None):
    """A context that verifies; certificates and key are DER bytes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=ca)
    if cert:
        context.load_cert_chain(cert, key)
    return context


class Link:
    """`open`, then `publish`, `receive` and `keep_alive` until a LinkError; then `close` and open anew."""

    def __init__(self, clock, feed, patience_ms=15000):
        self._clock = clock
        self._feed = feed
        self._patience_ms = patience_ms
        self._sock = None
        self._packet_id = 0

    def open(self, host, port, context, hello, topics, keepalive_s):
        """Connect (TLS where `context` is given), say `hello` (a CONNECT) and subscribe to `topics`."""
        self._keepalive_ms = keepalive_s * 1000
        self._decoder = mqtt.Decoder()
        self._inbox = []
        try:
            self._sock = self._connect(host, port)
            if context:
                self._sock = context.wrap_socket(
                    self._sock, server_hostname=host, do_handshake_on_connect=False
                )
                self._sock.setblocking(False)
            self._write(hello)
            code = self._await(mqtt.CONNACK)[1]
            if code:
                raise LinkError(mqtt.REFUSALS.get(code, "the broker refused us (%d)" % code))
            self._write(mqtt.subscribe(self._next_id(), topics))
            if 0x80 in self._await(mqtt.SUBACK)[2:]:
                raise LinkError("the broker does not let this user subscribe: look at its access list")
        except (OSError, ValueError, mqtt.ProtocolError) as why:
            self.close()
            raise LinkError(_explain(why, host, port))
        except LinkError:
            self.close()
            raise
        self._spoke = self._heard = self._clock.uptime_ms()

    def publish(self, topic, payload, retain=False, again=False):
        """Send at QoS 1; delivery is known from the application's own acknowledgement."""
        self._guarded(mqtt.publish(topic, payload, self._next_id(), retain, again))

    def receive(self):
        """The messages that have come, as (topic, payload); each is acknowledged when handed out."""
        self._take()
        messages, self._inbox = self._inbox, []
        return messages

    def keep_alive(self):
        """Ping in time; LinkError where the broker has been silent for one and a half spans."""
        now = self._clock.uptime_ms()
        if now - self._heard > self._keepalive_ms * 3 // 2:
            raise LinkError("the broker has gone silent")
        if now - self._spoke > self._keepalive_ms // 2 or now - self._heard > self._keepalive_ms:
            self._guarded(mqtt.PING)

    def close(self, polite=False):
        """Close; `polite` says goodbye first, so that the last will is not sent."""
        if self._sock:
            try:
                if polite:
                    self._write(mqtt.DISCONNECT)
                self._sock.close()
            except OSError:
                pass  # it is gone: that is what was wanted
        self._sock = None

    def _connect(self, host, port):
        sock = socket.socket()
        try:
            sock.setblocking(False)
            try:
                sock.connect(socket.getaddrinfo(host, port)[0][-1])
            except OSError as why:
                if why.args[0] not in BUSY:
                    raise
            poll = select.poll()
            poll.register(sock, select.POLLOUT)
            self._wait(lambda: poll.poll(0))
        except (OSError, LinkError):
            sock.close()
            raise
        return sock

    def _write(self, data):
        view = memoryview(data)

        def step():
            nonlocal view
            sent = self._sock.write(view)
            view = view[sent or 0 :]
            return not len(view)

        self._wait(step)

    def _guarded(self, data):
        try:
            self._write(data)
        except (OSError, ValueError) as why:
            raise LinkError("the connection broke (%s)" % why)
        self._spoke = self._clock.uptime_ms()

    def _take(self):
        came = False
        try:
            data = self._sock.read(2048)
            while data:
                came = True
                self._heard = self._clock.uptime_ms()
                for packet in self._decoder.feed(data):
                    self._handle(packet)
                data = self._sock.read(2048)
        except (OSError, ValueError, mqtt.ProtocolError) as why:
            if not (isinstance(why, OSError) and why.args[0] in BUSY):
                raise LinkError("the connection broke (%s)" % why)
            return
        if data == b"" and not came:  # what came before the end is to be heard first: a refusal, say
            raise LinkError("the broker closed the connection")

    def _handle(self, packet):
        kind, flags, body = packet
        if kind == mqtt.PUBLISH:
            topic, payload, packet_id = mqtt.message(flags, body)
            self._inbox.append((topic, payload))
            if packet_id is not None:
                self._write(mqtt.puback(packet_id))
        else:
            self._last = packet

    def _await(self, kind):
        self._last = None
        self._heard = self._clock.uptime_ms()

        def step():
            self._take()
            return self._last is not None and self._last[0] == kind

        self._wait(step)
        return self._last[2]

    def _wait(self, step):
        start = self._clock.uptime_ms()
        while not step():
            if self._clock.uptime_ms() - start > self._patience_ms:
                raise LinkError("the broker does not answer")
            self._feed()
            self._clock.sleep_ms(5)

    def _next_id(self):
        self._packet_id = self._packet_id % 65535 + 1
        return self._packet_id


def _explain(why, host, port):
    text = " ".join(str(why).split())
    if isinstance(why, ValueError) or "cert" in text.lower() or "X509" in text:
        return "the certificate of %s does not verify (%s): check mqtt.ca and mqtt.host" % (host, text)
    return "cannot reach %s:%d (%s)" % (host, port, text)
