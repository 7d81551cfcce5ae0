/* A simulated Arduino: simavr runs the real machine code, we are its pins, its buses and its cable. */
#ifndef FARMSTREAM_BOARD_H
#define FARMSTREAM_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <simavr/sim_avr.h>

/* chip.c: the microcontroller, its memories and its resets */
typedef struct {
	avr_t *avr;
	bool powered;
	const char *eeprom_file;
	uint32_t eeprom_writes, cut_at_write; /* 0: no power cut is armed */
	uint64_t cycles_asleep;
} chip_t;

extern chip_t chip;
void chip_start(const char *mcu, const char *firmware, const char *loader, const char *eeprom_file);
void chip_reset(void);
void chip_power(bool on);
void chip_save_eeprom(void);
uint32_t chip_untouched_ram(void);
void fail(const char *what, const char *detail);

/* cable.c: UART 0 as a pty */
const char *cable_start(bool reset_on_open);
void cable_look(bool wait_for_reader);
void cable_feed(void);
uint64_t cable_bytes_sent(void);

/* sensors.c: what stands on the pins */
void sensors_start(bool mega);
void sensors_rearm(void); /* after a reset, which forgets the timers */
bool sensors_analog(int channel, uint32_t millivolts);
enum { SHT3X_GOOD, SHT3X_ABSENT, SHT3X_WRONG_CRC, SHT3X_BUSY };
void sensors_sht3x(int state, double temperature, double humidity);
bool sensors_gps(const char *hex); /* sent once a second; empty: silent */

/* control.c: one command per line of standard input, one line of answer each */
typedef struct {
	enum { HOLD, REAL, FREE } pace;
	avr_cycle_count_t step_until; /* while stepping: run to this cycle, then answer */
	bool stepping, quit;
} control_t;

extern control_t control;
void control_start(void);
void control_hello(const char *port);
void control_poll(int timeout_ms);
void control_step_done(void);

static inline double board_ms(void) { return (double)chip.avr->cycle * 1000.0 / chip.avr->frequency; }

#endif
