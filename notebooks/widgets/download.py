"""A button that gives a file to the browser. It is made when it is asked for, and lies nowhere."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import anywidget
import traitlets

from notebooks.widgets.script import script

__all__ = ["Download"]


class Download(anywidget.AnyWidget):
    """`make` gives the file's name and content, or None where there is nothing to give."""

    _esm = script("download")
    label = traitlets.Unicode("").tag(sync=True)

    def __init__(self, label: str, kind: str, make: Callable[[], tuple[str, bytes] | None]) -> None:
        super().__init__(label=label)
        self._kind, self._make = kind, make
        self.on_msg(self._answer)

    def _answer(self, _: Any, message: Mapping[str, Any], buffers: Sequence[bytes]) -> None:
        made = self._make()
        if made is None:
            self.send({"kind": "nothing"})
        else:
            self.send({"kind": "file", "name": made[0], "type": self._kind}, [made[1]])
