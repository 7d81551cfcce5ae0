"""What is wrong with a rule, cell by cell; and how much water is missing."""

from pathlib import Path

import pytest

from storage.errors import ImportRefused
from storage.rule_csv import RULE_HEADER, read_rules_csv
from telemetry.soil import TEXTURES, irrigate_below, missing_water

GOOD = "r,everywhere,,temperature,below,1,2,10m,warning,yes"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("R!,everywhere,,ph,below,5,,,info,", "line 2, column rule: 'R!' is no name of a rule"),
        ("r,barn,,ph,below,5,,,info,", "column scope: 'barn' is none of everywhere, sensor, field, soil"),
        ("r,field,,ph,below,5,,,info,", "column target: name the field that scope field means"),
        ("r,everywhere,x,ph,below,5,,,info,", "column target: leave it empty with scope everywhere"),
        ("r,soil,mud,ph,below,5,,,info,", "column target: 'mud' is no soil texture: use one of sand"),
        ("r,everywhere,,wind,below,5,,,info,", "column quantity: 'wind' is not measured"),
        ("r,everywhere,,ph,about,5,,,info,", "column comparison: 'about' is none of below"),
        ("r,everywhere,,ph,below,,,,info,", "column threshold: comparison below needs a number"),
        ("r,everywhere,,ph,below,15,,,info,", "column threshold: 15 is not between 0 and 14 pH"),
        ("r,everywhere,,ph,below,nan,,,info,", "column threshold: 'nan' is no finite number"),
        ("r,everywhere,,ph,above,9,9.5,,info,", "column clear: it lies at or below the threshold"),
        ("r,everywhere,,ph,missing,1,,,info,", "column threshold: leave it empty with comparison missing"),
        ("r,everywhere,,ph,silent,5,,,info,", "column quantity: write 'board' with comparison silent"),
        ("r,everywhere,,board,silent,1,,,info,", "column threshold: at least 2 intervals"),
        ("r,everywhere,,ph,below,5,,soon,info,", "column minimum: 'soon' is not a duration"),
        ("r,everywhere,,ph,below,5,,,loud,", "column severity: 'loud' is none of info"),
        ("r,everywhere,,ph,below,5,,,info,perhaps", "column enabled: 'perhaps' is neither yes nor no"),
        (f"{GOOD}\n{GOOD}", "line 3, column rule: 'r' is in line 2 already"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, row: str, sentence: str) -> None:
    file = tmp_path / "rules.csv"
    file.write_text(f"{RULE_HEADER}\n{row}\n")
    with pytest.raises(ImportRefused, match=sentence):
        read_rules_csv(file)


def test_a_good_rule_is_read_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "rules.csv"
    file.write_text(f"{RULE_HEADER}\n{GOOD}\n")
    [rule] = read_rules_csv(file)
    assert (rule.threshold, rule.clear, rule.minimum, rule.enabled) == (1.0, 2.0, 600.0, True)


def test_missing_water_fills_the_root_zone_to_field_capacity() -> None:
    loam = TEXTURES["loam"]
    assert missing_water(loam, 21.0, 0.5) == pytest.approx(50.0)
    assert missing_water(loam, 31.0) == missing_water(loam, 40.0) == 0.0
    half_used_up = (loam.field_capacity - loam.wilting_point) / 2 * 1000
    assert missing_water(loam, irrigate_below(loam), 1.0) == pytest.approx(half_used_up)
