#include "settings.h"

#include <string.h>

#include "crc.h"

namespace farm {

static const uint8_t VERSION = 1;

Settings default_settings() {
  Settings s;
  memset(&s, 0, sizeof s);
  s.interval_ms = 30000;
  s.wet = SOIL_SATURATION_DEFAULT;
  s.soil = SOIL_DEFAULT;
  return s;
}

bool SettingsStore::read(uint8_t copy, Record *record, bool *blank) {
  uint8_t *bytes = reinterpret_cast<uint8_t *>(record);
  *blank = true;
  for (uint16_t i = 0; i < sizeof *record; i++) {
    bytes[i] = storage_.read(SETTINGS_AT + copy * SETTINGS_COPY + i);
    if (bytes[i] != 0xFF) *blank = false;
  }
  const uint16_t crc = crc16(record, sizeof *record - sizeof record->crc);
  return record->version == VERSION && record->crc == crc && memchr(record->settings.id, 0, MAX_ID + 1);
}

SettingsState SettingsStore::load(Settings *found) {
  Record a, b;
  bool blank_a, blank_b;
  const bool good_a = read(0, &a, &blank_a), good_b = read(1, &b, &blank_b);
  if (!good_a && !good_b) {
    *found = default_settings();
    return blank_a && blank_b ? SETTINGS_EMPTY : SETTINGS_CORRUPT;
  }
  current_ = good_b && (!good_a || int16_t(b.generation - a.generation) > 0);
  const Record &newest = current_ ? b : a;
  generation_ = newest.generation;
  *found = newest.settings;
  const bool other_torn = current_ ? !good_a && !blank_a : !good_b && !blank_b;
  return other_torn ? SETTINGS_ONE_COPY : SETTINGS_GOOD;
}

void SettingsStore::save(const Settings &settings) {
  Record record = {VERSION, ++generation_, settings, 0};
  record.crc = crc16(&record, sizeof record - sizeof record.crc);
  current_ = !current_;
  const uint8_t *bytes = reinterpret_cast<const uint8_t *>(&record);
  for (uint16_t i = 0; i < sizeof record; i++)
    storage_.write(SETTINGS_AT + current_ * SETTINGS_COPY + i, bytes[i]);
}

}  // namespace farm
