"""Time comes from the gateway: ages before, dates after, for a day."""

import pytest

from firmware.simulated_board import Conversation
from telemetry.clock import to_epoch_ms
from tests.firmware.avr.bench import decoded, measured, provision, restarted, skip

EPOCH_MS = 1795508693109


def test_a_board_without_a_clock_tells_ages(line: Conversation) -> None:
    provision(line)
    reading = measured(line)
    assert reading.date is None
    assert reading.age is not None and reading.age < 1000


def test_after_the_time_came_a_reading_has_a_date(line: Conversation) -> None:
    provision(line)
    at = line.board.time()
    line.ask(f"T {EPOCH_MS}")
    line.run(42.0)
    reading = measured(line)
    assert reading.age is None and reading.date is not None
    passed_ms = to_epoch_ms(reading.date) - EPOCH_MS
    assert passed_ms == pytest.approx((line.board.time() - at) * 1000, abs=1600)  # whole seconds are sent
    assert to_epoch_ms(reading.date) % 1000 == 0


def test_a_reading_keeps_what_it_was_measured_with(line: Conversation) -> None:
    """Measured before the time came, sent after: still an age, so that the gateway gives the date."""
    provision(line, interval="86400000")
    line.send("measure")
    first = decoded(line.until("R "))
    line.ask(f"T {EPOCH_MS}")
    again = decoded(line.until("R ", 15.0))
    assert again.identity == first.identity
    assert again.date is None


def test_the_first_time_is_answered_by_a_hello(line: Conversation) -> None:
    provision(line)
    assert any(text.startswith("H ") for text in line.ask(f"T {EPOCH_MS}"))
    assert not any(text.startswith("H ") for text in line.ask(f"T {EPOCH_MS + 1000}"))


@pytest.mark.parametrize(
    "said", ["T 0", "T 946684800000", "T soon", "T 17955086931091", "T -1795508693109", "T 1795508693109 x"]
)
def test_a_time_that_cannot_be_is_not_taken(line: Conversation, said: str) -> None:
    provision(line)
    line.ask(said)
    assert measured(line).date is None


def test_a_reset_forgets_the_time(line: Conversation) -> None:
    provision(line)
    line.ask(f"T {EPOCH_MS}")
    assert measured(line).date is not None
    restarted(line)
    assert measured(line).date is None


def test_after_a_day_without_the_gateway_the_clock_is_not_trusted(line: Conversation) -> None:
    provision(line, interval="86400000")
    line.ask(f"T {EPOCH_MS}")
    skip(line.board, 86398.0)
    assert measured(line).date is not None
    skip(line.board, 2.0)
    assert measured(line).date is None
