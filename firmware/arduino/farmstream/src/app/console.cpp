#include "console.h"

#include <string.h>

#include "../core/flash.h"
#include "../core/text.h"
#include "calibrate.h"
#include "set.h"
#include "show.h"
#include "station.h"

namespace farm {

static const char HELP[] PROGMEM =
    "L id NAME | interval 30000 | position LAT,LON | position gps | position none | soil NAME\r\n"
    "L cal ph 4.01 | cal ph 6.86 | cal moisture dry [PERCENT] | cal moisture wet [PERCENT]\r\n"
    "L ph SLOPE,OFFSET | moisture DRY_MV,WET_MV | boot N | forget | defaults\r\n"
    "L show | raw | measure | flood SECONDS | hang | help; also C key=value and C ?\r\n";

bool downlink(Station &station, const char *line) {
  const char *rest;
  if (line[0] == 0 || line[1] != ' ') return false;
  if (line[0] == 'A') {
    Ring::Key key;
    const bool whole = parse_unsigned(line + 2, &key.boot, &rest) && *rest == ' ';
    if (whole && parse_unsigned(rest + 1, &key.seq)) station.outbox.acknowledged(key);
  } else if (line[0] == 'N') {
    uint16_t crc;
    if (parse_hex16(line + 2, &crc)) station.outbox.refused(crc);
  } else if (line[0] == 'T') {
    uint32_t seconds, ignored;
    uint16_t ms;
    if (!parse_epoch_ms(line + 2, &seconds, &ms)) return true;
    const bool first = !station.clock.at(station.uptime(), &ignored);
    station.clock.set(seconds, ms, station.uptime());
    station.outbox.answered();
    if (first) station.hello();
  } else {
    return false;
  }
  return true;
}

// The gateway's names for settings, and commands without an argument.
static bool act(Station &station, const char *word) {
  if (!strcmp_P(word, PSTR("help")))
    put_flash(station.out, HELP);
  else if (!strcmp_P(word, PSTR("show")) || !strcmp_P(word, PSTR("?")))
    show(station);
  else if (!strcmp_P(word, PSTR("raw")))
    show_raw(station);
  else if (!strcmp_P(word, PSTR("measure")))
    station.measure_now();
  else if (!strcmp_P(word, PSTR("hang")))
    for (;;) continue;  // shows that the watchdog restarts the board
  else
    return false;
  return true;
}

static void answer(Station &station, const char *key, const char *refusal) {
  put_flash(station.out, refusal ? PSTR("L refused ") : PSTR("L ok "));
  while (*key) station.out.put(*key++);
  if (refusal) put_flash(station.out, PSTR(": "));
  if (refusal) put_flash(station.out, refusal);
  put_flash(station.out, PSTR("\r\n"));
}

void console(Station &station, char *line) {
  const bool from_gateway = line[0] == 'C' && line[1] == ' ';
  if (from_gateway) line += 2;
  if (act(station, line)) return;
  char key[10] = "";
  char *value = strchr(line, from_gateway ? '=' : ' ');
  if (value) *value++ = 0;
  strncpy(key, line, sizeof key - 1);
  if (!strcmp_P(line, PSTR("cal")) && value) return calibrate(station, value);
  // The key is copied: a setting may measure, and then the next line comes in over this one.
  answer(station, key, set(station, key, value ? value : key + strlen(key)));
}

}  // namespace farm
