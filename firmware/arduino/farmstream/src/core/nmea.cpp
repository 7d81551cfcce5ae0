#include "nmea.h"

#include <string.h>

namespace farm {

static bool digit(char c) { return c >= '0' && c <= '9'; }

static int8_t hex(char c) {
  if (digit(c)) return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const char *field(const char *line, uint8_t index) {
  for (; index && line; index--) {
    line = strchr(line, ',');
    if (line) line++;
  }
  return line;
}

// "dddmm.mmmm,E": degrees * 100000, to the nearest; false where it is no position.
static bool degrees(const char *at, uint8_t digits, char positive, char negative, Degrees *found) {
  uint32_t whole = 0, minutes = 0;  // minutes * 10^6
  for (uint8_t i = 0; i < digits; i++, at++) {
    if (!digit(*at)) return false;
    whole = whole * 10 + (*at - '0');
  }
  if (!digit(at[0]) || !digit(at[1])) return false;
  minutes = ((at[0] - '0') * 10 + (at[1] - '0')) * 1000000UL;
  at += 2;
  if (*at == '.') at++;
  for (uint32_t place = 100000; digit(*at); at++, place /= 10) minutes += (*at - '0') * place;
  if (at[0] != ',' || (at[1] != positive && at[1] != negative) || at[2] != ',') return false;
  const uint32_t most = digits == 2 ? 90 : 180;
  if (minutes >= 60000000UL || whole > most || (whole == most && minutes)) return false;
  const uint32_t magnitude = whole * 100000UL + (minutes + 300) / 600;
  *found = at[1] == negative ? -Degrees(magnitude) : Degrees(magnitude);
  return true;
}

static NmeaResult position(const char *line, bool gga, Position *found) {
  const char *status = field(line, gga ? 6 : 2);
  const char *lat = field(line, gga ? 2 : 3), *lon = field(line, gga ? 4 : 5);
  if (!status || !field(line, 6)) return NMEA_FORMAT;
  const bool fix = gga ? *status >= '1' && *status <= '5' && status[1] == ',' : *status == 'A';
  if (!fix) return NMEA_NO_FIX;
  const bool good = degrees(lat, 2, 'N', 'S', &found->lat) && degrees(lon, 3, 'E', 'W', &found->lon);
  return good ? NMEA_POSITION : NMEA_FORMAT;
}

NmeaResult nmea_parse(const char *line, Position *found) {
  if (*line != '$') return NMEA_FORMAT;
  const char *star = strrchr(line, '*');
  if (!star || strlen(star) != 3) return NMEA_FORMAT;
  uint8_t sum = 0;
  for (const char *at = line + 1; at < star; at++) sum ^= uint8_t(*at);
  const int8_t high = hex(star[1]), low = hex(star[2]);
  if (high < 0 || low < 0 || sum != uint8_t(high << 4 | low)) return NMEA_CHECKSUM;
  const char *kind = line + 3;
  if (field(line, 1) != line + 7) return NMEA_OTHER;
  if (memcmp(kind, "GGA", 3) == 0) return position(line, true, found);
  if (memcmp(kind, "RMC", 3) == 0) return position(line, false, found);
  return NMEA_OTHER;
}

NmeaResult NmeaReader::put(char c, Position *found) {
  if (c == '$') used_ = 0;
  if (c != '\r' && c != '\n') {
    if (used_ < sizeof line_ - 1) line_[used_++] = c;
    return NMEA_MORE;
  }
  if (!used_) return NMEA_MORE;
  line_[used_] = 0;
  used_ = 0;
  return nmea_parse(line_, found);
}

}  // namespace farm
