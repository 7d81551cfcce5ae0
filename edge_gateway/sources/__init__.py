"""Where readings come from. A source acknowledges what it handed in only when told to `settle`."""

from typing import Protocol

__all__ = ["Source"]


class Source(Protocol):
    """One kind of input on the gateway's event loop; `now` is in seconds of a monotonic clock."""

    def tick(self, now: float) -> None:
        """Open what is closed, keep alive what is open; called several times a second."""

    def settle(self) -> None:
        """All that was handed in is on disk: acknowledge it."""

    def pause(self) -> None:
        """The spool is full: hand nothing in until `resume`."""

    def resume(self) -> None:
        """There is room again."""

    def states(self) -> dict[str, str]:
        """Name of each input to what it is doing, `ok` where all is well."""

    def close(self) -> None:
        """Let go of everything."""
