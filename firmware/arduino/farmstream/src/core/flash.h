// Text and tables in flash on the AVR; plain memory elsewhere.
#pragma once
#include <stdint.h>
#ifdef __AVR__
#include <avr/pgmspace.h>
#else
#define PROGMEM
#define PSTR(text) (text)
#define pgm_read_byte(at) (*reinterpret_cast<const uint8_t *>(at))
#define pgm_read_word(at) (*reinterpret_cast<const uint16_t *>(at))
#define memcpy_P memcpy
#define strcmp_P strcmp
#define strlen_P strlen
#endif
