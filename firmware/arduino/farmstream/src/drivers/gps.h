// A GPS receiver on a serial port: listens for one sentence with a position.
#pragma once
#include <Arduino.h>
#include "../core/nmea.h"

namespace farm {

class Gps {
 public:
  static const uint16_t LISTEN_MS = 1500;  // receivers speak once a second

  explicit Gps(Stream &port) : port_(port) {}
  void start();
  // True once a position is there.
  bool poll();
  // The position, or the reason why there is none.
  Position result() const { return found_; }

 private:
  void fail(Fault why);
  Stream &port_;
  NmeaReader reader_;
  Position found_;
};

}  // namespace farm
