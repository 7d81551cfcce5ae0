#include "set.h"

#include <string.h>

#include "../core/flash.h"
#include "../core/text.h"
#include "station.h"

namespace farm {

static const char *set_id(Station &s, const char *value) {
  if (!valid_id(value)) return PSTR("1 to 32 letters, digits, _ or -");
  if (!strcmp_P(value, PSTR("unset"))) return PSTR("that word means that there is none");
  const bool other = *s.settings.id && strcmp(s.settings.id, value) != 0;
  if (other && s.ring.count()) return PSTR("readings of the old id wait: connect the gateway, or `forget`");
  strcpy(s.settings.id, value);
  return nullptr;
}

static const char *set_interval(Station &s, const char *value) {
  uint32_t ms;
  if (!parse_unsigned(value, &ms) || ms < 100 || ms > 86400000UL) return PSTR("100 to 86400000 ms");
  s.settings.interval_ms = ms;
  s.measure_now();
  return nullptr;
}

static const char *set_position(Station &s, const char *value) {
  Position at = {0, 0};
  PositionMode mode = POSITION_FIXED;
  if (!strcmp_P(value, PSTR("gps"))) {
    mode = POSITION_GPS;
  } else if (!strcmp_P(value, PSTR("none"))) {
    mode = POSITION_NONE;
  } else {
    const char *rest;
    const bool both = parse_fixed(value, 5, &at.lat, &rest) && *rest == ',' && parse_fixed(rest + 1, 5, &at.lon);
    const bool on_globe = at.lat >= -9000000 && at.lat <= 9000000 && at.lon >= -18000000 && at.lon <= 18000000;
    if (!both || !on_globe) return PSTR("LAT,LON in degrees with up to 5 decimals, gps or none");
  }
  s.settings.position_mode = mode;
  s.settings.position = at;
  return nullptr;
}

// Another soil holds water in another way: its calibration starts anew.
static const char *set_soil(Station &s, const char *value) {
  for (uint8_t i = 0; i < SOIL_COUNT; i++) {
    if (strcmp_P(value, SOIL_NAMES[i])) continue;
    if (i != s.settings.soil) s.settings.dry_mv = s.settings.wet_mv = 0;
    s.settings.soil = i;
    s.settings.dry = 0;
    s.settings.wet = pgm_read_word(&SOIL_SATURATION[i]);
    return nullptr;
  }
  return PSTR("a texture such as loam, sandy-loam or silty-clay");
}

static const char *set_ph(Station &s, const char *value) {
  int32_t slope, offset;
  const char *rest;
  const bool both = parse_fixed(value, 4, &slope, &rest) && *rest == ',' && parse_fixed(rest + 1, 2, &offset);
  if (!both || slope < 8500 || slope > 10500 || offset < -3000 || offset > 3000)
    return PSTR("SLOPE,OFFSET with 0.85 to 1.05 and -30 to 30 mV");
  s.settings.ph_slope = int16_t(slope);
  s.settings.ph_offset = int16_t(offset);
  return nullptr;
}

static const char *set_moisture(Station &s, const char *value) {
  uint32_t dry, wet;
  const char *rest;
  const bool both = parse_unsigned(value, &dry, &rest) && *rest == ',' && parse_unsigned(rest + 1, &wet);
  const bool in_range = both && dry >= 100 && dry <= 4900 && wet >= 100 && wet <= 4900;
  if (!in_range || moisture_two_point({float(dry), float(wet), 0, 1}) != ACCEPTED)
    return PSTR("DRY,WET in mV, 100 to 4900 and 200 apart");
  s.settings.dry_mv = uint16_t(dry);
  s.settings.wet_mv = uint16_t(wet);
  return nullptr;
}

static const char *set_boot(Station &s, const char *value) {
  uint32_t boot;
  if (!parse_unsigned(value, &boot) || boot <= s.boot() || boot - s.boot() > 60000UL)
    return PSTR("above the present boot, by 60000 at most");
  s.boots.raise(boot);
  return nullptr;
}

static const char *forget(Station &s, const char *) {
  s.forget();
  return nullptr;
}

static const char *defaults(Station &s, const char *) {
  s.settings = default_settings();
  return nullptr;
}

static const char *flood(Station &s, const char *value) {
  uint32_t seconds;
  if (!parse_unsigned(value, &seconds) || seconds > 3600) return PSTR("0 to 3600 seconds");
  s.flood(uint16_t(seconds));
  return nullptr;
}

struct Setting {
  char key[NAME_SIZE];
  const char *(*set)(Station &, const char *);
  bool saved;
};

static const Setting SETTINGS[] PROGMEM = {
    {"id", set_id, true},     {"interval", set_interval, true}, {"position", set_position, true},
    {"soil", set_soil, true}, {"ph", set_ph, true},             {"moisture", set_moisture, true},
    {"boot", set_boot, false}, {"forget", forget, false},       {"defaults", defaults, true},
    {"flood", flood, false},
};

const char *set(Station &station, const char *key, const char *value) {
  for (const Setting &in_flash : SETTINGS) {
    Setting setting;
    memcpy_P(&setting, &in_flash, sizeof setting);
    if (strcmp(key, setting.key)) continue;
    const char *refusal = setting.set(station, value);
    if (!refusal && setting.saved) station.save();
    return refusal;
  }
  return PSTR("unknown, `help` lists all");
}

}  // namespace farm
