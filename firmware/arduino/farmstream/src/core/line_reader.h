// Lines from the serial port; what may have lost bytes is dropped up to the line's end.
#pragma once
#include <stdint.h>

namespace farm {

class LineReader {
 public:
  // Takes a byte that came at `now` (ms); the line once it is whole, else null. It holds until the next.
  char *put(char c, uint32_t now);
  // Bytes were lost: the rest of the line under way must not pass for a line. A gap of 50 ms ends it.
  void lost(uint32_t now);
  bool idle() const { return !used_ && !skipping_; }

 private:
  static const uint8_t GAP_MS = 50;
  char line_[72];
  uint8_t used_ = 0;
  bool skipping_ = false;
  uint32_t last_ = 0;
};

}  // namespace farm
