// Why the board started, and the watchdog that restarts it when its loop hangs.
#pragma once
#include <stdint.h>

namespace farm {

enum ResetCause : uint8_t { RESET_POWER, RESET_EXTERNAL, RESET_BROWN_OUT, RESET_WATCHDOG };

// The flags of the chip, taken before anything else ran. Boot loaders clear them: then `warm` (memory
// kept its content) and the time since the loop last answered tell.
ResetCause reset_cause(bool warm);
// True where a boot loader ran before us and cleared the flags.
bool flags_cleared();
const char *reset_name(ResetCause cause);  // in flash

void watchdog_begin();
// From the loop only: a driver that hangs must not feed it.
void watchdog_feed();
// Milliseconds for which the loop had hung before the reset; 0 after a cold start.
uint16_t hung_for(bool warm);

}  // namespace farm
