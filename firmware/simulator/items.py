"""Items from what a board measured, from a broken frame, and from what the last run kept."""

from zoneinfo import ZoneInfo

from firmware.simulator.board import Board, Measured
from firmware.simulator.delivery import Item
from firmware.simulator.state import Kept
from firmware.simulator.wire import FORMS, broken, encoder
from firmware.simulator.wires import Wires
from telemetry.line import crc16
from telemetry.reading import Reading
from telemetry.rejected import reject_id

__all__ = ["ItemMaker", "kept_of"]


class ItemMaker:
    """Gives each item the key that its acknowledgement will name (docs/decisions/0001)."""

    def __init__(self, wires: Wires, legacy_zone: ZoneInfo) -> None:
        self._wires = wires
        self._encoders = {form: encoder(form, legacy_zone) for form in FORMS}

    def measured(self, board: Board, measured: Measured) -> list[Item]:
        """The reading's item, and its malformed twin's where the board sends one."""
        reading, at = measured.reading, measured.epoch_ms
        frame = self._encoders[board.form](reading)
        items = [self._item(board, at, reading, frame)]
        items[0].labels = measured.labels
        if measured.malformed is not None:
            items.append(self._broken(board, at, broken(frame, board.form, measured.malformed)))
        return items

    def kept(self, board: Board, kept: Kept) -> Item:
        """What an earlier run could not deliver; on the wire that the board has now."""
        if kept.reading is None:
            item = self._broken(board, kept.measured, kept.raw or b"")
        else:
            frame = self._encoders[board.form](kept.reading) if kept.reading.date else b""
            item = self._item(board, kept.measured, kept.reading, frame)
        item.listed, item.labels = kept.listed, kept.labels
        return item

    def _item(self, board: Board, epoch_ms: int, reading: Reading, frame: bytes) -> Item:
        own_ack = reading.seq is not None
        key = (reading.boot, reading.seq) if own_ack else ("flat", epoch_ms)
        return Item(board, epoch_ms, key, frame if reading.date else None, reading, own_ack=own_ack)

    def _broken(self, board: Board, epoch_ms: int, raw: bytes) -> Item:
        source = self._wires.source(board.sensor.sensor_id)
        key = f"{crc16(raw):04X}" if board.form == "line" else reject_id(source, raw)
        return Item(board, epoch_ms, key, raw, labels=("malformed",))


def kept_of(item: Item) -> Kept:
    """What is saved of an item that nobody acknowledged."""
    return Kept(
        id=item.board.sensor.sensor_id,
        measured=item.measured,
        listed=item.listed,
        labels=item.labels,
        reading=item.reading,
        raw=item.frame if item.malformed else None,
    )
