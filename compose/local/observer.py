"""Fills in what only the pipeline itself knows: totals, rates, what waits, the newest alerts."""

from time import monotonic
from types import TracebackType

from compose.local.alert_watch import AlertWatch
from compose.local.meter import Meter
from compose.local.state import State
from compose.local.stats import counters, gauges
from compose.local.topology import Topology

__all__ = ["Observer"]

_EVERY = 1.0


class Observer:
    """Asks the hops once a second; a context manager, as it watches the alerts in a thread."""

    def __init__(self, topology: Topology) -> None:
        self._sources = topology.sources
        self._meter = Meter()
        self._alerts = AlertWatch(topology.stack.cassandra)
        self._due = 0.0

    def __enter__(self) -> "Observer":
        self._sources.forget()
        self._alerts.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._alerts.__exit__(kind, error, trace)

    def observe(self, state: State) -> None:
        """Bring `state` up to date, if its time has come."""
        now = monotonic()
        if now < self._due:
            return
        self._due = now + _EVERY
        documents = self._sources.read()
        self._meter.add(counters(documents), now)
        state.rates = dict(self._meter.rates)
        state.totals = self._meter.totals | gauges(documents)
        state.alerts = self._alerts.newest
