// An analog pin in millivolts: the mean of 32 samples against the 5 V supply.
#pragma once
#include <Arduino.h>

namespace farm {

const float FULL_SCALE_MV = 5000.0f;

class AnalogInput {
 public:
  explicit AnalogInput(uint8_t pin) : pin_(pin) {}
  float millivolts() const {
    uint16_t sum = SAMPLES / 2;  // the converter rounds down: half a step more is in the middle
    analogRead(pin_);  // the first after a switch of channels still sees the other one
    for (uint8_t i = 0; i < SAMPLES; i++) sum += analogRead(pin_);
    return sum * (FULL_SCALE_MV / (1024.0f * SAMPLES));
  }

 private:
  static const uint8_t SAMPLES = 32;  // 3.6 ms: the serial port's buffer holds 5.5 ms
  uint8_t pin_;
};

}  // namespace farm
