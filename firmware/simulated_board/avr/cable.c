/* UART 0 as a pty: what the board sends comes out, what is written goes in at the line's speed. */
#define _GNU_SOURCE
#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <simavr/avr_uart.h>
#include <simavr/sim_io.h>

enum { BYTE_CYCLES = 1496, PATIENCE_MS = 5000 }; /* 11 bits of 136 cycles, as simavr counts them */

static int master = -1;
static bool resets, was_open;
static char out[1 << 16], in[1 << 12];
static size_t out_used, in_used;
static uint64_t sent;
static avr_cycle_count_t next_in;
static avr_irq_t *to_board;

static void from_board(avr_irq_t *irq, uint32_t value, void *param)
{
	(void)irq;
	(void)param;
	sent++;
	if (out_used < sizeof out)
		out[out_used++] = (char)value;
}

const char *cable_start(bool reset_on_open)
{
	struct termios raw;
	resets = reset_on_open;
	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) || unlockpt(master))
		fail("cannot open a pty", strerror(errno));
	const char *name = ptsname(master);
	int slave = open(name, O_RDWR | O_NOCTTY); /* opened once, so that its closing shows */
	tcgetattr(slave, &raw);
	cfmakeraw(&raw);
	tcsetattr(slave, TCSANOW, &raw);
	close(slave);
	fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK);
	avr_irq_t *output = avr_io_getirq(chip.avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT);
	to_board = avr_io_getirq(chip.avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
	avr_irq_register_notify(output, from_board, NULL);
	uint32_t flags = 0; /* no polling sleep, no echo to our own output */
	avr_ioctl(chip.avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
	return name;
}

uint64_t cable_bytes_sent(void) { return sent; }

static bool is_open(void)
{
	struct pollfd state = {.fd = master, .events = 0};
	return poll(&state, 1, 0) >= 0 && !(state.revents & POLLHUP);
}

static void drain(bool wait_for_reader)
{
	size_t done = 0;
	while (done < out_used) {
		ssize_t n = write(master, out + done, out_used - done);
		struct pollfd writable = {.fd = master, .events = POLLOUT};
		if (n > 0)
			done += (size_t)n;
		else if (!wait_for_reader || poll(&writable, 1, PATIENCE_MS) <= 0 || writable.revents & POLLHUP)
			break;
	}
	memmove(out, out + done, out_used - done);
	out_used -= done;
	if (out_used > sizeof out / 2)
		out_used = 0; /* nobody reads: a real port loses it too */
}

/* The next byte down to the board, where the line is free; called at least once per BYTE_CYCLES. */
void cable_feed(void)
{
	if (!in_used || chip.avr->cycle < next_in)
		return;
	avr_raise_irq(to_board, (uint8_t)in[0]);
	memmove(in, in + 1, --in_used);
	next_in = chip.avr->cycle + BYTE_CYCLES;
}

/* What has happened at the other end of the cable. System calls are dear, so not for each byte. */
void cable_look(bool wait_for_reader)
{
	bool open_now = is_open();
	if (open_now && !was_open && resets && chip.powered)
		chip_reset(); /* DTR through the board's capacitor */
	was_open = open_now;
	if (!open_now)
		out_used = 0;
	drain(wait_for_reader);
	ssize_t n = read(master, in + in_used, sizeof in - in_used);
	if (n > 0)
		in_used += (size_t)n;
	if (!chip.powered)
		out_used = in_used = 0;
}
