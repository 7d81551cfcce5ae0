/* farmstream-board MCU (FIRMWARE.elf | LOADER.hex) [EEPROM] [dtr]: prints the pty's name, then obeys. */
#define _GNU_SOURCE
#include "board.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SLICE_CYCLES = 1400, CONTROL_EVERY = 12 }; /* a slice is shorter than a byte on the line */

static void on_term(int signal_number)
{
	(void)signal_number;
	control.quit = true;
}

static double wall_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000.0 + now.tv_nsec / 1e6;
}

/* Sleeps so that board time goes as wall time does; after a long stop it starts anew from there. */
static void keep_pace(void)
{
	static double offset;
	double ahead = board_ms() - (wall_ms() - offset);
	if (ahead < -1000 || ahead > 1000)
		offset = wall_ms() - board_ms();
	else if (ahead > 1.0) {
		struct timespec pause = {.tv_nsec = (long)(ahead * 1e6)};
		nanosleep(&pause, NULL);
	}
}

static void run_slice(void)
{
	avr_t *avr = chip.avr;
	avr_cycle_count_t until = avr->cycle + SLICE_CYCLES;
	bool fired = false;
	while (avr->cycle < until && chip.powered) {
		avr_run_t before = avr->run;
		avr->run_cycle_limit = SLICE_CYCLES;
		int state = avr_run(avr);
		fired = fired || (before != avr->run && before != avr_callback_run_raw);
		if (state == cpu_Done || state == cpu_Crashed)
			fail("the firmware", "stopped");
	}
	if (!chip.powered)
		avr->cycle = until;
	if (fired)
		sensors_rearm(); /* the watchdog reset the chip */
}

int main(int argc, char **argv)
{
	if (argc < 3)
		fail("usage", "farmstream-board MCU FIRMWARE.elf|LOADER.hex [EEPROM|-] [dtr]");
	signal(SIGTERM, on_term);
	signal(SIGINT, SIG_IGN);
	size_t length = strlen(argv[2]);
	bool loader = length > 4 && !strcmp(argv[2] + length - 4, ".hex");
	const char *eeprom = argc > 3 && strcmp(argv[3], "-") ? argv[3] : NULL;
	control_start();
	chip_start(argv[1], argv[2], loader ? argv[2] : NULL, eeprom);
	sensors_start(strstr(argv[1], "2560") != NULL);
	control_hello(cable_start(argc > 4 && !strcmp(argv[4], "dtr")));
	for (unsigned slice = 0; !control.quit; slice++) {
		bool running = control.stepping || control.pace != HOLD;
		if (!running || slice % CONTROL_EVERY == 0)
			control_poll(running ? 0 : 2);
		if (control.stepping || control.pace != HOLD)
			run_slice();
		cable_feed();
		if (control.stepping && (chip.avr->cycle >= control.step_until || !chip.powered)) {
			cable_look(true);
			control_step_done();
		} else if (control.pace == REAL && !control.stepping) {
			keep_pace();
		}
	}
	chip_save_eeprom();
	return 0;
}
