/* What stands on the pins: voltages, an SHT3x on I2C, a GPS. */
#include "board.h"

#include <stdlib.h>
#include <string.h>

#include <simavr/avr_adc.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_twi.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_io.h>
#include <simavr/sim_time.h>

enum { SHT3X_ADDRESS = 0x44, CONVERSION_US = 12500, GPS_BAUD = 9600, GPS_MAX = 512, FULL_SCALE_MV = 5000 };

static struct {
	int state;
	uint8_t frame[6], written[2];
	int used, next;
	bool selected;
	avr_cycle_count_t ready; /* 0: nothing was asked for */
} sht3x;

static struct {
	uint8_t text[GPS_MAX];
	int size, at, bit; /* the bit under way of the byte `at`; 10 bits each */
	bool software;
	avr_irq_t *irq;
	avr_cycle_count_t second; /* when this second's text began */
} gps;

static avr_irq_t *twi;
static uint32_t voltages[8];

static uint8_t crc8(const uint8_t *bytes, int size)
{
	uint8_t crc = 0xFF;
	for (int i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint8_t)(crc & 0x80 ? crc << 1 ^ 0x31 : crc << 1);
	}
	return crc;
}

void sensors_sht3x(int state, double temperature, double humidity)
{
	uint16_t t = (uint16_t)((temperature + 45.0) / 175.0 * 65535.0 + 0.5);
	uint16_t h = (uint16_t)(humidity / 100.0 * 65535.0 + 0.5);
	uint8_t frame[6] = {t >> 8, t & 0xFF, 0, h >> 8, h & 0xFF, 0};
	frame[2] = crc8(frame, 2);
	frame[5] = crc8(frame + 3, 2);
	if (state == SHT3X_WRONG_CRC)
		frame[2] ^= 0x10;
	memcpy(sht3x.frame, frame, sizeof frame);
	sht3x.state = state;
}

static void answer(uint8_t msg, uint8_t address, uint8_t data)
{
	avr_raise_irq(twi + TWI_IRQ_INPUT, avr_twi_irq_msg(msg, address, data));
}

static bool answers_to(uint8_t address)
{
	if (address >> 1 != SHT3X_ADDRESS || sht3x.state == SHT3X_ABSENT)
		return false;
	if (!(address & 1))
		return true;
	/* before its measurement is there, the sensor does not acknowledge a read (data sheet, 4.4) */
	return sht3x.state != SHT3X_BUSY && sht3x.ready && chip.avr->cycle >= sht3x.ready;
}

static void on_twi(avr_irq_t *irq, uint32_t value, void *param)
{
	(void)irq;
	(void)param;
	avr_twi_msg_irq_t v = {.u.v = value};
	uint8_t msg = v.u.twi.msg, address = v.u.twi.addr;
	if (msg & TWI_COND_STOP)
		sht3x.selected = false;
	if (msg & TWI_COND_START) {
		sht3x.used = sht3x.next = 0;
		sht3x.selected = answers_to(address);
		if (sht3x.selected)
			answer(TWI_COND_ACK, address, 1);
	}
	if (!sht3x.selected)
		return;
	if (msg & TWI_COND_WRITE) {
		answer(TWI_COND_ACK, address, 1);
		if (sht3x.used < 2)
			sht3x.written[sht3x.used++] = v.u.twi.data;
		if (sht3x.used == 2 && sht3x.written[0] == 0x24 && sht3x.written[1] == 0x00)
			sht3x.ready = chip.avr->cycle + avr_usec_to_cycles(chip.avr, CONVERSION_US);
	}
	if (msg & TWI_COND_READ)
		answer(TWI_COND_READ, address, sht3x.next < 6 ? sht3x.frame[sht3x.next++] : 0xFF);
	if (sht3x.next == 6)
		sht3x.ready = 0;
}

/* One bit of the byte under way on the pin, or one byte on UART 1; the time of the next. */
static avr_cycle_count_t gps_tick(avr_t *avr, avr_cycle_count_t when, void *param)
{
	(void)param;
	if (gps.at >= gps.size) {
		gps.at = gps.bit = 0;
		gps.second += avr->frequency;
		if (gps.second <= when)
			gps.second = when + 1;
		return gps.second;
	}
	if (gps.software) {
		uint16_t frame = (uint16_t)(gps.text[gps.at] << 1 | 1 << 9);
		avr_raise_irq(gps.irq, frame >> gps.bit & 1);
	} else {
		avr_raise_irq(gps.irq, gps.text[gps.at]);
	}
	int step = gps.software ? 1 : 10, bits = gps.at * 10 + gps.bit + step;
	gps.at = bits / 10;
	gps.bit = bits % 10;
	return gps.second + (avr_cycle_count_t)((double)bits * avr->frequency / GPS_BAUD);
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *found = strchr(digits, c);
	return c && found ? (int)(found - digits) : -1;
}

bool sensors_gps(const char *hex)
{
	int size = 0;
	for (; hex[0]; hex += 2, size++) {
		int high = hex_digit(hex[0]), low = hex_digit(hex[1]);
		if (high < 0 || low < 0 || size == GPS_MAX)
			return false;
		gps.text[size] = (uint8_t)(high << 4 | low);
	}
	gps.size = size;
	gps.at = gps.bit = 0;
	sensors_rearm();
	return true;
}

bool sensors_analog(int channel, uint32_t millivolts)
{
	if (channel < 0 || channel > 7 || millivolts > FULL_SCALE_MV)
		return false;
	voltages[channel] = millivolts;
	/* the chip gives V * 1024 / Vref (data sheet, 24.7), simavr * 1023: the middle of the chip's step on simavr's scale */
	uint32_t count = millivolts * 1024 / FULL_SCALE_MV;
	uint32_t asked = (2 * (count > 1023 ? 1023 : count) + 1) * FULL_SCALE_MV / (2 * 1023);
	avr_raise_irq(avr_io_getirq(chip.avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0 + channel), asked);
	return true;
}

/* A reset of the chip clears simavr's timers and pins, not what is wired to it. */
void sensors_rearm(void)
{
	if (!gps.irq)
		return;
	for (int i = 0; i < 8; i++)
		sensors_analog(i, voltages[i]);
	if (gps.software)
		avr_raise_irq(gps.irq, 1);
	gps.second = chip.avr->cycle + 1;
	gps.at = gps.bit = 0;
	avr_cycle_timer_cancel(chip.avr, gps_tick, NULL);
	if (gps.size)
		avr_cycle_timer_register(chip.avr, 1, gps_tick, NULL);
}

void sensors_start(bool mega)
{
	static const char *names[] = {"8>sht3x", "32<sht3x"};
	uint32_t bus = AVR_IOCTL_TWI_GETIRQ(0);
	twi = avr_alloc_irq(&chip.avr->irq_pool, 0, 2, names);
	avr_irq_register_notify(twi + TWI_IRQ_OUTPUT, on_twi, NULL);
	avr_connect_irq(twi + TWI_IRQ_INPUT, avr_io_getirq(chip.avr, bus, TWI_IRQ_INPUT));
	avr_connect_irq(avr_io_getirq(chip.avr, bus, TWI_IRQ_OUTPUT), twi + TWI_IRQ_OUTPUT);
	gps.software = !mega;
	gps.irq = mega ? avr_io_getirq(chip.avr, AVR_IOCTL_UART_GETIRQ('1'), UART_IRQ_INPUT)
	               : avr_io_getirq(chip.avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 0);
	sensors_sht3x(SHT3X_GOOD, 20.0, 50.0);
	sensors_rearm();
}
