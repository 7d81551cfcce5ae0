// Made by `python -m firmware.arduino.generate`: do not edit.
#pragma once
#include <stdint.h>
#include "flash.h"

namespace farm {

enum Fault : uint8_t { FAULT_ABSENT, FAULT_DISCONNECTED, FAULT_TIMEOUT, FAULT_CRC, FAULT_OUT_OF_RANGE, FAULT_UNCALIBRATED, FAULT_NO_FIX, FAULT_UNKNOWN, FAULT_COUNT };
enum Quantity : uint8_t { TEMPERATURE, HUMIDITY, PH, MOISTURE, QUANTITY_COUNT };

const uint8_t MAX_LINE = 200;
const uint8_t NAME_SIZE = 16;
const char FAULT_NAMES[][NAME_SIZE] PROGMEM = {"absent", "disconnected", "timeout", "crc", "out-of-range", "uncalibrated", "no-fix", "unknown"};
const char LINE_KEYS[][NAME_SIZE] PROGMEM = {"temp", "hum", "ph", "vwc"};
const char SOIL_NAMES[][NAME_SIZE] PROGMEM = {"sand", "loamy-sand", "sandy-loam", "loam", "silt-loam", "silt", "sandy-clay-loam", "clay-loam", "silty-clay-loam", "sandy-clay", "silty-clay", "clay"};
// Water content at saturation, hundredths of a percent.
const uint16_t SOIL_SATURATION[] PROGMEM = {3600, 3800, 4100, 4600, 4600, 4300, 4700, 5000, 5200, 5000, 5400, 5500};
const uint8_t SOIL_COUNT = 12, SOIL_DEFAULT = 3;
const uint16_t SOIL_SATURATION_DEFAULT = 4600;

}  // namespace farm
