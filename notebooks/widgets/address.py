"""A link to what is shown: the part of the page's address after the #."""

import anywidget
import traitlets

from notebooks.widgets.script import script

__all__ = ["Address"]


class Address(anywidget.AnyWidget):
    """`asked` is what a person opened the page with, or changed it to; set `shown` to what is shown."""

    _esm = script("address")
    asked = traitlets.Unicode("").tag(sync=True)
    shown = traitlets.Unicode("").tag(sync=True)
