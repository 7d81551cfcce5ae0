"""C++ headers made from the contract: names of `telemetry`, and the golden vectors.

`python -m firmware.arduino.generate` writes them; a test holds the committed files equal.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import telemetry
from telemetry.line import MAX_LINE
from telemetry.quantities import FAULTS, QUANTITIES
from telemetry.soil import TEXTURES

__all__ = ["ARDUINO", "generated"]

ARDUINO = Path(__file__).parent
_VECTORS = Path(telemetry.__file__).parent / "vectors"
_NOTE = "// Made by `python -m firmware.arduino.generate`: do not edit.\n#pragma once\n"
_NAME_SIZE = 16
_DEFAULT_SOIL = "loam"


def generated() -> dict[Path, str]:
    """Each generated file and its text."""
    return {
        ARDUINO / "farmstream/src/core/contract.h": contract(),
        ARDUINO / "vectors/vectors.h": vectors(),
    }


def contract() -> str:
    """Faults, keys of the line and soils, as the sketch needs them."""
    soils = [name.replace(" ", "-") for name in TEXTURES]
    saturation = [round(texture.saturation * 10000) for texture in TEXTURES.values()]
    faults = ", ".join(f"FAULT_{name.upper().replace('-', '_')}" for name in FAULTS)
    names = ", ".join(q.name.upper() for q in QUANTITIES)
    return f"""{_NOTE}#include <stdint.h>
#include "flash.h"

namespace farm {{

enum Fault : uint8_t {{ {faults}, FAULT_COUNT }};
enum Quantity : uint8_t {{ {names}, QUANTITY_COUNT }};

const uint8_t MAX_LINE = {MAX_LINE};
const uint8_t NAME_SIZE = {_NAME_SIZE};
{_table("FAULT_NAMES", FAULTS)}
{_table("LINE_KEYS", [q.line_key for q in QUANTITIES])}
{_table("SOIL_NAMES", soils)}
// Water content at saturation, hundredths of a percent.
const uint16_t SOIL_SATURATION[] PROGMEM = {{{", ".join(map(str, saturation))}}};
const uint8_t SOIL_COUNT = {len(soils)}, SOIL_DEFAULT = {soils.index(_DEFAULT_SOIL)};
const uint16_t SOIL_SATURATION_DEFAULT = {saturation[soils.index(_DEFAULT_SOIL)]};

}}  // namespace farm
"""


def vectors() -> str:
    """The vectors as `constexpr`-like tables: one macro list per table, the runner expands them."""
    crc, cal, nmea, lines = (_load(name) for name in ("crc", "calibration", "nmea", "lines"))
    calibrations = [(v, "ACCEPTED") for v in cal["ph_calibration"]["accepted"]]
    calibrations += [(v, f"BAD_{v['reason'].upper()}") for v in cal["ph_calibration"]["refused"]]
    moistures = [(v, "ACCEPTED") for v in cal["moisture_calibration"]["accepted"]]
    moistures += [(v, "BAD_POINTS") for v in cal["moisture_calibration"]["refused"]]
    tables: dict[str, list[tuple[Any, ...]]] = {
        "CRC16": [(_text(v["text"]), f"0x{v['crc']}") for v in crc["crc16"]],
        "CRC8": [(_hex(v["hex"]), len(v["hex"]) // 2, f"0x{v['crc']}") for v in crc["crc8"]],
        "NERNST": [(_temperature(v), _float(v["mv_per_ph"])) for v in cal["nernst"]],
        "ELECTRODE": [_floats(v, "zero_mv", "gain", "adc_mv", "mv") for v in cal["electrode"]],
        "PH_CALIBRATION": [_ph_calibration(v, result) for v, result in calibrations],
        "PH": [
            (*_floats(v, "slope", "offset_mv", "mv"), _temperature(v), _float(v["ph"])) for v in cal["ph"]
        ],
        "ANALOG": [(*_floats(v, "mv", "full_scale_mv"), _fault(v["fault"])) for v in cal["analog_fault"]],
        "MOISTURE_CALIBRATION": [
            (*_floats(v, "dry_mv", "wet_mv", "dry", "wet"), result) for v, result in moistures
        ],
        "MOISTURE": [_floats(v, "dry_mv", "wet_mv", "dry", "wet", "mv", "moisture") for v in cal["moisture"]],
        "SHT3X": [_sht3x(v) for v in cal["sht3x"]],
        "NMEA": [
            *(_position(v) for v in nmea["valid"]),
            *((_text(v["sentence"]), "NMEA_NO_FIX", 0, 0) for v in nmea["no_fix"]),
            *((_text(v["sentence"]), f"NMEA_{v['reason'].upper()}", 0, 0) for v in nmea["invalid"]),
        ],
        "LINE": [_line(v) for v in lines["valid"] if v["canonical"] and v["reading"]["seq"] is not None],
    }
    return _NOTE + "\n" + "\n\n".join(_macro(name, rows) for name, rows in tables.items()) + "\n"


def _macro(name: str, rows: Iterable[tuple[Any, ...]]) -> str:
    calls = (f"  X({', '.join(map(str, row))})" for row in rows)
    return f"#define {name}_VECTORS(X) \\\n" + " \\\n".join(calls)


def _table(name: str, names: Iterable[str]) -> str:
    quoted = ", ".join(f'"{n}"' for n in names)
    return f"const char {name}[][NAME_SIZE] PROGMEM = {{{quoted}}};"


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((_VECTORS / f"{name}.json").read_text())
    return loaded


def _text(text: str) -> str:
    return json.dumps(text)


def _hex(digits: str) -> str:
    return '"' + "".join(f"\\x{digits[i : i + 2]}" for i in range(0, len(digits), 2)) + '"'


def _float(number: float) -> str:
    return f"{float(number)!r}f"


def _floats(vector: dict[str, Any], *keys: str) -> tuple[str, ...]:
    return tuple(_float(vector[key]) for key in keys)


def _temperature(vector: dict[str, Any]) -> str:
    return "STANDARD_TEMPERATURE" if vector["temperature"] is None else _float(vector["temperature"])


def _fault(name: str | None) -> str:
    return "FAULT_COUNT" if name is None else "FAULT_" + name.upper().replace("-", "_")


def _ph_calibration(vector: dict[str, Any], result: str) -> tuple[str, ...]:
    points = [number for p in vector["points"] for number in _floats(p, "ph", "mv", "temperature")]
    return (*points, result, _float(vector.get("slope", 0)), _float(vector.get("offset_mv", 0)))


def _sht3x(vector: dict[str, Any]) -> tuple[str, ...]:
    if "fault" in vector:
        return _hex(vector["hex"]), "missing(FAULT_CRC)", "missing(FAULT_CRC)"
    values = (round(100 * vector[key]) for key in ("temperature", "humidity"))
    return (_hex(vector["hex"]), *map(str, values))


def _position(vector: dict[str, Any]) -> tuple[str, ...]:
    at = vector["position"]
    if at is None:
        return _text(vector["sentence"]), "NMEA_OTHER", "0", "0"
    degrees = (str(round(100000 * at[key])) for key in ("lat", "lon"))
    return (_text(vector["sentence"]), "NMEA_POSITION", *degrees)


def _line(vector: dict[str, Any]) -> tuple[str, ...]:
    reading, fields = vector["reading"], dict(w.split("=") for w in vector["line"][2:-5].split())
    stamp = fields.get("t") or fields["age"]
    at = [str(round(100000 * reading["coord"][key])) for key in ("lat", "lon")] if reading["coord"] else []
    values = [
        f"missing({_fault(reading['faults'][q.name])})" if value is None else str(round(100 * value))
        for q in QUANTITIES
        for value in [reading["main"][q.name]]
    ]
    absent = ["no_position(FAULT_ABSENT)"] * 2
    head = (f'"{reading["id"]}"', str(reading["boot"]), str(reading["seq"]), str("t" in fields).lower())
    return (_text(vector["line"]), *head, stamp, *(at or absent), *values)


if __name__ == "__main__":
    for path, text in generated().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
