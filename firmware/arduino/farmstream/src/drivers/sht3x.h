// SHT3x temperature and humidity sensor on I2C; single shots of high repeatability.
#pragma once
#include "../core/sht3x_data.h"
#include "twi_bus.h"

namespace farm {

class Sht3x {
 public:
  static const uint8_t CONVERSION_MS = 16;  // data sheet, table 4: at most 15.5

  explicit Sht3x(TwiBus &bus, uint8_t address = 0x44) : bus_(bus), address_(address) {}
  // Starts a measurement; false where nothing answers.
  bool start() {
    const uint8_t command[] = {0x24, 0x00};  // no clock stretching
    return bus_.write(address_, command, sizeof command);
  }
  // The measurement, CONVERSION_MS after the start, or the reason why there is none.
  Climate read() {
    uint8_t frame[6];
    return bus_.read(address_, frame, sizeof frame) ? sht3x_climate(frame) : sht3x_fault(FAULT_TIMEOUT);
  }

 private:
  TwiBus &bus_;
  uint8_t address_;
};

}  // namespace farm
