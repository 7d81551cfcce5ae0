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

static uint16_t address(uint8_t copy, uint8_t offset) { return SETTINGS_AT + copy * SETTINGS_COPY + offset; }

// Checks a copy where it lies: a record on the stack would take a tenth of the Uno's free memory.
SettingsStore::Copy SettingsStore::look(uint8_t copy) {
  Copy found = {false, true, 0};
  uint16_t crc = CRC16_START;
  for (uint8_t i = 0; i < RECORD_SIZE; i++) {
    const uint8_t byte = storage_.read(address(copy, i));
    if (byte != 0xFF) found.blank = false;
    crc = crc16(crc, byte);  // over its own value, high byte first, a CRC gives 0
  }
  found.whole = !found.blank && crc == 0 && storage_.read(address(copy, 0)) == VERSION;
  found.generation = storage_.read(address(copy, 1));
  return found;
}

SettingsState SettingsStore::load(Settings *found) {
  const Copy a = look(0), b = look(1);
  *found = default_settings();
  if (!a.whole && !b.whole) return a.blank && b.blank ? SETTINGS_EMPTY : SETTINGS_CORRUPT;
  current_ = b.whole && (!a.whole || int8_t(b.generation - a.generation) > 0);
  generation_ = current_ ? b.generation : a.generation;
  for (uint8_t i = 0; i < sizeof *found; i++)
    reinterpret_cast<uint8_t *>(found)[i] = storage_.read(address(current_, HEAD_SIZE + i));
  found->id[MAX_ID] = 0;
  const Copy &other = current_ ? a : b;
  return other.whole || other.blank ? SETTINGS_GOOD : SETTINGS_ONE_COPY;
}

void SettingsStore::save(const Settings &settings) {
  current_ = !current_;
  uint8_t offset = 0;
  uint16_t crc = CRC16_START;
  const auto write = [&](uint8_t byte) {
    storage_.write(address(current_, offset++), byte);
    crc = crc16(crc, byte);
  };
  write(VERSION);
  write(++generation_);
  for (uint8_t i = 0; i < sizeof settings; i++) write(reinterpret_cast<const uint8_t *>(&settings)[i]);
  const uint16_t check = crc;
  write(uint8_t(check >> 8));
  write(uint8_t(check));
}

}  // namespace farm
