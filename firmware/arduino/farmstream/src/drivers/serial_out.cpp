#include "serial_out.h"

#include <Arduino.h>
#include <avr/sleep.h>

namespace farm {

void SerialOut::put(char c) {
  noInterrupts();
  while (!Serial.availableForWrite()) {
    sleep_enable();
    interrupts();  // takes effect after the next instruction: the byte's end cannot slip in before the sleep
    sleep_cpu();
    sleep_disable();
    noInterrupts();
  }
  interrupts();
  Serial.write(uint8_t(c));
}

}  // namespace farm
