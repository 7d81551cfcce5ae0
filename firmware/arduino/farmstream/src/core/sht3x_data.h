// The six bytes of an SHT3x measurement (data sheet, section 4.13).
#pragma once
#include "crc.h"
#include "values.h"

namespace farm {

struct Climate {
  Value temperature, humidity;
};

inline Climate sht3x_fault(Fault why) { return Climate{missing(why), missing(why)}; }

// T = -45 + 175 * raw / 65535, RH = 100 * raw / 65535, to the nearest hundredth.
inline Climate sht3x_climate(const uint8_t frame[6]) {
  if (crc8(frame, 2) != frame[2] || crc8(frame + 3, 2) != frame[5]) return sht3x_fault(FAULT_CRC);
  const uint32_t t = uint16_t(frame[0] << 8 | frame[1]), h = uint16_t(frame[3] << 8 | frame[4]);
  return Climate{Value(int32_t((t * 17500 + 32767) / 65535) - 4500), Value((h * 10000 + 32767) / 65535)};
}

}  // namespace farm
