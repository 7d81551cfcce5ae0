#include "gps.h"

namespace farm {

void Gps::fail(Fault why) { found_ = Position{no_position(why), no_position(why)}; }

void Gps::start() {
  while (port_.available()) port_.read();
  reader_ = NmeaReader();
  fail(FAULT_DISCONNECTED);
}

bool Gps::poll() {
  while (port_.available()) {
    Position at;
    switch (reader_.put(char(port_.read()), &at)) {
      case NMEA_POSITION:
        found_ = at;
        return true;
      case NMEA_NO_FIX:
        fail(FAULT_NO_FIX);
        break;
      case NMEA_CHECKSUM:
      case NMEA_FORMAT:
        if (reason(found_.lat) == FAULT_DISCONNECTED) fail(FAULT_CRC);
        break;
      case NMEA_OTHER:
        if (reason(found_.lat) != FAULT_NO_FIX) fail(FAULT_TIMEOUT);
        break;
      case NMEA_MORE:
        break;
    }
  }
  return false;
}

}  // namespace farm
