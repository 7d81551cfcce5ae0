// Lines of the serial protocol, written byte by byte: no buffer, no printf.
#pragma once
#include "values.h"

namespace farm {

class Out {
 public:
  virtual void put(char c) = 0;
};

void put_flash(Out &out, const char *flash_text);
void put_unsigned(Out &out, uint32_t number);
// number / 10^decimals, as in -12.05.
void put_fixed(Out &out, int32_t number, uint8_t decimals);

// Writes the reading with CRC and CR LF; `uptime` gives the age of one without a date.
// Returns the CRC-16 of the whole line, which is how the gateway names a line that it refused.
uint16_t put_reading(Out &out, const char *id, const Reading &reading, uint32_t uptime);

}  // namespace farm
