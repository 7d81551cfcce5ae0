"""The position: from the GPS (software serial on the Uno, UART 1 on the Mega), fixed in EEPROM, or none."""

import pytest

from firmware.simulated_board import Conversation, SimulatedBoard
from telemetry.reading import Coord
from tests.firmware.avr.bench import decoded, measured, power_cycled, provision

GGA = b"$GPGGA,021530.00,3519.8072,N,13921.6060,E,1,08,1.01,38.2,M,39.1,M,,*68\r\n"
RMC = b"$GNRMC,235959.99,A,3352.07100,S,07030.00000,W,1.2,90.0,311299,,,D,V*0F\r\n"
NO_FIX = b"$GPGGA,021530.00,,,,,0,00,99.99,,,,,,*63\r\n"
GSV = b"$GPGSV,1,1,02,05,45,120,33,12,30,270,28*73\r\n"
WRONG = GGA.replace(b"3519", b"3518")

TOKYO, SANTIAGO = Coord(lon=139.3601, lat=35.33012), Coord(lon=-70.5, lat=-33.86785)


@pytest.mark.parametrize(
    ("said", "position", "reason"),
    [
        (GGA, TOKYO, None),
        (RMC, SANTIAGO, None),
        (GSV + WRONG + NO_FIX + GGA, TOKYO, None),
        (WRONG, None, "crc"),
        (b"\xff\x00garbage\r\n$GPGGA,*\r\n", None, "crc"),
        (GSV + NO_FIX, None, "no-fix"),
        (GSV, None, "timeout"),
        (b"", None, "disconnected"),
    ],
    ids=["GGA", "RMC", "good after bad", "checksum", "garbage", "no fix", "others only", "silent"],
)
def test_what_the_gps_says_becomes_the_position_or_its_reason(
    line: Conversation, said: bytes, position: Coord | None, reason: str | None
) -> None:
    provision(line, position="gps")
    line.board.gps(said)
    reading = measured(line)
    assert reading.coord == position
    assert reading.faults == ({"coord": reason} if reason else {})


def test_a_gps_that_is_silent_holds_a_reading_up_for_a_second_and_a_half(line: Conversation) -> None:
    provision(line, position="gps", interval="86400000")
    line.ask("forget")
    began = line.board.time()
    line.send("measure")
    line.until("R ", 5.0)
    assert line.board.time() - began < 1.5 + 0.3  # the other sensors, and the quarter between two looks


def test_a_line_that_comes_while_the_gps_is_heard_is_not_half_taken(line: Conversation) -> None:
    provision(line, position="gps")
    line.board.gps(GGA)
    line.ask("measure", 0.1)
    for _ in range(
        20
    ):  # the Uno's software serial stops interrupts: bytes get lost, commands must not change
        line.ask("id b1", 0.1)
    lines = line.run(3.0)
    assert all(text.startswith(("R ", "L ok id", "L refused")) for text in lines)
    assert "L ok interval" in line.ask("interval 20000")
    assert decoded(line.until("R ")).id == "b1"


def test_a_fixed_position_is_kept_over_a_loss_of_power(board: SimulatedBoard, line: Conversation) -> None:
    provision(line, position="-33.86785,-70.5")
    power_cycled(board, line)
    assert measured(line).coord == SANTIAGO


def test_without_gps_and_position_there_is_none(line: Conversation) -> None:
    provision(line, position="none")
    reading = measured(line)
    assert reading.coord is None
    assert reading.faults == {"coord": "absent"}
