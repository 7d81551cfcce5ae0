// A number in memory that survives a reset, whole even where the reset comes in the middle of a write.
#pragma once
#include <stdint.h>

namespace farm {

class Kept {
 public:
  // The newer whole copy (numbers only grow, modulo 2^32), else `otherwise`.
  uint32_t get(uint32_t otherwise = 0) const {
    return whole(0) || whole(1) ? copies_[newest()].number : otherwise;
  }
  void set(uint32_t number) {
    Copy &older = copies_[!newest()];
    older.check = older.number;  // not the complement: torn until the end
    older.number = number;
    older.check = ~number;
  }

 private:
  struct Copy {
    volatile uint32_t number, check;
  };
  bool whole(uint8_t i) const { return copies_[i].check == uint32_t(~copies_[i].number); }
  uint8_t newest() const {
    if (whole(0) && whole(1)) return int32_t(copies_[1].number - copies_[0].number) > 0;
    return whole(1);
  }
  Copy copies_[2];
};

}  // namespace farm
