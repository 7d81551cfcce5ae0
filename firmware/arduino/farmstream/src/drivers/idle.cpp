#include "idle.h"

#include <avr/io.h>
#include <avr/sleep.h>

namespace farm {

void idle_begin() {
  set_sleep_mode(SLEEP_MODE_IDLE);
  TCCR1B = TCCR2B = 0;
#ifdef TCCR5B
  TCCR3B = TCCR4B = TCCR5B = 0;
#endif
}

void sleep_until_interrupt() { sleep_mode(); }

}  // namespace farm
