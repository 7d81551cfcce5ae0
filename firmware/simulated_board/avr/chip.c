/* The microcontroller: firmware, memories, resets, loss of power. */
#include "board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <simavr/avr_eeprom.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_hex.h>
#include <simavr/sim_io.h>
#include <simavr/sim_regbit.h>

enum { EECR = 0x3F, EEARL = 0x41, EEARH = 0x42, EEPE = 1, RAM_FILL = 0xC5 };

chip_t chip;

void fail(const char *what, const char *detail)
{
	fprintf(stderr, "%s: %s\n", what, detail);
	exit(1);
}

static void no_sleep(avr_t *avr, avr_cycle_count_t cycles)
{
	(void)avr;
	chip.cycles_asleep += 1 + cycles; /* as simavr counts them; main.c does the pacing */
}

static uint8_t *eeprom(void)
{
	avr_eeprom_desc_t all = {.ee = NULL, .offset = 0, .size = chip.avr->e2end + 1};
	avr_ioctl(chip.avr, AVR_IOCTL_EEPROM_GET, &all);
	return all.ee;
}

static void count_eeprom_write(avr_t *avr, avr_io_addr_t addr, uint8_t v, void *param)
{
	(void)addr;
	(void)param;
	if (!(v & 1 << EEPE))
		return;
	if (++chip.eeprom_writes != chip.cut_at_write)
		return;
	/* the cell was erased, and there was no time left to program it */
	eeprom()[avr->data[EEARL] | avr->data[EEARH] << 8] = 0xFF;
	chip_power(false);
}

/* A boot loader sits at the end of the flash; the flash below it is erased: the chip goes there first. */
static void load_boot_loader(avr_t *avr, const char *hex)
{
	uint32_t size, start;
	uint8_t *code = read_ihex_file(hex, &size, &start);
	if (!code)
		fail("cannot read the boot loader", hex);
	uint32_t room = avr->flashend + 1 - start; /* its last chunk reaches beyond the end */
	avr_loadcode(avr, code, size < room ? size : room, start);
	avr->flash[0] = 0xFF; /* rjmp . : an empty flash must not run into the loader by itself */
	avr->flash[1] = 0xCF;
	avr->reset_pc = avr->pc = start;
	avr->codeend = avr->flashend;
	free(code);
}

static void load_eeprom(const char *path)
{
	FILE *file = fopen(path, "rb");
	if (!file)
		return; /* a new chip */
	size_t got = fread(eeprom(), 1, chip.avr->e2end + 1, file);
	(void)got;
	fclose(file);
}

void chip_save_eeprom(void)
{
	char fresh[4096];
	if (!chip.eeprom_file)
		return;
	snprintf(fresh, sizeof fresh, "%s.new", chip.eeprom_file);
	FILE *file = fopen(fresh, "wb");
	if (!file || fwrite(eeprom(), 1, chip.avr->e2end + 1, file) != (size_t)chip.avr->e2end + 1)
		fail("cannot write the EEPROM file", fresh);
	fclose(file);
	if (rename(fresh, chip.eeprom_file))
		fail("cannot replace the EEPROM file", chip.eeprom_file);
}

void chip_start(const char *mcu, const char *firmware, const char *loader, const char *eeprom_file)
{
	elf_firmware_t elf;
	avr_t *avr = chip.avr = avr_make_mcu_by_name(mcu);
	memset(&elf, 0, sizeof elf);
	if (!avr || avr_init(avr))
		fail("simavr has no such chip", mcu);
	avr->log = LOG_ERROR;
	avr->frequency = 16000000;
	avr->vcc = avr->avcc = avr->aref = 5000;
	avr->sleep = no_sleep;
	if (loader)
		load_boot_loader(avr, loader);
	else if (elf_read_firmware(firmware, &elf))
		fail("cannot read the firmware", firmware);
	else
		avr_load_firmware(avr, &elf);
	avr->frequency = 16000000;
	chip.eeprom_file = eeprom_file;
	if (eeprom_file)
		load_eeprom(eeprom_file);
	avr_register_io_write(avr, EECR, count_eeprom_write, NULL);
	chip_power(true);
}

static void reset_with(avr_regbit_t flag)
{
	avr_reset(chip.avr);
	avr_regbit_set(chip.avr, flag);
	sensors_rearm();
}

void chip_reset(void) { reset_with(chip.avr->reset_flags.extrf); }

void chip_power(bool on)
{
	avr_t *avr = chip.avr;
	if (!on)
		chip_save_eeprom();
	else if (!chip.powered) {
		memset(avr->data + avr->ioend + 1, RAM_FILL, avr->ramend - avr->ioend);
		reset_with(avr->reset_flags.porf);
	}
	chip.powered = on;
}

/* Bytes of RAM that hold what they held at power-on, in the longest such run: room left to the stack. */
uint32_t chip_untouched_ram(void)
{
	uint32_t longest = 0, run = 0;
	for (int i = chip.avr->ioend + 1; i <= chip.avr->ramend; i++) {
		run = chip.avr->data[i] == RAM_FILL ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}
