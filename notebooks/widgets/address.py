"""A link to what is shown: the part of the page's address after the #."""

import anywidget
import traitlets

from notebooks.widgets.script import script

__all__ = ["Address"]


class Address(anywidget.AnyWidget):
    """`asked` is what a person opened the page with, or changed it to; set `shown` to what is shown.

    None until a browser has told it, which it does first of all.
    """

    _esm = script("address")
    asked = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    shown = traitlets.Unicode("").tag(sync=True)
