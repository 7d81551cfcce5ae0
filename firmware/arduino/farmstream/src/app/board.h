// What differs between the boards: pins, the GPS port, how many readings wait.
#pragma once
#include <Arduino.h>
#include "../core/calibration.h"

#define FARMSTREAM_VERSION "1.0.0"

namespace farm {

const uint32_t LINE_BAUD = 115200, GPS_BAUD = 9600;
const uint8_t PH_PIN = A0, MOISTURE_PIN = A1;
const PhFrontEnd PH_FRONT_END = {2500.0f, 3.0f};  // a PH-4502C: 2.5 V at pH 7, three times amplified

}  // namespace farm

#if defined(__AVR_ATmega2560__)
#define FARMSTREAM_BOARD "mega"
namespace farm {
const uint16_t RING_CAPACITY = 204;
const uint16_t LOADER_MS = 830;  // stk500v2 waits so long for an upload after a reset
}  // namespace farm
#elif defined(__AVR_ATmega328P__)
#define FARMSTREAM_BOARD "uno"
#define FARMSTREAM_SOFTWARE_GPS 1
namespace farm {
const uint16_t RING_CAPACITY = 22;
const uint16_t LOADER_MS = 1400;  // Optiboot: blinks, then waits a second
const uint8_t GPS_RX_PIN = 8, GPS_TX_PIN = 9;
}  // namespace farm
#else
#error "This sketch runs on the Uno (ATmega328P) and the Mega (ATmega2560)."
#endif
