"""Wi-Fi with reconnection, and the time from NTP, both without blocking the loop for long."""

import network

CONNECT_MS = 20000
NTP_EVERY_MS = 6 * 3600 * 1000
NTP_RETRY_MS = 30000


class Network:
    """`ready()` is whether the broker may be tried: Wi-Fi is up, and NTP has been asked at least once."""

    def __init__(self, settings, clock, feed, tls):
        self.tls = tls
        self._settings = settings
        self._clock = clock
        self._feed = feed
        self._wlan = network.WLAN(network.STA_IF)
        self._trying_since = None
        self._ntp_due = 0

    def ready(self):
        """Work on the connection; True when it is up."""
        now = self._clock.uptime_ms()
        if not self._wlan.isconnected():
            self._join(now)
            return False
        self._trying_since = None
        if now >= self._ntp_due:
            self._ask_time(now)
        return True

    def off(self):
        """Before a sleep: the Pico W's radio draws its current whether the processor sleeps or not."""
        self._wlan.active(False)

    def rssi(self):
        """Signal strength in dBm, None where the port cannot tell."""
        try:
            return self._wlan.status("rssi")
        except (OSError, ValueError, TypeError):
            return None

    def _join(self, now):
        if self._trying_since is not None and now - self._trying_since < CONNECT_MS:
            return
        wifi = self._settings["wifi"]
        # Off and on again: after some failures the driver of the ESP32 only then scans anew.
        self._wlan.active(False)
        self._wlan.active(True)
        self._wlan.connect(wifi["ssid"], wifi["password"])
        self._trying_since = now

    def _ask_time(self, now):
        import ntptime

        if self._settings["ntp_host"]:
            ntptime.host = self._settings["ntp_host"]
        self._feed()
        try:
            ntptime.settime()
            self._ntp_due = now + NTP_EVERY_MS
        except (OSError, OverflowError):
            self._ntp_due = now + NTP_RETRY_MS
