// The vectors on the machine that builds: `c++ -o vectors host.cpp runner.cpp ../farmstream/src/core/*.cpp`.
#include <stdio.h>

#include "runner.h"

class Standard : public farm::Out {
 public:
  void put(char c) override { putchar(c); }
};

int main() {
  Standard out;
  return farm::run_vectors(out) ? 1 : 0;
}
