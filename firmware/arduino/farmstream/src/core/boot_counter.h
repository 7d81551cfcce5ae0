// Counts cold starts and resets; a power cut at any write never lets a number come twice.
#pragma once
#include "storage.h"

namespace farm {

// Goes round 16 places, so that each is written once in 16 boots (100,000 writes are allowed).
class BootCounter {
 public:
  explicit BootCounter(Storage &storage) : storage_(storage) {}
  // Counts this boot and returns its number, 1 on an empty or unreadable storage.
  uint32_t count();
  // Lets the next boot be at least `boot` + 1, after the storage was lost.
  void raise(uint32_t boot) { write(boot); }

 private:
  void write(uint32_t boot);
  Storage &storage_;
};

}  // namespace farm
