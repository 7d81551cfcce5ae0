// The vectors on the chip: the result comes out of the serial port.
#include <Arduino.h>

#include "runner.h"

class Port : public farm::Out {
 public:
  void put(char c) override { Serial.write(uint8_t(c)); }
};

void setup() {
  Serial.begin(115200);
  Port out;
  farm::run_vectors(out);
}

void loop() {}
