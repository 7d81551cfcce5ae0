// Strict reading of numbers and names from a line.
#pragma once
#include <stdint.h>

namespace farm {

// The whole of `text`, up to its end or a separator; false where it is not such a number.
bool parse_unsigned(const char *text, uint32_t *number, const char **end = nullptr);
// Number * 10^decimals, rounded to nearest is not needed: more decimals than that are refused.
bool parse_fixed(const char *text, uint8_t decimals, int32_t *number, const char **end = nullptr);
// Four hexadecimal digits.
bool parse_hex16(const char *text, uint16_t *number);
// Letters, digits, _ and -, 1 to 32 of them: a board's id.
bool valid_id(const char *text);
// `T` of the protocol: epoch milliseconds of the years 2020 to 2099, all 13 digits there.
bool parse_epoch_ms(const char *text, uint32_t *seconds, uint16_t *milliseconds);

}  // namespace farm
