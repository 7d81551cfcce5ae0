// Serial port 0, as a place to write lines to.
#pragma once
#include "../core/frame.h"

namespace farm {

class SerialOut : public Out {
 public:
  // Sleeps while the port's buffer is full.
  void put(char c) override;
};

}  // namespace farm
