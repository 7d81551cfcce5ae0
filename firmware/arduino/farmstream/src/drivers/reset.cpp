#include "reset.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/wdt.h>

#include "../core/flash.h"

namespace farm {

static const uint16_t NEARLY_TIMEOUT_MS = 3000;  // of 4 s, less the tolerance of the watchdog's clock

static uint8_t flags __attribute__((section(".noinit")));
static volatile uint16_t since_fed __attribute__((section(".noinit")));
static uint16_t hung;

}  // namespace farm

// A watchdog that fired stays on at its shortest time: off before the C library starts.
extern "C" void farm_take_reset_flags() __attribute__((naked, used, section(".init3")));
extern "C" void farm_take_reset_flags() {
  farm::flags = MCUSR;
  MCUSR = 0;
  wdt_disable();
}

// Beside the core's own use of timer 0, whose overflow counts the milliseconds: once in 1.024 ms.
ISR(TIMER0_COMPA_vect) {
  if (farm::since_fed < 60000) farm::since_fed++;
}

namespace farm {

bool flags_cleared() { return !flags; }

ResetCause reset_cause(bool warm) {
  if (flags & _BV(WDRF)) return RESET_WATCHDOG;
  if (flags & _BV(BORF)) return RESET_BROWN_OUT;
  if (flags & _BV(PORF)) return RESET_POWER;
  if (flags & _BV(EXTRF)) return RESET_EXTERNAL;
  if (!warm) return RESET_POWER;
  return hung_for(true) >= NEARLY_TIMEOUT_MS ? RESET_WATCHDOG : RESET_EXTERNAL;
}

const char *reset_name(ResetCause cause) {
  switch (cause) {
    case RESET_POWER:
      return PSTR("power");
    case RESET_EXTERNAL:
      return PSTR("external");
    case RESET_BROWN_OUT:
      return PSTR("brown-out");
    case RESET_WATCHDOG:
      break;
  }
  return PSTR("watchdog");
}

uint16_t hung_for(bool warm) { return warm ? hung : 0; }

void watchdog_begin() {
  hung = since_fed;
  since_fed = 0;
  TIMSK0 |= _BV(OCIE0A);
  wdt_enable(WDTO_4S);
}

void watchdog_feed() {
  wdt_reset();
  since_fed = 0;
}

}  // namespace farm
