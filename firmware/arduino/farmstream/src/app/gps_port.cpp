#include "gps_port.h"

namespace farm {

#ifdef FARMSTREAM_SOFTWARE_GPS
SoftwareSerial gps_port(GPS_RX_PIN, GPS_TX_PIN);
#else
HardwareSerial &gps_port = Serial1;
#endif

}  // namespace farm
