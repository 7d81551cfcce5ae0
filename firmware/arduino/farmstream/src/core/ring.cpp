#include "ring.h"

#include <string.h>

#include "crc.h"

namespace farm {

static const uint8_t FREE = 0, DATED = 0xA5, UNDATED = 0x5A;

static uint16_t check(const Ring::Slot &slot) { return crc16(&slot, sizeof slot - sizeof slot.crc, 0x1D0F); }

static bool used(const Ring::Slot &slot) { return slot.state == DATED || slot.state == UNDATED; }

void Ring::begin(uint32_t boot, bool warm) {
  boot_ = boot;
  for (Slot *s = slots_; s < slots_ + capacity_; s++)
    if (!warm || !used(*s) || s->crc != check(*s)) s->state = FREE;
}

void Ring::clear() { begin(boot_, false); }

uint16_t Ring::count() const {
  uint16_t n = 0;
  for (const Slot *s = slots_; s < slots_ + capacity_; s++) n += used(*s);
  return n;
}

Ring::Key Ring::key(const Slot &slot) const {
  return Key{boot_ - uint16_t(uint16_t(boot_) - slot.boot), slot.seq};
}

Ring::Slot *Ring::oldest(const Key *after) const {
  Slot *found = nullptr;
  for (Slot *s = slots_; s < slots_ + capacity_; s++)
    if (used(*s) && (!after || *after < key(*s)) && (!found || key(*s) < key(*found))) found = s;
  return found;
}

Ring::Slot *Ring::free_slot(bool *lost) {
  for (Slot *s = slots_; s < slots_ + capacity_; s++)
    if (!used(*s)) return s;
  *lost = true;
  return oldest(nullptr);
}

bool Ring::put(const Reading &r) {
  bool lost = false;
  Slot *slot = free_slot(&lost);
  slot->state = FREE;
  Slot made = {r.seq, r.stamp, r.at, {}, uint16_t(r.boot), r.dated ? DATED : UNDATED, 0};
  memcpy(made.values, r.values, sizeof made.values);
  made.crc = check(made);
  const uint8_t state = made.state;
  made.state = FREE;
  memcpy(slot, &made, sizeof made);
  slot->state = state;  // last: a reset before it leaves a free slot
  return lost;
}

bool Ring::remove(Key wanted) {
  for (Slot *s = slots_; s < slots_ + capacity_; s++)
    if (used(*s) && key(*s) == wanted) return s->state = FREE, true;
  return false;
}

bool Ring::next(const Key *after, Reading *found) const {
  const Slot *s = oldest(after);
  if (!s) return false;
  *found = Reading{key(*s).boot, s->seq, s->state == DATED, s->stamp, s->at, {}};
  memcpy(found->values, s->values, sizeof found->values);
  return true;
}

}  // namespace farm
