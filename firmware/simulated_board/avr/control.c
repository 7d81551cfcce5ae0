/* Commands: one per line of standard input, one line of answer each, `ok …` or `error …`. */
#define _GNU_SOURCE
#include "board.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

control_t control = {.pace = HOLD};

static char line[4096];
static size_t used;

static FILE *answers;

/* simavr prints to standard output as it likes: from here on that is the log, as standard error is. */
void control_start(void)
{
	answers = fdopen(dup(1), "w");
	if (!answers || dup2(2, 1) < 0)
		fail("standard output", "cannot be used");
}

void control_hello(const char *port)
{
	fprintf(answers, "%s\n", port);
	fflush(answers);
}

static void say(const char *word)
{
	fprintf(answers, "%s %.3f\n", word, board_ms());
	fflush(answers);
}

void control_step_done(void)
{
	control.stepping = false;
	say(chip.powered ? "ok" : "off");
}

static bool climate(const char *rest)
{
	double temperature, humidity;
	if (!strcmp(rest, "absent"))
		sensors_sht3x(SHT3X_ABSENT, 20, 50);
	else if (!strcmp(rest, "crc"))
		sensors_sht3x(SHT3X_WRONG_CRC, 20, 50);
	else if (!strcmp(rest, "busy"))
		sensors_sht3x(SHT3X_BUSY, 20, 50);
	else if (sscanf(rest, "%lf %lf", &temperature, &humidity) == 2)
		sensors_sht3x(SHT3X_GOOD, temperature, humidity);
	else
		return false;
	return true;
}

static bool pace(const char *rest)
{
	static const char *names[] = {"hold", "real", "free"};
	for (int i = 0; i < 3; i++)
		if (!strcmp(rest, names[i]))
			return control.pace = i, true;
	return false;
}

static bool analog(const char *rest)
{
	int channel;
	unsigned millivolts;
	return sscanf(rest, "%d %u", &channel, &millivolts) == 2 && sensors_analog(channel, millivolts);
}

static bool power(const char *rest)
{
	if (strcmp(rest, "on") && strcmp(rest, "off"))
		return false;
	chip_power(!strcmp(rest, "on"));
	return true;
}

/* A 32-bit number in RAM: time that need not be simulated, added to a clock. */
static bool add(const char *rest)
{
	unsigned address, more;
	if (sscanf(rest, "%x %u", &address, &more) != 2 || address + 3 > chip.avr->ramend)
		return false;
	for (int i = 0, carry = 0; i < 4; i++) {
		carry += chip.avr->data[address + i] + (more >> 8 * i & 0xFF);
		chip.avr->data[address + i] = carry & 0xFF;
		carry >>= 8;
	}
	return true;
}

static bool act(const char *word, const char *rest)
{
	if (!strcmp(word, "adc"))
		return analog(rest);
	if (!strcmp(word, "climate"))
		return climate(rest);
	if (!strcmp(word, "gps"))
		return sensors_gps(rest);
	if (!strcmp(word, "power"))
		return power(rest);
	if (!strcmp(word, "pace"))
		return pace(rest);
	if (!strcmp(word, "add"))
		return add(rest);
	if (!strcmp(word, "reset"))
		chip_reset();
	else if (!strcmp(word, "cut"))
		chip.cut_at_write = atoi(rest) ? chip.eeprom_writes + (uint32_t)atoi(rest) : 0;
	else if (!strcmp(word, "save"))
		chip_save_eeprom();
	else if (!strcmp(word, "quit"))
		control.quit = true;
	else
		return !strcmp(word, "time");
	return true;
}

static void command(char *text)
{
	char *rest = strchr(text, ' ');
	if (rest)
		*rest++ = 0;
	if (!strcmp(text, "step") && rest) {
		control.stepping = true;
		control.step_until = chip.avr->cycle + (avr_cycle_count_t)(atof(rest) * chip.avr->frequency / 1000.0);
	} else if (!strcmp(text, "counts")) {
		fprintf(answers, "ok %u %llu %u %llu\n", chip.eeprom_writes, (unsigned long long)cable_bytes_sent(),
		        chip_untouched_ram(), (unsigned long long)chip.cycles_asleep);
		fflush(answers);
	} else {
		say(act(text, rest ? rest : "") ? "ok" : "error");
	}
}

void control_poll(int timeout_ms)
{
	struct pollfd input = {.fd = 0, .events = POLLIN};
	bool asked = poll(&input, 1, timeout_ms) > 0;
	cable_look(control.stepping || control.pace == FREE); /* before the command: what was closed before it is seen closed */
	if (!asked)
		return;
	ssize_t n = read(0, line + used, sizeof line - 1 - used);
	if (n <= 0) { /* whoever started us is gone */
		control.quit = true;
		return;
	}
	used += (size_t)n;
	for (char *end; (end = memchr(line, '\n', used));) {
		*end = 0;
		command(line);
		used -= (size_t)(end + 1 - line);
		memmove(line, end + 1, used);
	}
	if (used == sizeof line - 1)
		used = 0;
}
