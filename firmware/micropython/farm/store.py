"""The store-and-forward queue on flash: a reading leaves it on its own acknowledgement only.

Readings are appended to segment files, each record with its length and CRC-32; a segment is deleted
when all of it is acknowledged. So a reading costs one append, and an acknowledgement costs nothing:
after a reset the first segments are sent again, and the gateway knows them by boot and seq. A power cut
tears at most the record being written: its CRC fails, and what follows starts a new segment.

Policy: sent oldest first. At `max_segments` the oldest segment is given up, counted in `dropped`.
"""

import binascii
import os
import struct

HEAD = "<HI"
HEAD_SIZE = 6
MAX_RECORD = 1024


class Store:
    """`append`, then `batch` and `acknowledge`, until it is empty; keys are (boot, seq)."""

    def __init__(self, folder, per_segment=32, max_segments=64):
        self.folder = folder
        self.per_segment = per_segment
        self.max_segments = max_segments
        self.dropped = 0
        self.writes = 0
        self.torn = 0
        _make(folder)
        self._segments = sorted(int(n[:-4]) for n in os.listdir(folder) if n.endswith(".seg"))
        self._next = self._segments[-1] + 1 if self._segments else 0
        self._room = 0
        # Keys of the segments being sent or filled; of the others only the number is in memory.
        self._waiting = {}

    def __len__(self):
        """How many wait at most: of a segment not read since the start only its size is known."""
        unread = len(self._segments) - len(self._waiting)
        return sum(len(keys) for keys in self._waiting.values()) + unread * self.per_segment

    def append(self, key, payload):
        """Keep `payload` (bytes) under `key`; it is on flash when this returns."""
        if len(payload) > MAX_RECORD:
            raise ValueError("a record of %d bytes is longer than %d" % (len(payload), MAX_RECORD))
        if self._room == 0:
            self._start_segment()
        number = self._segments[-1]
        body = struct.pack("<II", *key) + payload
        # Should this fail half-way, what was written ends the segment: the next one starts another.
        room, self._room = self._room, 0
        with open(self._path(number), "ab") as file:
            file.write(struct.pack(HEAD, len(body), binascii.crc32(body)) + body)
        self._room = room - 1
        self.writes += 1
        self._waiting[number].append(key)

    def batch(self, count, skip=()):
        """Up to `count` (key, payload), oldest first, without those in `skip`."""
        found = []
        for number in list(self._segments):
            if len(found) >= count:
                break
            keys = self._waiting.get(number)
            if keys and all(key in skip for key in keys):
                continue
            records = self._read(number)
            if keys is None:
                keys = self._waiting[number] = [key for key, _ in records]
            found += [r for r in records if r[0] in keys and r[0] not in skip]
            self._delete_if_done(number)
        return found[:count]

    def acknowledge(self, key):
        """Let go of `key`; whether it was there."""
        for number, keys in self._waiting.items():
            if key in keys:
                keys.remove(key)
                self._delete_if_done(number)
                return True
        return False

    def settle(self):
        """Delete what is wholly acknowledged though not full: before a sleep, so that it is not sent again."""
        self._room = 0
        for number in list(self._waiting):
            self._delete_if_done(number)

    def _start_segment(self):
        while len(self._segments) >= self.max_segments:
            oldest = self._segments[0]
            waiting = self._waiting.get(oldest)
            self.dropped += len(self._read(oldest)) if waiting is None else len(waiting)
            self._delete(oldest)
        self._segments.append(self._next)
        self._waiting[self._next] = []
        self._next += 1
        self._room = self.per_segment

    def _delete_if_done(self, number):
        still_filling = number == self._segments[-1] and self._room > 0
        if not self._waiting[number] and not still_filling:
            self._delete(number)

    def _delete(self, number):
        name = "%08d.seg" % number
        if name in os.listdir(self.folder):  # one that the power went before has no file
            os.remove(self._path(number))
            self.writes += 1
        self._segments.remove(number)
        self._waiting.pop(number, None)
        if not self._segments:
            self._room = 0

    def _read(self, number):
        try:
            with open(self._path(number), "rb") as file:
                data = file.read()
        except OSError:
            return []
        records, at = [], 0
        while at + HEAD_SIZE <= len(data):
            length, crc = struct.unpack_from(HEAD, data, at)
            body = data[at + HEAD_SIZE : at + HEAD_SIZE + length]
            if len(body) < length or binascii.crc32(body) != crc or length < 8:
                self.torn += 1
                break
            records.append((struct.unpack_from("<II", body), body[8:]))
            at += HEAD_SIZE + length
        return records

    def _path(self, number):
        return "%s/%08d.seg" % (self.folder, number)


def _make(folder):
    try:
        os.mkdir(folder)
    except OSError:
        os.listdir(folder)  # it exists already, or this says what is wrong
