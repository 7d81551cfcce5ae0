"""Resets and losses of power: why the board started, which boot it is, and what waits."""

import random
import re
import subprocess
from itertools import groupby
from pathlib import Path

import pytest

from firmware.arduino.build import build
from firmware.simulated_board import Conversation, SimulatedBoard
from telemetry.line import crc16
from tests.firmware.avr.bench import decoded, hello, power_cycled, provision, readings, restarted

Identity = tuple[int | None, int | None]

CAPACITY = {"uno": 22, "mega": 204}
NEVER = "86400000"


def identities(lines: list[str]) -> list[Identity]:
    """(boot, seq) of the readings among the lines, in order."""
    return [(reading.boot, reading.seq) for reading in readings(lines)]


def unanswered(line: Conversation, count: int) -> list[Identity]:
    """Let the board measure so often, with nobody who answers: what waits then, oldest first."""
    provision(line, interval=NEVER)
    taken = []
    for _ in range(count):
        line.send("measure")
        taken += identities([line.until("R ")])
    assert len(set(taken)) == count
    return taken


def test_a_cold_start_is_boot_1_and_power(kind: str, board: SimulatedBoard) -> None:
    with Conversation(board) as line:
        fields = hello(line.until("H "))
    assert (fields["board"], fields["boot"], fields["reset"], fields["waiting"]) == (kind, "1", "power", "0")


def test_the_ring_holds_ten_minutes_of_readings(kind: str, line: Conversation) -> None:
    at_least = {"uno": 20, "mega": 200}
    assert int(restarted(line)["capacity"]) == CAPACITY[kind] >= at_least[kind]


def test_each_start_counts_and_tells_its_cause(board: SimulatedBoard, line: Conversation) -> None:
    for boot in range(2, 20):
        fields = restarted(line) if boot % 2 else power_cycled(board, line)
        assert int(fields["boot"]) == boot
        assert fields["reset"] == ("external" if boot % 2 else "power")


def test_a_hang_ends_in_a_watchdog_reset_that_is_told_and_loses_nothing(line: Conversation) -> None:
    waiting = unanswered(line, 3)
    line.send("hang")
    fields = hello(line.until("H ", 10.0))
    assert (fields["reset"], fields["boot"], fields["waiting"]) == ("watchdog", "2", "3")
    assert identities(line.run(3.0))[:3] == waiting


def test_what_waits_survives_resets_and_comes_oldest_first(line: Conversation) -> None:
    waiting = unanswered(line, 8)
    for boot in (2, 3, 4):
        assert int(restarted(line)["waiting"]) == len(waiting)
        waiting.append((boot, 0))  # each start measures
        assert identities(line.run(3.0))[: len(waiting)] == waiting
    for boot, seq in waiting:
        line.ask(f"A {boot} {seq}", 0.1)
    assert restarted(line)["waiting"] == "0"


def test_only_what_is_acknowledged_is_forgotten(line: Conversation) -> None:
    waiting = unanswered(line, 5)
    boot, seq = waiting.pop(2)
    for answer in (
        f"A {boot} {seq}",
        f"A {boot} 9999",
        "A 77 0",
        "A 1",
        "A x y",
        "A  1 0",
        f"A {boot} {seq}",
    ):
        line.ask(answer, 0.1)
    assert int(restarted(line)["waiting"]) == len(waiting)
    assert identities(line.run(3.0))[: len(waiting)] == waiting


def test_a_reading_without_its_ack_is_sent_again_with_its_age(line: Conversation) -> None:
    provision(line, interval=NEVER)
    line.send("measure")
    first = decoded(line.until("R "))
    at = line.board.time()
    for _ in range(3):
        again = decoded(line.until("R ", 15.0))
        assert (again.identity, again.main) == (first.identity, first.main)
        assert again.age is not None and first.age is not None
        assert again.age - first.age == pytest.approx((line.board.time() - at) * 1000, abs=400)
    line.ask(f"A {first.boot} {first.seq}")
    assert readings(line.run(30.0)) == []


@pytest.mark.parametrize("interval_s", [1, 10])
def test_what_is_acknowledged_at_once_is_sent_once(line: Conversation, interval_s: int) -> None:
    provision(line, interval=str(1000 * interval_s))
    sent: list[Identity] = []
    until = line.board.time() + 12 * interval_s
    while line.board.time() < until:
        for boot, seq in (found := identities(line.run(0.1))):
            line.send(f"A {boot} {seq}")
        sent += found
    assert len(sent) >= 11
    assert len(set(sent)) == len(sent)


def test_a_line_that_the_gateway_refused_is_not_sent_again(line: Conversation) -> None:
    provision(line, interval=NEVER)
    line.send("measure")
    text = line.until("R ")
    line.ask("N 0000", 0.1)
    line.ask(f"N {crc16(text.encode('ascii')):04X}")
    assert readings(line.run(30.0)) == []


def test_what_falls_out_is_the_oldest_and_is_counted(kind: str, line: Conversation) -> None:
    capacity = CAPACITY[kind]
    provision(line, interval=NEVER)
    before = int(restarted(line)["dropped"])  # its own first reading waits: boot 2, seq 0
    told: list[str] = line.run(1.0)
    for _ in range(capacity + 4):
        told += line.ask("measure", 0.15)
    dropped = [text for text in told if text.startswith("L the ring was full")]
    assert dropped == [
        f"L the ring was full: the oldest reading fell out, dropped={before + n}" for n in range(1, 6)
    ]
    fields = restarted(line)
    assert (int(fields["waiting"]), int(fields["dropped"])) == (capacity, before + 5)
    sent = identities(line.run(1.0 + 0.05 * capacity))[:capacity]
    assert sent == [*((2, seq) for seq in range(6, capacity + 5)), (3, 0)]


def test_a_loss_of_power_loses_what_waits(board: SimulatedBoard, line: Conversation) -> None:
    unanswered(line, 3)
    fields = power_cycled(board, line)
    assert (fields["waiting"], fields["dropped"], fields["boot"]) == ("0", "0", "2")
    assert set(identities(line.run(2.0))) == {(2, 0)}


def test_resets_at_any_moment_tear_nothing(line: Conversation) -> None:
    """Seeded moments, measuring ten times a second: a reading never changes, only a boot's last may lack."""
    chosen = random.Random(5)
    provision(line, interval="100")
    values: dict[Identity, object] = {}
    for _ in range(30):
        line.board.climate(chosen.uniform(-10, 40), 50.0)
        for reading in readings(line.run(chosen.uniform(0.15, 0.6))):
            key = (reading.boot, reading.seq)
            assert values.setdefault(key, reading.main) == reading.main
            line.send(f"A {reading.boot} {reading.seq}")
        line.board.reset()
    seqs = {boot: [seq for _, seq in found] for boot, found in groupby(sorted(values), lambda key: key[0])}
    assert set(seqs) >= set(range(2, 29))
    for boot in range(2, 29):
        assert seqs[boot] == list(range(len(seqs[boot])))


def test_opening_the_port_resets_the_board_and_loses_nothing(kind: str, tmp_path: Path) -> None:
    with SimulatedBoard(kind, tmp_path / "dtr", dtr_reset=True) as board:
        with Conversation(board) as line:
            line.until("H ")
            waiting = unanswered(line, 2)
        for _ in range(5):
            board.step(0.1)  # closed for so long
            with Conversation(board) as line:
                fields = hello(line.until("H "))
                assert (fields["reset"], int(fields["waiting"])) == ("external", len(waiting))
                waiting.append((int(fields["boot"]), 0))
                assert identities(line.run(2.0))[: len(waiting)] == waiting


def test_a_reading_that_memory_has_changed_is_dropped_and_no_other(line: Conversation) -> None:
    """A bit of the ring's second slot tips over before a reset: its checksum tells, wherever it was."""
    slots, size = ring_slots(line.board)
    for place in range(0, size, 6):
        first, _, third = unanswered(line, 3)
        line.board.command(f"add {slots + size + place:x} 1")
        boot = int(restarted(line)["boot"])
        assert identities(line.run(1.5))[:3] == [first, third, (boot, 0)], place


def ring_slots(board: SimulatedBoard) -> tuple[int, int]:
    """Where the ring begins in memory, and the bytes of a slot (app/survivors.h)."""
    words = ["avr-nm", "-S", build(board.kind).elf]
    symbols = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found = re.search(r"^0080(\w{4}) (\w{8}) \w _ZN4farm9survivorsE$", symbols, re.MULTILINE)
    assert found
    head = 4 + 2 * 16
    return int(found[1], 16) + head, (int(found[2], 16) - head) // CAPACITY[board.kind]


@pytest.mark.parametrize("seconds", [1, 30])
def test_the_age_goes_on_over_a_reset(line: Conversation, seconds: float) -> None:
    provision(line, interval=NEVER)
    line.send("measure")
    first = decoded(line.until("R "))
    at = line.board.time()
    line.run(seconds)
    restarted(line)
    again = decoded(line.until("R "))
    assert again.identity == first.identity
    assert again.age is not None and first.age is not None
    assert again.age - first.age == pytest.approx((line.board.time() - at) * 1000, abs=400)


def test_the_stack_stays_clear_of_the_data(board: SimulatedBoard, line: Conversation) -> None:
    """The longest ways through the program, and what the stack never reached."""
    provision(line, position="gps")
    board.gps(b"$GPGGA,021530.00,3519.8072,N,13921.6060,E,1,08,1.01,38.2,M,39.1,M,,*68\r\n")
    for command in (
        "show",
        "raw",
        "help",
        "cal ph 6.86",
        "cal ph 4.01",
        "cal moisture dry",
        "measure",
        "C ?",
    ):
        line.ask(command, 2.0)
    line.ask("T 1795508693109")
    assert board.counts().untouched_ram > 150
