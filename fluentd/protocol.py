"""Fluentd's forward protocol, version 1: bytes in, chunks of records out. No I/O.

A message is one of (https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1)::

    Message                  [tag, time, record, option?]
    Forward                  [tag, [[time, record], ...], option?]
    PackedForward            [tag, <msgpack stream of [time, record]>, option?]
    CompressedPackedForward  the same, gzipped, with option {"compressed": "gzip"}

`option["chunk"]` asks for the answer `{"ack": chunk}`. Times (integer, float or EventTime, ext type 0)
are checked and left: a record bears its own date.
"""

import zlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgpack

from fluentd.errors import ProtocolError

__all__ = ["MAX_MESSAGE", "Chunk", "Decoder", "encode_ack"]

MAX_MESSAGE = 16 * 2**20
"""Bytes of one message, packed and unpacked: several of Fluentd's own chunks (8 MiB at most)."""

_MAX_ITEMS = 2**15  # an array's slots are allocated before its items are read
_EVENT_TIME = 0
_NIL = b"\xc0"


class Chunk(NamedTuple):
    """Records that are acknowledged together; `id` is None where the sender wants no answer."""

    tag: str
    records: list[Any]
    id: str | None


@dataclass
class Decoder:
    """One connection's receiving side; holds at most `max_message` bytes of an unfinished message."""

    max_message: int = MAX_MESSAGE
    _fed: int = field(default=0, init=False)
    _taken: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._unpacker = _unpacker(2 * self.max_message)

    def feed(self, data: bytes) -> list[Chunk]:
        """The chunks that `data` completes; ProtocolError where the connection cannot go on."""
        self._fed += len(data)
        chunks = []
        try:
            self._unpacker.feed(data)
            for message in self._unpacker:
                self._taken = self._unpacker.tell()
                if message is not None:  # a heartbeat
                    chunks.append(_chunk(message, self.max_message))
        except (ValueError, msgpack.UnpackException) as why:
            raise ProtocolError(f"Not the forward protocol: {why or type(why).__name__}.") from why
        if self._fed - self._taken > self.max_message:
            raise ProtocolError(f"A message has more than {self.max_message} bytes: send smaller chunks.")
        return chunks


def encode_ack(chunk: str) -> bytes:
    """The answer to a chunk."""
    return bytes(msgpack.packb({"ack": chunk}))


def _unpacker(size: int) -> Any:
    # Bytes that are not UTF-8 survive as surrogates: older senders pack entries as `str`.
    return msgpack.Unpacker(
        raw=False,
        unicode_errors="surrogateescape",
        max_buffer_size=size,
        max_array_len=_MAX_ITEMS,
        max_map_len=_MAX_ITEMS,
    )


def _chunk(message: Any, limit: int) -> Chunk:
    match message:
        case [str(tag), list(entries), *rest] if len(rest) < 2:
            return Chunk(tag, [_record(entry) for entry in entries], _id(_option(rest)))
        case [str(tag), (bytes() | str()) as packed, *rest] if len(rest) < 2:
            option = _option(rest)
            return Chunk(tag, _unpacked(packed, option, limit), _id(option))
        case [str(tag), time, record, *rest] if len(rest) < 2:
            return Chunk(tag, [_record([time, record])], _id(_option(rest)))
    raise ProtocolError("Not the forward protocol: a message is [tag, entries, option].")


def _option(rest: list[Any]) -> dict[str, Any]:
    option = rest[0] if rest else None
    if option is None:
        return {}
    if not isinstance(option, dict):
        raise ProtocolError("Not the forward protocol: the option is not a map.")
    return option


def _id(option: dict[str, Any]) -> str | None:
    chunk = option.get("chunk")
    if chunk is None or isinstance(chunk, str):
        return chunk
    raise ProtocolError("Not the forward protocol: the option's chunk is not a string.")


def _unpacked(packed: bytes | str, option: dict[str, Any], limit: int) -> list[Any]:
    data = packed.encode("utf-8", "surrogateescape") if isinstance(packed, str) else packed
    match option.get("compressed", "text"):
        case "text":
            pass
        case "gzip":
            data = _gunzip(data, limit)
        case other:
            raise ProtocolError(f"The compression {other!r} is not known here: send gzip or none.")
    unpacker = _unpacker(len(data) + 1)
    unpacker.feed(data + _NIL)
    entries = list(unpacker)
    if not entries or entries.pop() is not None:  # a cut entry has swallowed the nil
        raise ProtocolError("Not the forward protocol: the last entry of a chunk is cut off.")
    return [_record(entry) for entry in entries]


def _gunzip(data: bytes, limit: int) -> bytes:
    out = bytearray()
    while data:  # Fluentd joins the gzip members of its buffer's parts
        member = zlib.decompressobj(wbits=31)
        try:
            out += member.decompress(data, limit + 1 - len(out))
        except zlib.error as why:
            raise ProtocolError(f"A chunk is not gzip as its option says: {why}.") from why
        if len(out) > limit:
            raise ProtocolError(f"A chunk unpacks to more than {limit} bytes: send smaller chunks.")
        if not member.eof:
            raise ProtocolError("A gzipped chunk is cut off.")
        data = member.unused_data
    return bytes(out)


def _record(entry: Any) -> Any:
    match entry:
        case [(int() | float()), record]:
            return record
        case [msgpack.ExtType(code=code), record] if code == _EVENT_TIME:
            return record
    raise ProtocolError("Not the forward protocol: an entry is [time, record].")
