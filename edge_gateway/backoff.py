"""How long to wait before the next attempt."""

__all__ = ["Backoff"]


class Backoff:
    """Seconds to wait: doubling from `first` to `most`, back to `first` after a success."""

    def __init__(self, first: float, most: float) -> None:
        self._first, self._most, self._next = first, most, first

    def failed(self) -> float:
        """Return how long to wait now."""
        wait, self._next = self._next, min(self._next * 2, self._most)
        return wait

    def succeeded(self) -> None:
        """Begin from the first wait again."""
        self._next = self._first
