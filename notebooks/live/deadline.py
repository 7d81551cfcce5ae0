"""When something is to be asked again: by the clock, as a turn that takes long skips others."""

from time import monotonic

__all__ = ["Deadline"]


class Deadline:
    """`over` at first, and again `seconds` after each `restart`."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._at = seconds, 0.0

    def over(self) -> bool:
        """Whether it is time."""
        return monotonic() >= self._at

    def restart(self) -> None:
        """From now on."""
        self._at = monotonic() + self._seconds

    def now(self) -> None:
        """Without waiting any longer."""
        self._at = 0.0
