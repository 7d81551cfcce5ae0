"""The settings in EEPROM: whole after a power cut at any write, defaults where both copies are damaged."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from firmware.simulated_board import Conversation, SimulatedBoard
from tests.firmware.avr.bench import hello, power_cycled, provision

SECOND_COPY, BOOTS = 96, 192
NAMES = "abcdefghijklmnopqrstuvwxyz0123456789"


def reopened(kind: str, state: Path, change: Callable[[bytearray], None]) -> list[str]:
    """Change the EEPROM of a board that is off, put power on; what it says and then shows."""
    file = state / "eeprom.bin"
    content = bytearray(file.read_bytes())
    change(content)
    file.write_bytes(content)
    with SimulatedBoard(kind, state) as board, Conversation(board) as line:
        return [line.until("H "), *line.ask("show")]


@pytest.fixture
def used(kind: str, tmp_path: Path) -> Path:
    """The state of a board with settings, now off."""
    with SimulatedBoard(kind, tmp_path / "used") as board, Conversation(board) as line:
        line.until("H ")
        provision(line, interval="60000")
    return tmp_path / "used"


def test_a_new_board_says_that_it_has_no_settings(board: SimulatedBoard) -> None:
    with Conversation(board) as line:
        fields = hello(line.until("H "))
        assert (fields["settings"], fields["id"], fields["interval"]) == ("empty", "unset", "30000")
        assert any("no id" in text for text in line.run(0.1))


@pytest.mark.parametrize("place", [0, 1, 5, 40, SECOND_COPY, SECOND_COPY + 1, SECOND_COPY + 20])
def test_one_damaged_copy_is_said_and_the_other_is_used(kind: str, used: Path, place: int) -> None:
    def damage(content: bytearray) -> None:
        content[place] ^= 0x04

    first, *rest = reopened(kind, used, damage)
    assert hello(first)["settings"] == "one-copy"
    assert hello(first)["id"] == "b1"
    assert any("one copy of the settings was damaged" in text for text in rest)


@pytest.mark.parametrize("byte", [0x00, 0xA5])
def test_two_damaged_copies_are_said_and_the_defaults_are_used(kind: str, used: Path, byte: int) -> None:
    def damage(content: bytearray) -> None:
        content[10] ^= 0x10
        content[SECOND_COPY : SECOND_COPY + 90] = bytes([byte]) * 90

    first, *rest = reopened(kind, used, damage)
    fields = hello(first)
    assert (fields["settings"], fields["id"], fields["interval"]) == ("corrupt", "unset", "30000")
    assert "L settings were corrupt: defaults are in use" in rest
    assert "L ph=uncalibrated" in rest


def test_every_flipped_bit_of_the_only_copy_is_noticed(kind: str, used: Path) -> None:
    """A checksum that lets one bit through would show here: every 11th bit of the record."""
    file = used / "eeprom.bin"
    whole = file.read_bytes()
    size = 75
    for bit in range(0, size * 8, 11):
        content = bytearray(whole)
        newest = 0 if (whole[1] - whole[SECOND_COPY + 1]) % 256 < 128 else SECOND_COPY
        content[SECOND_COPY - newest : 2 * SECOND_COPY - newest] = b"\xff" * SECOND_COPY
        content[newest + bit // 8] ^= 1 << bit % 8
        file.write_bytes(content)
        with SimulatedBoard(kind, used) as board, Conversation(board) as line:
            assert hello(line.until("H "))["settings"] == "corrupt", bit


def test_a_power_cut_at_any_write_leaves_the_old_or_the_new_settings(
    board: SimulatedBoard, line: Conversation
) -> None:
    """Each save differs in all 32 letters from both copies before it, so that each write is one to lose."""
    provision(line)
    old, seen = "b1", set()
    for number in range(1, 200):
        new = "".join(NAMES[(number + 5 * i) % len(NAMES)] for i in range(32))
        line.ask("forget")
        board.cut_power_at_write(number)
        answers = line.ask(f"id {new}")
        board.cut_power_at_write(0)
        finished = "L ok id" in answers
        fields = power_cycled(board, line)
        assert fields["id"] == new if finished else fields["id"] in (old, new)
        assert fields["settings"] in ("good", "one-copy")
        assert {"L position=35.33012,139.36010", "L ph=0.9500,-4.50"} <= set(line.ask("show"))
        seen.add(fields["id"] == new)
        old = fields["id"]
        if finished:
            break
    assert finished
    assert number > 32
    assert seen == {True, False}


def test_a_power_cut_at_any_write_never_lets_a_boot_number_come_twice(
    board: SimulatedBoard, line: Conversation
) -> None:
    boots = [int(power_cycled(board, line)["boot"])]
    for number in range(1, 50):
        board.power(False)
        board.cut_power_at_write(1 + number % 7)
        board.power(True)
        cut = not board.step(0.2)
        board.cut_power_at_write(0)
        line.received()
        boots.append(int(power_cycled(board, line)["boot"]))
        assert cut or number % 7 > 1
    assert all(later > earlier for earlier, later in pairwise(boots))


def test_the_boot_counter_outlives_damage_of_any_one_place(kind: str, used: Path) -> None:
    for place in range(BOOTS, BOOTS + 16 * 6, 5):
        before = hello(reopened(kind, used, lambda content: None)[0])["boot"]

        def damage(content: bytearray, place: int = place) -> None:
            content[place] ^= 0xFF

        assert int(hello(reopened(kind, used, damage)[0])["boot"]) >= int(before)


def test_boot_can_be_raised_after_the_eeprom_was_lost(board: SimulatedBoard, line: Conversation) -> None:
    assert "L ok boot" in line.ask("boot 500")
    assert int(power_cycled(board, line)["boot"]) == 501
