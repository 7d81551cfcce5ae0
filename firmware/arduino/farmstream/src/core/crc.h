// Checksums of the line protocol, of stored records and of the SHT3x.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace farm {

// CRC-16/CCITT-FALSE: polynomial 0x1021; start with 0xFFFF.
const uint16_t CRC16_START = 0xFFFF;
uint16_t crc16(uint16_t crc, uint8_t byte);
uint16_t crc16(const void *data, size_t size, uint16_t crc = CRC16_START);

// SHT3x: polynomial 0x31, start 0xFF (data sheet, section 4.12).
uint8_t crc8(const uint8_t *data, size_t size);

}  // namespace farm
