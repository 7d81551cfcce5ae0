"""Sensors and fields from CSV: what is read, and how bad cells are named."""

from pathlib import Path

import pytest

from storage.errors import ImportRefused
from storage.master_csv import read_fields_csv, read_sensors_csv
from telemetry.master import Field, Sensor
from telemetry.reading import Coord

SENSORS = "sensor_id,field_id,lon,lat\n"
FIELDS = "field_id,name,soil,moisture_threshold,time_zone,outline\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rows.csv"


def problems(file: Path, text: str) -> tuple[str, ...]:
    file.write_text(text, "utf-8")
    with pytest.raises(ImportRefused) as refused:
        read_fields_csv(file) if text.startswith("field_id") else read_sensors_csv(file, {"north"})
    assert str(file) in str(refused.value)
    return refused.value.problems


def test_sensors(file: Path) -> None:
    file.write_text("\ufeff" + SENSORS + '1851632,north,139.36,35.33\n\n"b-2",,,\n', "utf-8")
    assert read_sensors_csv(file, {"north"}) == [
        Sensor(sensor_id="1851632", field_id="north", lon=139.36, lat=35.33),
        Sensor(sensor_id="b-2"),
    ]


def test_fields_in_any_order_of_columns(file: Path) -> None:
    file.write_text(
        "name,field_id,outline,soil,time_zone,moisture_threshold\n"
        '"Nord, oben",north,139 35; 139.1 35; 139.1 35.1,Loam,Asia/Tokyo,\n'
        ",south,,sand,,12.5\n",
        "utf-8",
    )
    outline = (Coord(lon=139, lat=35), Coord(lon=139.1, lat=35), Coord(lon=139.1, lat=35.1))
    assert read_fields_csv(file) == [
        Field(
            field_id="north",
            name="Nord, oben",
            soil="loam",
            moisture_threshold=23.0,  # half way from 31 % to 15 %
            time_zone="Asia/Tokyo",
            outline=outline,
        ),
        Field(field_id="south", name="south", soil="sand", moisture_threshold=12.5),
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a b,north,1,2", "line 2, column sensor_id: 'a b' is no id"),
        ("a,east,1,2", "line 2, column field_id: there is no field 'east'; import it first"),
        ("a,north,x,2", "line 2, column lon: 'x' is no number"),
        ("a,north,nan,2", "line 2, column lon: nan is not between -180 and 180"),
        ("a,north,1,91", "line 2, column lat: 91 is not between -90 and 90"),
        ("a,north,1,", "line 2, column lat: empty, though the other coordinate is given"),
        ("a,north,1", "line 2: it has 3 cells, the header has 4"),
        ("a,north,1,2\nb,,,\na,,,", "line 4, column sensor_id: 'a' is in line 2 already"),
    ],
)
def test_bad_sensors_are_named_by_line_and_column(file: Path, row: str, problem: str) -> None:
    (found,) = problems(file, SENSORS + row + "\n")
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",n,loam,,,", "line 2, column field_id: '' is no id"),
        ("a,n,mud,,,", "line 2, column soil: 'mud' is no soil texture: use one of sand, loamy sand,"),
        ("a,n,loam,101,,", "line 2, column moisture_threshold: 101 is not between 0 and 100"),
        ("a,n,loam,,Mars/Base,", "line 2, column time_zone: 'Mars/Base' is no time zone"),
        ("a,n,loam,,../etc,", "line 2, column time_zone: '../etc' is no time zone"),
        ("a,n,loam,,,1 2; 3 4", "line 2, column outline: an outline needs three corners or more, not 2"),
        ("a,n,loam,,,1 2 3", "line 2, column outline: '1 2 3' is no corner"),
        ("a,n,loam,,,200 2; 1 1; 2 2", "line 2, column outline: 200 is not between -180 and 180"),
    ],
)
def test_bad_fields_are_named_by_line_and_column(file: Path, row: str, problem: str) -> None:
    (found,) = problems(file, FIELDS + row + "\n")
    assert found.startswith(problem)


def test_all_bad_cells_are_listed_and_the_sentence_holds_the_first(file: Path) -> None:
    found = problems(file, SENSORS + '"a\n",x,1,2\n' + "b,y,200,100\n" * 3)
    assert len(found) == 1 + 3 * 3 + 2
    assert found[0].startswith("line 2, column")
    assert found[1].startswith("line 4, column")  # a quoted cell may hold a line's end
    with pytest.raises(ImportRefused, match=r"; and \d+ more\. Nothing was imported: correct the file"):
        read_sensors_csv(file, set())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: column sensor_id is missing; the header is sensor_id,field_id,lon,lat"),
        ("sensor_id,field_id,lon\n", "line 1: column lat is missing"),
        (SENSORS.strip() + ",x\n", "line 1: column 'x' is one too many"),
        (SENSORS + '"a,b,1,2\n', "line 2: "),
    ],
)
def test_files_that_are_not_such_a_table(file: Path, text: str, problem: str) -> None:
    assert problems(file, text)[0].startswith(problem)


def test_files_that_cannot_be_read(file: Path) -> None:
    with pytest.raises(ImportRefused, match="cannot be read"):
        read_sensors_csv(file, set())
    file.write_bytes(SENSORS.encode() + b"a,\xff,,\n")
    with pytest.raises(ImportRefused, match="line 2: not UTF-8"):
        read_sensors_csv(file, set())
