"""Runs first: chooses the version of the application, and goes back to the previous one if need be."""

import sys

sys.path.insert(0, "/base")  # `choose` must be the flashed one: an update cannot break the way back

from farm.update import choose  # noqa: E402

for name in [m for m in sys.modules if m.startswith("farm")]:
    del sys.modules[name]
sys.path[0] = "/" + choose("/")
