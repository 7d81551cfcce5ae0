#include "outbox.h"

namespace farm {

bool Outbox::keep(const Reading &reading) {
  tail_ = tail_ || exhausted_;
  exhausted_ = false;
  return ring_.put(reading);
}

bool Outbox::due(uint32_t now, Reading *found) {
  if (newest_.boot && now - last_at_ < GAP_MS) return false;
  const bool answer_due = now - last_at_ >= ANSWER_MS;
  if (in_round_ && now - round_at_ >= PAUSE_MS &&
      (tail_ || (answer_due && (exhausted_ || !ring_.next(&cursor_, found)))))
    in_round_ = exhausted_ = false;
  if (exhausted_) return false;
  exhausted_ = !ring_.next(in_round_ ? &cursor_ : nullptr, found);
  return !exhausted_;
}

void Outbox::sent(const Reading &reading, uint16_t line_crc, uint32_t now) {
  const Ring::Key key = {reading.boot, reading.seq};
  if (newest_ < key) newest_ = key;
  if (!in_round_) {
    probing_ = quiet_;
    quiet_ = in_round_ = true;
    round_at_ = now;
    cursor_ = probing_ ? newest_ : key;
  } else {
    cursor_ = key;
  }
  tail_ = false;
  last_at_ = now;
  lines_[next_line_] = Line{key, line_crc, true};
  next_line_ = uint8_t((next_line_ + 1) % REMEMBERED);
}

void Outbox::answered() {
  if (probing_) in_round_ = exhausted_ = false;
  probing_ = quiet_ = false;
}

bool Outbox::acknowledged(Ring::Key key) {
  answered();
  return ring_.remove(key);
}

bool Outbox::refused(uint16_t line_crc) {
  for (Line &line : lines_)
    if (line.used && line.crc == line_crc) {
      line.used = false;
      return acknowledged(line.key);
    }
  return false;
}

}  // namespace farm
