"""The limits as settings: the example of docs/quality.md, and a sentence for what is wrong."""

import re
import tomllib
from typing import Any

import msgspec
import pytest

from streaming.quality.limits import Limits
from tests.readme import ROOT


def limits(given: dict[str, Any]) -> Limits:
    return msgspec.convert(given, Limits)


def test_the_example_of_the_documentation_holds() -> None:
    [block] = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "quality.md").read_text(), re.DOTALL)
    given = limits(tomllib.loads(block)["streaming"]["quality"])
    assert given.gap == 7200.0
    assert given.temperature.climatology[7] == (10.0, 15.0, 40.0, 46.0)
    assert given.moisture == Limits().moisture


USUAL = {"fail": [0.0, 14.0], "suspect": [3.0, 10.0], "spike": [0.3, 1.0], "rate": [0.1, 0.2], "flat": [8, 0]}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"suspect": [3.0, 15.0]}, "suspect must be a span within fail"),
        ({"spike": [2.0, 1.0]}, "spike is two numbers above 0: suspect, fail"),
        ({"climatology": [[0.0, 1.0, 2.0, 3.0]]}, "climatology is 12 months"),
        ({"flat": [300, 0]}, "<= 200"),
        ({"flatt": 1}, "unknown field `flatt`"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        limits({"ph": USUAL | wrong})
