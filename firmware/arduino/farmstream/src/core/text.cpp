#include "text.h"

#include <string.h>

#include "settings.h"

namespace farm {

static bool digit(char c) { return c >= '0' && c <= '9'; }

static bool ends(const char *at, const char **end) {
  if (end) *end = at;
  return end ? *at == 0 || *at == ' ' || *at == ',' : *at == 0;
}

bool parse_unsigned(const char *text, uint32_t *number, const char **end) {
  uint32_t n = 0;
  const char *at = text;
  for (; digit(*at); at++) {
    const uint8_t d = uint8_t(*at - '0');
    if (n > (UINT32_MAX - d) / 10) return false;
    n = n * 10 + d;
  }
  *number = n;
  return at != text && ends(at, end);
}

bool parse_fixed(const char *text, uint8_t decimals, int32_t *number, const char **end) {
  const bool negative = *text == '-';
  const char *at = text + negative;
  int32_t n = 0;
  bool any = false, point = false;
  for (; digit(*at) || (*at == '.' && !point); at++) {
    if (*at == '.') {
      point = true;
      continue;
    }
    if (point && !decimals--) return false;
    if (n > (INT32_MAX - 9) / 10) return false;
    n = n * 10 + (*at - '0');
    any = true;
  }
  for (; decimals; decimals--) {
    if (n > INT32_MAX / 10) return false;
    n *= 10;
  }
  *number = negative ? -n : n;
  return any && ends(at, end);
}

bool parse_hex16(const char *text, uint16_t *number) {
  *number = 0;
  for (uint8_t i = 0; i < 4; i++, text++) {
    const char lower = char(*text | 0x20);
    if (!digit(*text) && (lower < 'a' || lower > 'f')) return false;
    *number = uint16_t(*number << 4 | (digit(*text) ? *text - '0' : lower - 'a' + 10));
  }
  return *text == 0;
}

bool valid_id(const char *text) {
  const size_t size = strlen(text);
  if (size < 1 || size > MAX_ID) return false;
  for (; *text; text++) {
    const char lower = char(*text | 0x20);
    if (!digit(*text) && (lower < 'a' || lower > 'z') && *text != '_' && *text != '-') return false;
  }
  return true;
}

bool parse_epoch_ms(const char *text, uint32_t *seconds, uint16_t *milliseconds) {
  if (strlen(text) != 13) return false;
  char split[11];
  memcpy(split, text, 10);
  split[10] = 0;
  uint32_t ms = 0;
  if (!parse_unsigned(split, seconds) || !parse_unsigned(text + 10, &ms)) return false;
  *milliseconds = uint16_t(ms);
  return *seconds >= 1577836800UL && *seconds < 4102444800UL;
}

}  // namespace farm
