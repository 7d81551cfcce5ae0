"""The bytes of an item at the moment it goes out."""

from collections.abc import Callable

import msgspec

from firmware.simulator.delivery import Item
from telemetry.reading import Reading

__all__ = ["frame_of"]


def frame_of(item: Item, encode: Callable[[Reading], bytes], wall_ms: int) -> bytes:
    """The kept frame; for a reading without a date one with its age at `wall_ms`."""
    if item.frame is not None:
        return item.frame
    if item.reading is None:
        raise ValueError("a broken frame is kept as it is")
    return encode(msgspec.structs.replace(item.reading, age=max(0, wall_ms - item.measured)))
