// The chip's EEPROM; a byte that is already there is not written again.
#pragma once
#include <avr/eeprom.h>
#include "../core/storage.h"

namespace farm {

class EepromStorage : public Storage {
 public:
  uint8_t read(uint16_t address) override { return eeprom_read_byte(at(address)); }
  void write(uint16_t address, uint8_t byte) override {
    eeprom_update_byte(at(address), byte);
    eeprom_busy_wait();  // 3.4 ms; the next write must not overtake this one at a power cut
  }

 private:
  static uint8_t *at(uint16_t address) { return reinterpret_cast<uint8_t *>(address); }
};

}  // namespace farm
