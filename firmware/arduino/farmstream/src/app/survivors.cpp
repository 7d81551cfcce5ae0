#include "survivors.h"

namespace farm {

// Names the layout too: another firmware's memory is not read as ours.
static const uint32_t MAGIC = 0xFA120000UL + sizeof(Survivors);

Survivors survivors __attribute__((section(".noinit")));

bool survivors_begin() {
  if (survivors.magic == MAGIC) return true;
  survivors.uptime.set(0);
  survivors.uptime.set(0);
  survivors.dropped.set(0);
  survivors.dropped.set(0);
  survivors.magic = MAGIC;
  return false;
}

}  // namespace farm
