// Memory that survives a reset, not a loss of power: the waiting readings and the running counts.
#pragma once
#include "../core/kept.h"
#include "../core/ring.h"
#include "board.h"

namespace farm {

struct Survivors {
  uint32_t magic;
  Kept uptime;   // ms; goes on over a reset, so that the age of what waits stays right
  Kept dropped;  // readings that fell out of the ring
  Ring::Slot slots[RING_CAPACITY];
};

extern Survivors survivors;

// True where the content came through a reset; false after a cold start, and then it is made fresh.
bool survivors_begin();

}  // namespace farm
