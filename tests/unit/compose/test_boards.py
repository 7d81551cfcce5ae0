"""The `--boards` specification."""

import pytest

from compose.local.boards import parse_boards
from telemetry.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("12", {"simulated": 12}),
        ("0", {}),
        ("simulated:8", {"simulated": 8}),
        ("avr:2,simulated:8", {"avr": 2, "simulated": 8}),
        (" 3 , simulated:4", {"simulated": 7}),
        ("avr:0,5", {"simulated": 5}),
    ],
)
def test_reads(text: str, wanted: dict[str, int]) -> None:
    assert parse_boards(text, kinds=("simulated", "avr")) == wanted


@pytest.mark.parametrize(
    "text", ["", "twelve", "-1", "simulated:", "simulated:8;avr:1", "1.5", "8,", "1234567"]
)
def test_says_what_is_wrong(text: str) -> None:
    with pytest.raises(SettingsError, match="neither a number nor kind:count"):
        parse_boards(text)


def test_names_an_unknown_kind_and_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no boards of kind 'esp', only of: simulated"):
        parse_boards("esp:1,4", kinds=("simulated",))
