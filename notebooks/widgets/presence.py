"""Whether anybody looks at a page. Kernels are kept warm for pages that nobody has opened yet."""

from time import monotonic
from typing import Any

import anywidget
import traitlets

from notebooks.widgets.script import script

__all__ = ["Presence"]

_PATIENCE = 30.0
"""Seconds without a word from the browser, which speaks every 5 s."""


class Presence(anywidget.AnyWidget):
    """`watched` while a browser shows it; `new` before any has."""

    _esm = script("presence")
    beat = traitlets.Float(0.0).tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self._heard: float | None = None
        self.observe(self._hear, "beat")

    @property
    def new(self) -> bool:
        """Nobody has looked yet."""
        return self._heard is None

    @property
    def watched(self) -> bool:
        """Somebody looks, or did some seconds ago."""
        return self._heard is not None and monotonic() - self._heard < _PATIENCE

    def _hear(self, _: Any) -> None:
        self._heard = monotonic()
