"""The board's loop: measure in time, keep on flash, send oldest first, forget on acknowledgement.

One step never waits long: the watchdog is fed once a step, and a step that hangs resets the board.
"""

import json

from farm import mqtt, reading
from farm.drivers import SensorFault
from farm.link import LinkError

IN_FLIGHT = 8
RESEND_MS = 20000
RETRY_MS = (1000, 2000, 5000, 10000, 30000, 60000)


class App:
    """`step()` for ever; everything it needs is handed in."""

    def __init__(self, settings, counters, clock, store, sensors, link, network, report):
        self.settings = settings
        self.counters = counters
        self.clock = clock
        self.store = store
        self.sensors = sensors
        self.link = link
        self.network = network
        self.report = report
        self.commands = None
        self.online = False
        self.delivered = 0
        self.last_error = None
        self._failures = 0
        self._retry_at = 0
        self._next_measure = clock.uptime_ms()
        self._sent = {}

    def step(self):
        """One turn: measure when it is time, then work on the link."""
        now = self.clock.uptime_ms()
        if self.sensors.gps:
            self.sensors.gps.poll()
        if now >= self._next_measure:
            self._next_measure += self.settings["interval_s"] * 1000
            if self._next_measure <= now:  # a long stall: do not catch up on readings never taken
                self._next_measure = now + self.settings["interval_s"] * 1000
            self.measure()
        try:
            if not self.online:
                self._come_online(now)
            if self.online:
                self._exchange()
        except LinkError as why:
            self._fall_offline(why)

    def measure(self):
        """Take one reading and put it on flash."""
        fixed = self.settings["position"]
        place = None
        if fixed["lon"] is not None:
            place = round(fixed["lon"] * 100000), round(fixed["lat"] * 100000)
        sensors = self.sensors
        main, coord, faults = reading.measure(
            sensors.sht3x, sensors.ph, sensors.moisture, sensors.gps, place, SensorFault
        )
        key = self.counters.boot, self.counters.take()
        body = reading.body(self.settings["id"], key[0], key[1], main, coord, faults)
        stamp = "%s %d|" % (self.clock.now_ms() or "-", self.clock.uptime_ms())
        self.store.append(key, (stamp + body).encode())

    def idle(self):
        """Whether all is delivered, so that a battery board may sleep."""
        return len(self.store) == 0

    def until_measure_ms(self):
        """How long the board could sleep."""
        return max(0, self._next_measure - self.clock.uptime_ms())

    def goodbye(self):
        """Tidy the queue and leave the broker politely: the retained status stays `asleep`."""
        self.store.settle()
        if self.online:
            try:
                self._status("asleep")
                self.link.close(polite=True)
            except LinkError:
                self.link.close()
            self.online = False

    def _topic(self, leaf):
        return "farm/%s/%s" % (self.settings["id"], leaf)

    def _come_online(self, now):
        if now < self._retry_at or not self.network.ready():
            return
        s = self.settings["mqtt"]
        will = self._topic("status"), json.dumps({"state": "offline"})
        hello = mqtt.connect(self.settings["id"], s["keepalive_s"], s["user"], s["password"], will)
        topics = (self._topic("ack"), self._topic("command"))
        self.link.open(s["host"], s["port"], self.network.tls, hello, topics, s["keepalive_s"])
        self.online, self._failures, self._sent, self.last_error = True, 0, {}, None
        self._status("online")

    def _fall_offline(self, why):
        self.link.close()
        self.online = False
        if str(why) != self.last_error:  # told once, not at every try
            print("offline:", why)
        self.last_error = str(why)
        pause = RETRY_MS[min(self._failures, len(RETRY_MS) - 1)]
        self._failures += 1
        self._retry_at = self.clock.uptime_ms() + pause

    def _exchange(self):
        for topic, payload in self.link.receive():
            if topic == self._topic("ack"):
                self._acknowledge(payload)
            elif topic == self._topic("command") and self.commands:
                answer = self.commands.handle(payload)
                self.link.publish(self._topic("command/ack"), json.dumps(answer).encode())
        self._send()
        self.link.keep_alive()

    def _acknowledge(self, payload):
        try:
            ack = json.loads(payload)
            key = ack["boot"], ack["seq"]
        except (ValueError, KeyError, TypeError):
            return  # a refusal or a newer kind of acknowledgement
        if self.store.acknowledge(key):
            self.delivered += 1
        self._sent.pop(key, None)

    def _send(self):
        now = self.clock.uptime_ms()
        due = [key for key, at in self._sent.items() if now - at > RESEND_MS]
        for key in due:
            del self._sent[key]
        room = IN_FLIGHT - len(self._sent)
        if room <= 0:
            return
        for key, record in self.store.batch(room, self._sent):
            self.link.publish(self._topic("reading"), self._payload(key, record), again=key in due)
            self._sent[key] = now

    def _payload(self, key, record):
        stamp, body = record.decode().split("|", 1)
        known, uptime = stamp.split(" ")
        measured = int(known) if known != "-" else self._date_of(key[0], int(uptime))
        if measured is not None:
            import time

            return (reading.date_field(measured, time.gmtime, self.clock.epoch_year) + body + "}").encode()
        # From an earlier boot that never knew the time: it is at least as old as this boot.
        age = self.clock.uptime_ms() - (int(uptime) if key[0] == self.counters.boot else 0)
        return (reading.age_field(age) + body + "}").encode()

    def _date_of(self, boot, uptime):
        now = self.clock.now_ms()
        if now is None or boot != self.counters.boot:
            return None
        return now - (self.clock.uptime_ms() - uptime)

    def _status(self, state):
        fields = {"state": state, "boot": self.counters.boot, "waiting_at_most": len(self.store)}
        fields.update(dropped=self.store.dropped, torn=self.store.torn, flash_writes=self.store.writes)
        fields.update(self.report())
        self.link.publish(self._topic("status"), json.dumps(fields).encode(), retain=True)
