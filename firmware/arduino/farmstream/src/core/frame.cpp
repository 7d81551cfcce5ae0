#include "frame.h"

#include "crc.h"
#include "flash.h"

namespace farm {

namespace {

// Passes bytes on and keeps their CRC.
class Checked : public Out {
 public:
  explicit Checked(Out &to) : to_(to) {}
  void put(char c) override {
    crc = crc16(crc, uint8_t(c));
    to_.put(c);
  }
  uint16_t crc = CRC16_START;

 private:
  Out &to_;
};

void put_hex(Out &out, uint16_t number) {
  for (int8_t shift = 12; shift >= 0; shift -= 4) {
    const uint8_t nibble = number >> shift & 15;
    out.put(char(nibble < 10 ? '0' + nibble : 'A' + nibble - 10));
  }
}

void put_name(Out &out, const char (*names)[NAME_SIZE], uint8_t index) { put_flash(out, names[index]); }

void put_degrees(Out &out, const char *key, Degrees degrees) {
  put_flash(out, key);
  if (!is_missing(degrees)) return put_fixed(out, degrees, 5);
  out.put('!');
  put_name(out, FAULT_NAMES, reason(degrees));
}

void put_value(Out &out, uint8_t index, Value value) {
  out.put(' ');
  put_name(out, LINE_KEYS, index);
  out.put('=');
  if (!is_missing(value)) return put_fixed(out, value, 2);
  out.put('!');
  put_name(out, FAULT_NAMES, reason(value));
}

}  // namespace

void put_flash(Out &out, const char *text) {
  for (char c; (c = char(pgm_read_byte(text))); text++) out.put(c);
}

void put_unsigned(Out &out, uint32_t number) {
  char digits[10];
  uint8_t used = 0;
  do digits[used++] = char('0' + number % 10);
  while (number /= 10);
  while (used) out.put(digits[--used]);
}

void put_fixed(Out &out, int32_t number, uint8_t decimals) {
  uint32_t size = number < 0 ? -uint32_t(number) : uint32_t(number), one = 1;
  for (uint8_t i = 0; i < decimals; i++) one *= 10;
  if (number < 0) out.put('-');
  put_unsigned(out, size / one);
  if (decimals) out.put('.');
  while (one > 1) out.put(char('0' + size / (one /= 10) % 10));
}

uint16_t put_reading(Out &out, const char *id, const Reading &r, uint32_t uptime) {
  Checked line(out);
  put_flash(line, PSTR("R id="));
  while (*id) line.put(*id++);
  put_flash(line, PSTR(" boot="));
  put_unsigned(line, r.boot);
  put_flash(line, PSTR(" seq="));
  put_unsigned(line, r.seq);
  put_flash(line, r.dated ? PSTR(" t=") : PSTR(" age="));
  put_unsigned(line, r.dated ? r.stamp : uptime - r.stamp);
  if (!is_missing(r.at.lat) || reason(r.at.lat) != FAULT_ABSENT) {
    put_degrees(line, PSTR(" lat="), r.at.lat);
    put_degrees(line, PSTR(" lon="), r.at.lon);
  }
  for (uint8_t i = 0; i < QUANTITY_COUNT; i++) put_value(line, i, r.values[i]);
  const uint16_t body = line.crc;
  line.put('*');
  put_hex(line, body);
  out.put('\r');
  out.put('\n');
  return line.crc;
}

}  // namespace farm
