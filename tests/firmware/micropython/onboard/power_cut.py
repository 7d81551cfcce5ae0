"""Run by MicroPython: power cut at every single block write of the queue, the settings, the boot counter
and the version switch. argv: firmware, this folder. Prints how many cuts were tried a subject."""

import gc
import sys

# A collection would close the files of a board that is dead, in the middle of the next one's life.
gc.disable()

sys.path.insert(0, sys.argv[1])
sys.path.insert(0, sys.argv[2])
import switch
from farm.retained import Counters
from farm.store import Store
from ramdisk import PowerCut, RamDisk, mount, unmount


class NoMemory:
    def load(self):
        return b""

    def save(self, data):
        pass


def queue_work(log):
    """Appends and acknowledges; `log` learns what was promised before the power went."""
    store = Store("/flash/queue", 4, 8)
    for seq in range(14):
        store.append((1, seq), b"reading %d " % seq + b"x" * 150)
        log["kept"].append(seq)
        if seq % 3 == 2:
            for key, _ in store.batch(2):
                log["acked"].add(key[1])
                store.acknowledge(key)


def queue_check(log):
    store = Store("/flash/queue", 4, 8)
    found = {}
    for key, payload in store.batch(1000):
        assert payload == b"reading %d " % key[1] + b"x" * 150, payload
        found[key[1]] = True
    for seq in log["kept"]:
        assert seq in found or seq in log["acked"], ("lost", seq, log)
    store.append((2, 0), b"after")
    assert (2, 0) in [key for key, _ in store.batch(1000)]


def settings_setup():
    switch.write("/flash/settings.json", "old " + "o" * 600)


def settings_work(log):
    switch.write("/flash/settings.json", "new " + "n" * 600)


def settings_check(log):
    text = switch.read("/flash/settings.json")
    assert text in ("old " + "o" * 600, "new " + "n" * 600), text


def boot_work(log):
    for _ in range(3):
        log["boots"] = Counters("/flash/boot", NoMemory()).boot


def boot_check(log):
    boot = Counters("/flash/boot", NoMemory()).boot
    assert boot > log.get("boots", 0), (boot, log)


def switch_setup():
    switch.write("/flash/active", "a")


def switch_work(log):
    switch.write("/flash/trial", "0")
    switch.write("/flash/active", "b")
    for _ in range(4):
        switch.choose("/flash")


def switch_check(log):
    assert switch.read("/flash/active") in ("a", "b")
    assert switch.choose("/flash") in ("a", "b")


def cut_everywhere(name, setup, work, check):
    clean = RamDisk(64)
    mount(clean, fresh=True)
    setup()
    unmount()
    cut = 0
    while True:
        disk = RamDisk(64, clean.data)
        mount(disk)
        disk.left = cut
        log = {"kept": [], "acked": set()}
        try:
            work(log)
            finished = True
        except (PowerCut, OSError):
            finished = False
        unmount()
        after = RamDisk(64, disk.data)
        mount(after)
        check(log)
        unmount()
        if finished:
            assert cut > 2, "nothing was written"
            print(name, cut)
            return
        cut += 1


cut_everywhere("queue", lambda: None, queue_work, queue_check)
cut_everywhere("settings", settings_setup, settings_work, settings_check)
cut_everywhere("boot", lambda: None, boot_work, boot_check)
cut_everywhere("switch", switch_setup, switch_work, switch_check)
