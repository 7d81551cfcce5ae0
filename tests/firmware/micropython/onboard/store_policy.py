"""Run by MicroPython: the queue's order, bound, wear and repetition. argv: firmware, folder."""

import os
import sys

sys.path.insert(0, sys.argv[1])
from farm.store import Store

folder = sys.argv[2]
store = Store(folder, 4, 3)
for seq in range(20):
    store.append((1, seq), b"%d" % seq)
keys = [key[1] for key, _ in store.batch(100)]
assert keys == list(range(8, 20)), keys
assert store.dropped == 8, store.dropped
assert store.writes == 20 + 2, store.writes  # an append each, two segments given up
assert [k[1] for k, _ in store.batch(2, {(1, 8)})] == [9, 10]

assert store.acknowledge((1, 9)) and not store.acknowledge((1, 9)) and not store.acknowledge((7, 7))
again = Store(folder, 4, 3)  # a reset: the acknowledged one of a half-done segment is sent again
assert [k[1] for k, _ in again.batch(100)] == list(range(8, 20))
for key, _ in again.batch(100):
    again.acknowledge(key)
assert len(again) == 0 and os.listdir(folder) == [], os.listdir(folder)

again.append((2, 0), b"x")
again.acknowledge((2, 0))
assert os.listdir(folder) != []  # it is still being filled
again.settle()
assert os.listdir(folder) == []

again.append((2, 1), b"torn")
again.append((2, 2), b"torn too")
name = folder + "/" + os.listdir(folder)[0]
with open(name, "rb") as file:
    data = file.read()
with open(name, "wb") as file:
    file.write(data[:-3])
after = Store(folder, 4, 3)
assert [k for k, _ in after.batch(10)] == [(2, 1)] and after.torn == 1
try:
    after.append((2, 3), bytes(5000))
    raise AssertionError
except ValueError:
    pass

# as docs/micropython.md says: 2,048 by default, 17 hours of them at the default interval
default = Store(folder + "-default")
for seq in range(2048):
    default.append((1, seq), b"x" * 200)
assert default.dropped == 0
assert [key[1] for key, _ in Store(folder + "-default").batch(3000)] == list(range(2048))
default.append((1, 2048), b"x")
assert default.dropped == 32
print("ok")
