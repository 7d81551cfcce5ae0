// The time of day, from the gateway; good for a day, since a resonator runs off by minutes in one.
#pragma once
#include <stdint.h>

namespace farm {

class Clock {
 public:
  void set(uint32_t seconds, uint16_t milliseconds, uint32_t uptime) {
    seconds_ = seconds;
    offset_ = milliseconds;
    set_at_ = uptime;
    known_ = true;
  }
  // Epoch seconds at `uptime` (ms); false while the time is not known.
  bool at(uint32_t uptime, uint32_t *seconds) {
    if (known_ && uptime - set_at_ > GOOD_FOR_MS) known_ = false;
    *seconds = seconds_ + (uptime - set_at_ + offset_) / 1000;
    return known_;
  }

 private:
  static const uint32_t GOOD_FOR_MS = 86400000;
  uint32_t seconds_ = 0, set_at_ = 0;
  uint16_t offset_ = 0;
  bool known_ = false;
};

}  // namespace farm
