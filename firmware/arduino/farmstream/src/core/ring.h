// Readings that wait for their acknowledgement, in memory that survives a reset.
#pragma once
#include "values.h"

namespace farm {

// A slot says by itself whether it is whole: there is no shared header that a reset could tear.
class Ring {
 public:
  struct Slot {
    uint32_t seq, stamp;
    Position at;
    Value values[QUANTITY_COUNT];
    uint16_t boot;  // low half; the high half is that of the current boot, or one less
    uint8_t state;
    uint16_t crc;
  } __attribute__((packed));

  struct Key {
    uint32_t boot, seq;
    bool operator<(const Key &b) const { return boot != b.boot ? boot < b.boot : seq < b.seq; }
    bool operator==(const Key &b) const { return boot == b.boot && seq == b.seq; }
  };

  Ring(Slot *slots, uint16_t capacity) : slots_(slots), capacity_(capacity) {}

  // After a reset: frees what is torn. `warm` false: memory has lost its content, all is free.
  void begin(uint32_t boot, bool warm);
  // Keeps a reading; true where the oldest had to go for it.
  bool put(const Reading &reading);
  // Frees that reading; false where it is not here.
  bool remove(Key key);
  // The oldest that is newer than `after`, or the oldest of all; false where there is none.
  bool next(const Key *after, Reading *found) const;
  void clear();
  uint16_t count() const;
  uint16_t capacity() const { return capacity_; }

 private:
  Key key(const Slot &slot) const;
  Slot *oldest(const Key *after) const;
  Slot *free_slot(bool *lost);
  Slot *slots_;
  uint16_t capacity_;
  uint32_t boot_ = 0;
};

}  // namespace farm
