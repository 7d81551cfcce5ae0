// Where records are kept: EEPROM on the board, an array in a test.
#pragma once
#include <stdint.h>

namespace farm {

class Storage {
 public:
  virtual uint8_t read(uint16_t address) = 0;
  virtual void write(uint16_t address, uint8_t byte) = 0;
};

// Bytes of the storage: two copies of the settings, then the boot counter.
const uint16_t SETTINGS_AT = 0, SETTINGS_COPY = 96, BOOTS_AT = 2 * SETTINGS_COPY;

}  // namespace farm
