#include "crc.h"
#ifdef __AVR__
#include <util/crc16.h>
#endif

namespace farm {

uint16_t crc16(uint16_t crc, uint8_t byte) {
#ifdef __AVR__
  return _crc_xmodem_update(crc, byte);
#else
  crc ^= uint16_t(byte) << 8;
  for (int bit = 0; bit < 8; bit++) crc = uint16_t(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
  return crc;
#endif
}

uint16_t crc16(const void *data, size_t size, uint16_t crc) {
  const uint8_t *at = static_cast<const uint8_t *>(data);
  while (size--) crc = crc16(crc, *at++);
  return crc;
}

uint8_t crc8(const uint8_t *data, size_t size) {
  uint8_t crc = 0xFF;
  while (size--) {
    crc ^= *data++;
    for (uint8_t bit = 0; bit < 8; bit++) crc = uint8_t(crc & 0x80 ? crc << 1 ^ 0x31 : crc << 1);
  }
  return crc;
}

}  // namespace farm
