"""How long a component that died rests before it is started again."""

from dataclasses import dataclass

__all__ = ["Backoff"]


@dataclass
class Backoff:
    """Pauses of `first` seconds, doubled after each early death, at most `cap`.

    A life of `healthy` seconds or more is forgiven: the next pause is `first` again. `failing` is
    true from the third early death in a row on.
    """

    first: float = 1.0
    cap: float = 30.0
    healthy: float = 60.0
    deaths: int = 0

    def died(self, lived: float) -> float:
        """Note a death after `lived` seconds; the pause before the next start, in seconds."""
        self.deaths = 1 if lived >= self.healthy else self.deaths + 1
        return min(self.cap, self.first * 2.0 ** min(self.deaths - 1, 16))

    @property
    def failing(self) -> bool:
        """Whether it keeps dying."""
        return self.deaths >= 3
