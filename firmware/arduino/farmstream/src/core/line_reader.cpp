#include "line_reader.h"

namespace farm {

void LineReader::lost(uint32_t now) {
  used_ = 0;
  skipping_ = true;
  last_ = now;
}

char *LineReader::put(char c, uint32_t now) {
  if (skipping_ && now - last_ >= GAP_MS) skipping_ = false;
  last_ = now;
  const bool end = c == '\r' || c == '\n';
  if (skipping_) {
    if (end) skipping_ = false;
    return nullptr;
  }
  if (!end) {
    if (used_ == sizeof line_ - 1) return lost(now), nullptr;
    line_[used_++] = c;
    return nullptr;
  }
  if (!used_) return nullptr;
  line_[used_] = 0;
  used_ = 0;
  return line_;
}

}  // namespace farm
