// The position in NMEA 0183 sentences (GGA, RMC), byte by byte, checked by their checksum.
#pragma once
#include "values.h"

namespace farm {

enum NmeaResult { NMEA_MORE, NMEA_POSITION, NMEA_NO_FIX, NMEA_OTHER, NMEA_CHECKSUM, NMEA_FORMAT };

// One sentence without its end; `found` is set with NMEA_POSITION only.
NmeaResult nmea_parse(const char *line, Position *found);

class NmeaReader {
 public:
  // Takes a byte; other than NMEA_MORE at the end of each sentence.
  NmeaResult put(char c, Position *found);

 private:
  char line_[83];  // NMEA allows 82 bytes
  uint8_t used_ = 0;
};

}  // namespace farm
