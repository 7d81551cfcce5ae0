// I2C master of the chip: no buffers (Wire keeps 160 bytes), and no wait without an end.
#pragma once
#include <stdint.h>

namespace farm {

class TwiBus {
 public:
  // 100 kHz, with the chip's own pull-ups beside those of the sensor's board.
  void begin();
  bool write(uint8_t address, const uint8_t *data, uint8_t size);
  bool read(uint8_t address, uint8_t *data, uint8_t size);

 private:
  bool start(uint8_t address_and_direction);
  bool put(uint8_t byte);
  bool finish(uint8_t control);
  bool stop(bool done);
};

}  // namespace farm
