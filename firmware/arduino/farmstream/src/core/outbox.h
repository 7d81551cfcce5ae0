// When to send which waiting reading: oldest first, again after a pause, until it is acknowledged.
#pragma once
#include "ring.h"

namespace farm {

// A round sends all that waits. While nothing is answered, each round is a probe: the oldest reading,
// beside the new ones; the first answer starts a full round. Times are milliseconds of uptime.
class Outbox {
 public:
  explicit Outbox(Ring &ring) : ring_(ring) {}

  // Keeps a new reading; true where the oldest had to go for it.
  bool keep(const Reading &reading);
  // The reading to send now; false where none is due.
  bool due(uint32_t now, Reading *found);
  // That it went out as a line with this CRC.
  void sent(const Reading &reading, uint16_t line_crc, uint32_t now);
  // The gateway has it; false where it was not waiting.
  bool acknowledged(Ring::Key key);
  // The gateway refused the line with this CRC and keeps its bytes.
  bool refused(uint16_t line_crc);
  // The gateway spoke: it is there.
  void answered();

 private:
  static const uint32_t GAP_MS = 20, PAUSE_MS = 10000, ANSWER_MS = 1000;
  static const uint8_t REMEMBERED = 4;
  struct Line {
    Ring::Key key;
    uint16_t crc;
    bool used;
  };

  Ring &ring_;
  Ring::Key cursor_ = {0, 0};  // the last one sent in this round
  Ring::Key newest_ = {0, 0};  // the newest one ever sent: a probe jumps there
  bool in_round_ = false, probing_ = false, quiet_ = false;
  bool exhausted_ = false;  // nothing is left in this round: no need to look through the ring
  bool tail_ = false;       // all was sent, and what is left came after that: it may as well open the next round
  uint32_t round_at_ = 0, last_at_ = 0;
  Line lines_[REMEMBERED] = {};
  uint8_t next_line_ = 0;
};

}  // namespace farm
