// The port that the GPS is on: UART 1 of the Mega, two pins of the Uno.
#pragma once
#include "board.h"
#ifdef FARMSTREAM_SOFTWARE_GPS
#include <SoftwareSerial.h>
#endif

namespace farm {

// True where listening to the GPS costs bytes of the line: each of its bits stops the interrupts.
#ifdef FARMSTREAM_SOFTWARE_GPS
const bool GPS_DEAFENS = true;
extern SoftwareSerial gps_port;
#else
const bool GPS_DEAFENS = false;
extern HardwareSerial &gps_port;
#endif

}  // namespace farm
