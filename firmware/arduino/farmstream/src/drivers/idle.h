// Sleep between interrupts: the processor rests, timer 0 and the serial port go on.
#pragma once

namespace farm {

// Chooses the sleep, and stops the timers of the PWM, which the core starts and nothing here uses: they
// take current, and wake nothing.
void idle_begin();
void sleep_until_interrupt();

}  // namespace farm
